// check.mjs DIRECTORY [SCREENSHOTS]: part of run.sh; prints "ok - …" and "not ok - …".
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
const [directory, screenshots] = [process.argv[2], process.argv[3]];
const { chromium } = createRequire(`${directory}/`)('playwright-core');

const expected = JSON.parse(readFileSync(`${directory}/expected.json`, 'utf8'));
let failed = false;
function is(what, found, wanted) {
	const same = JSON.stringify(found) === JSON.stringify(wanted);
	console.log(`${same ? 'ok' : 'not ok'} - ${what}${same ? '' : ` (${JSON.stringify(found).slice(0, 300)} instead of ${JSON.stringify(wanted).slice(0, 300)})`}`);
	failed = failed || !same;
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage();
const trouble = [];
page.on('dialog', (dialog) => { trouble.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
page.on('pageerror', (error) => trouble.push(`error ${error.message}`));
page.on('request', (request) => { if (!request.url().startsWith('file:')) trouble.push(`request ${request.url()}`); });

async function open(file, width, scheme = 'light') {
	await page.emulateMedia({ colorScheme: scheme });
	await page.setViewportSize({ width, height: 900 });
	await page.goto(`file://${directory}/${file}`);
	// a picture alone is no page that Chromium likes to photograph
	if (screenshots && file.endsWith('.html'))
		await page.screenshot({ path: `${screenshots}/${file}-${width}-${scheme}.png`, fullPage: true });
}

// Rows of a table as arrays of texts without commas between digits.
const rows = (id, columns) => page.$$eval(`#${id} tbody tr`, (list, n) => list.map((tr) =>
	[...tr.children].slice(0, n).map((cell) => cell.textContent.replace(/,/g, ''))), columns);

// Texts of a picture that leave it, or that lie on one another; turned ones are left out of the second.
const layout = (selector) => page.$$eval(selector, (pictures) => pictures.flatMap((svg) => {
	const outer = svg.getBoundingClientRect();
	const boxes = [...svg.querySelectorAll('text')].map((text) => ({ text, box: text.getBoundingClientRect() }));
	const out = boxes.filter(({ box }) => box.left < outer.left - 1 || box.right > outer.right + 1 || box.top < outer.top - 1 || box.bottom > outer.bottom + 1);
	const flat = boxes.filter(({ text }) => !text.hasAttribute('transform'));
	const touching = [];
	for (let i = 0; i < flat.length; i++)
		for (let j = i + 1; j < flat.length; j++) {
			const [a, b] = [flat[i].box, flat[j].box];
			if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
				touching.push(`${flat[i].text.textContent} on ${flat[j].text.textContent}`);
		}
	return [...out.map(({ text }) => `outside: ${text.textContent}`), ...touching];
}));

// Contrast of each text of a heat map to its cell, by WCAG.
const contrast = (selector) => page.$$eval(`${selector} rect[rx] + text`, (texts) => {
	const luminance = (color) => {
		const [r, g, b] = color.match(/\d+/g).map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	return Math.min(...texts.map((text) => {
		const a = luminance(getComputedStyle(text).fill), b = luminance(getComputedStyle(text.previousElementSibling).fill);
		return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	}));
});

const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const width of [1280, 400]) {
	for (const file of ['month.html', 'day.html', 'one.html']) {
		await open(file, width);
		is(`${file} does not overflow at ${width} pixels`, await overflow(), 0);
		is(`${file} at ${width} pixels: no text leaves its picture or lies on another`, await layout('svg'), []);
	}
}
await open('month.html', 1280);
is('the title is text', [await page.title(), await page.textContent('h1')], [expected.title, expected.title]);
is('no script, no image, nothing loaded', await page.evaluate(() => [document.scripts.length, document.images.length, window.hacked]), [0, 0, null]);
is('tiles are SQL\'s numbers', [await page.textContent('#total-customers'), await page.textContent('#total-orders'), await page.textContent('#total-revenue')].map((t) => t.replace(/,/g, '')),
	[expected.customers, expected.orders, expected.revenue_total]);
const table = await rows('cohorts-table', 100);
is('the cohort table is SQL\'s', table.flatMap((row) => row.slice(2).map((cell, age) => [row[0], String(age), cell]).filter(([, , cell]) => cell !== '')),
	expected.cohorts.map((cell) => cell.slice(0, 3)));
is('its incomplete cells are marked', await page.$$eval('#cohorts-table td.open', (cells) => cells.length), expected.cohorts.filter((cell) => cell[3] === 'false').length);
is('the heat map shows the same', await page.$$eval('#cohorts svg rect[rx] + text', (texts) => texts.map((text) => text.textContent)), expected.cohorts.map((cell) => cell[2]));
is('the periods are SQL\'s', await rows('periods-table', 9), expected.periods);
is('the revenue is SQL\'s', await rows('revenue-table', 8), expected.revenue);
is('the ladder is SQL\'s', await rows('ladder-table', 2), expected.ladder);
is('cells contrast 4.5 to 1 at least', await contrast('#cohorts') >= 4.5, true);
is('each picture has a name and a description', await page.$$eval('svg', (list) => list.every((svg) =>
	svg.getAttribute('aria-labelledby').split(' ').every((id) => document.getElementById(id)?.textContent.length > 5))), true);
is('ids are unique', await page.evaluate(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length - new Set(ids).size; }), 0);
await open('month.html', 1280, 'dark');
is('dark: the page is', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(22, 25, 29)');
is('dark: pictures are', await page.$eval('svg .rt-bg', (rect) => getComputedStyle(rect).fill), 'rgb(22, 25, 29)');
await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
is('printed: the page is light', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
await page.emulateMedia({ media: 'screen' });

for (const file of ['cohorts.svg', 'money.svg', 'curves.svg', 'periods.svg', 'ladder.svg', 'time_to_repeat.svg']) {
	await open(file, 1280);
	is(`${file}: no text leaves it or lies on another`, await layout('svg'), []);
	is(`${file}: title and description`, await page.evaluate(() => [...document.documentElement.children].slice(0, 2).map((e) => e.tagName)), ['title', 'desc']);
}
await open('cohorts.svg', 1280);
is('cohorts.svg: text of users is inert', await page.evaluate(() => [document.querySelector('title').textContent, document.querySelectorAll('script, image, img').length, window.hacked]),
	[expected.title, 0, null]);
is('nothing was requested, nothing failed, nobody was asked', trouble, []);
console.log(`# ${await browser.version()}`);
await browser.close();
process.exit(failed ? 1 : 0);
