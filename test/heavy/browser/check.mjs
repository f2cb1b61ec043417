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

// Turned texts, side by side, that are nearer to one another than their letters are high.
const turnedTouching = () => page.$$eval('svg', (pictures) => pictures.flatMap((svg) => {
	const scale = svg.getScreenCTM().a;
	const texts = [...svg.querySelectorAll('text[transform]')].map((text) => ({ text: text.textContent, x: Number(text.getAttribute('x')) * scale,
		turn: Math.abs(Number(text.getAttribute('transform').match(/rotate\((-?[\d.]+)/)[1])), height: parseFloat(getComputedStyle(text).fontSize) * scale }));
	return texts.slice(1).filter((text, i) => (text.x - texts[i].x) * Math.sin(text.turn * Math.PI / 180) < text.height * 0.8)
		.map((text) => `${text.text} at ${Math.round(text.x)}`);
}));

// Colours as they are seen, by WCAG 2.1: luminance of one, contrast of two; a fill that lets its background through is mixed with it.
const colors = () => {
	const parse = (color) => color.match(/[\d.]+/g).slice(0, 3).map(Number);
	const luminance = (color) => {
		const [r, g, b] = color.map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const fill = (element) => {
		const style = getComputedStyle(element), share = Number(style.fillOpacity);
		const behind = parse(getComputedStyle(element.closest('svg').querySelector('.rt-bg')).fill);
		return parse(style.fill).map((c, i) => share * c + (1 - share) * behind[i]);
	};
	const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
	return { parse, luminance, fill, contrast };
};
await page.addInitScript(`window.colors = ${colors}`);
// Least contrast of texts to their cells, and of dashes to the rectangles that they are in.
const textContrast = () => page.$$eval('rect.rt-cell + text', (texts) => Math.min(...texts.map((text) => {
	const { parse, fill, contrast } = window.colors();
	return contrast(parse(getComputedStyle(text).fill), fill(text.previousElementSibling));
})));
const dashContrast = () => page.$$eval('.rt-dash', (dashes) => Math.min(...dashes.map((dash) => {
	const { parse, fill, contrast } = window.colors();
	return contrast(parse(getComputedStyle(dash).stroke), fill(dash.parentElement.matches('.rt-bar') ? dash.previousElementSibling : dash.parentElement.querySelector('.rt-cell')));
})));
const dotContrast = () => page.$$eval('#signals circle', (dots) => Math.min(...dots.map((dot) => {
	const { parse, fill, contrast } = window.colors();
	return contrast(fill(dot), parse(getComputedStyle(dot.closest('svg').querySelector('.rt-bg')).fill));
})));
const dashesOutside = () => page.$$eval('.rt-dash', (dashes) => dashes.filter((dash) => {
	const cell = (dash.parentElement.matches('.rt-bar') ? dash.previousElementSibling : dash.parentElement.querySelector('.rt-cell')).getBBox(), box = dash.getBBox();
	return box.x - 0.5 < cell.x || box.y - 0.5 < cell.y || box.x + box.width + 0.5 > cell.x + cell.width || box.y + box.height + 0.5 > cell.y + cell.height;
}).length);
// Does the contrast of the ramp to the background rise from each shade to the next?
const rampRises = () => page.$$eval('#cohorts .rt-ramp .rt-cell', (cells) => {
	const { parse, fill, contrast } = window.colors();
	const background = parse(getComputedStyle(cells[0].closest('svg').querySelector('.rt-bg')).fill);
	const steps = cells.map((cell) => contrast(fill(cell), background));
	return steps.length > 4 && steps.every((step, i) => i === 0 || step > steps[i - 1]);
});
// Widths beyond the box that pictures are in.
const wide = () => page.$$eval('svg', (list) => list.map((svg) => {
	const room = svg.parentElement ? svg.parentElement.clientWidth : document.documentElement.clientWidth;
	return Math.max(0, Math.round(svg.getBoundingClientRect().width - room));
}).filter((beyond) => beyond > 0));
const brokenTiles = () => page.$$eval('.tile b', (tiles) => tiles.filter((b) => {
	const range = document.createRange();
	range.selectNodeContents(b);
	return range.getClientRects().length !== 1 || b.scrollWidth > b.clientWidth;
}).map((b) => b.textContent));
const hiddenTables = () => page.$$eval('table', (tables) => tables.filter((table) => !table.checkVisibility({ contentVisibilityAuto: true }) ||
	table.getBoundingClientRect().height < 20).map((table) => table.id));
// Names in the legend, beside squares and shades.
const legend = (selector) => page.$$eval(`${selector} > rect + text.rt-text`, (texts) => texts.map((text) => text.textContent));

// A check that cannot fail is none: with the style that mends it undone, the same measure says so.
async function mended(what, measure, wanted, fault) {
	is(what, await measure(), wanted);
	const style = await page.addStyleTag({ content: fault });
	const broken = JSON.stringify(await measure());
	console.log(`${broken !== JSON.stringify(wanted) ? 'ok' : 'not ok'} - … and it would be seen with ${fault}`);
	failed = failed || broken === JSON.stringify(wanted);
	await style.evaluate((element) => element.remove());
}
const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const width of [1280, 400]) {
	for (const file of ['month.html', 'day.html', 'one.html', 'few.html', 'forecast.html', 'holdout.html', 'signals.html', 'products.html']) {
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
await mended('no number in a tile is broken', brokenTiles, [], '.tile{flex:0 0 100px!important;min-width:0!important;width:100px}.tile b{white-space:normal!important;overflow-wrap:anywhere}');
is('the legend of the heat map', [...await legend('#cohorts svg'), await page.$$eval('#cohorts .rt-ramp', (list) => list.length)], ['not complete', 6]);
is('the legend of curves, old to new', await page.$$eval('#curves svg .rt-ramp', (list) => [list[0].previousElementSibling.textContent, list.at(-1).nextElementSibling.textContent]),
	[expected.cohorts[0][0], expected.cohorts.at(-1)[0]]);
is('curves have a colour by age', await page.$$eval('#curves .rt-curve', (list) => new Set(list.map((path) => getComputedStyle(path).stroke)).size > 4), true);
is('the legend of periods', await legend('#periods svg'), ['retained', 'reactivated', 'new', 'churned', 'not complete']);
is('the legend of revenue', await legend('#revenue svg'), ['kept', 'expansion', 'reactivated', 'new', 'contraction', 'churned', 'not complete']);
is('the legend of the time to repeat', await legend('#time-to-repeat svg'), ['have ordered again', '95 % interval']);
is('each picture has a name and a description', await page.$$eval('svg', (list) => list.every((svg) =>
	svg.getAttribute('aria-labelledby').split(' ').every((id) => document.getElementById(id)?.textContent.length > 5))), true);
is('ids are unique', await page.evaluate(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length - new Set(ids).size; }), 0);
await open('signals.html', 1280);
const said = (selector) => page.$$eval(`${selector} rect[fill="transparent"] > title`, (titles) => titles.map((title) => title.textContent));
is('the chapter on signals is SQL\'s', await said('#signals'), expected.signals);
is('there is each kind of them', expected.kinds, ['above', 'below', 'run above', 'run below', null]);
for (const [scheme, pale] of [['light', '#e69f00'], ['dark', '#4d545c']]) {
	await open('signals.html', 1280, scheme);
	await mended(`signals.html, ${scheme}: dots contrast 3 to 1 at least`, async () => await dotContrast() >= 3, true, `#signals circle{fill:${pale}!important}`);
}
await open('signals.html', 400);
await mended('signals.html: no turned text lies on another at 400 pixels', turnedTouching, [], '.rt-axes text.rt-muted{font-size:80px!important}');
for (const [name, what] of [['signals', 'retention'], ['churn_signals', 'churn']]) {
	await open(`${name}.svg`, 1280);
	is(`${name}.svg says on hovering what SQL does`, await said('svg'), expected[name]);
	is(`${name}.svg: signals have dots, of a colour that the legend has`, await page.$$eval('circle', (dots) => dots.map((dot) =>
		[...document.querySelectorAll('rect[fill]')].find((key) => getComputedStyle(key).fill === getComputedStyle(dot).fill)?.nextElementSibling.textContent)),
		expected[name].map((text) => text.match(/: (above|below|in a run)[^:]*$/)?.[1]).filter((signal) => signal).map((signal) => signal === 'in a run' ? 'a run' : 'beyond'));
	is(`${name}.svg: the legend`, await legend('svg'), [what, 'where it usually is', 'beyond', 'a run']);
}
await open('holdout.html', 1280);
is('the legend of what was expected', await legend('#forecast svg'), ['actual', 'expected by mbgnbd', 'actual', 'expected by mbgnbd']);
is('a dashed line stands where the fit ends', await page.$$eval('#forecast line.rt-open', (list) => list.length), 1);
await open('forecast.html', 1280);
is('there is none without a holdout', await page.$$eval('#forecast line.rt-open', (list) => list.length), 0);
is('ids are unique with a forecast', await page.evaluate(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length - new Set(ids).size; }), 0);
await open('products.html', 1280);
is('pairs of products are SQL\'s', await rows('products-together-table', 3), expected.together);
is('first products are SQL\'s', (await rows('products-first-table', 3)).map((row) => row.slice(1)), expected.first);
is('a point and an interval for each', await page.$$eval('#products svg', (list) => list.map((svg) => [svg.querySelectorAll('circle').length, svg.querySelectorAll('rect.rt-band').length])),
	[[expected.first.length, expected.first.length]]);
is('names of products are text', [await page.textContent('#products-first-table tbody th'), await page.evaluate(() => [document.scripts.length, document.images.length, window.hacked])],
	[expected.title, [0, 0, null]]);
is('ids are unique with products', await page.evaluate(() => { const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length - new Set(ids).size; }), 0);
await open('month.html', 1280, 'dark');
is('dark: the page is', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(22, 25, 29)');
is('dark: pictures are', await page.$eval('svg .rt-bg', (rect) => getComputedStyle(rect).fill), 'rgb(22, 25, 29)');
for (const file of ['month.html', 'few.html'])
	for (const scheme of ['light', 'dark']) {
		await open(file, 1280, scheme);
		await mended(`${file}, ${scheme}: cells contrast 4.5 to 1 at least`, async () => await textContrast() >= 4.5, true, '.rt-ink{fill:#4a90c8!important}');
		await mended(`${file}, ${scheme}: dashes contrast 3 to 1 at least`, async () => await dashContrast() >= 3, true, '.rt-dash{stroke:#1f5a94!important}');
		await mended(`${file}, ${scheme}: shades stand out the more the larger the value`, rampRises, true, '.rt-s0 .rt-cell{fill:#08407a!important}.rt-s10 .rt-cell{fill:#7aa0c4!important}');
		is(`${file}, ${scheme}: dashes are inside`, await dashesOutside(), 0);
	}
is('cohorts of few customers are faded, and the legend says so', [await page.$$eval('#cohorts .rt-few .rt-cell', (list) => list.length > 0 &&
	list.every((cell) => Number(getComputedStyle(cell).fillOpacity) < 0.5)), (await legend('#cohorts svg')).at(-1)], [true, 'cohorts of fewer than 30']);
for (const file of ['month.html', 'day.html', 'few.html', 'forecast.html', 'holdout.html', 'signals.html', 'products.html']) {
	await open(file, 400);
	await mended(`${file}: pictures shrink to 400 pixels`, wide, [], 'svg{max-width:none!important}');
	is(`${file}: no number in a tile is broken at 400 pixels`, await brokenTiles(), []);
}
for (const file of ['month.html', 'day.html', 'few.html', 'forecast.html', 'holdout.html', 'signals.html', 'products.html']) {
	await open(file, 1046);			// 277 mm: A4, landscape, less its margins
	await page.emulateMedia({ media: 'print' });
	await mended(`${file} printed: nothing is cut`, overflow, 0, 'table,svg{font-size:16px!important;max-width:none!important;min-width:1200px}');
	await mended(`${file} printed: the numbers are there`, hiddenTables, [], 'details::details-content{content-visibility:hidden!important}');
	await page.emulateMedia({ media: 'screen' });
}
await open('month.html', 1280, 'dark');
await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
is('printed: the page is light', await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)');
await page.emulateMedia({ media: 'screen' });

for (const file of ['cohorts.svg', 'money.svg', 'curves.svg', 'value.svg', 'periods.svg', 'revenue.svg', 'ladder.svg', 'time_to_repeat.svg',
	'expected.svg', 'frequencies.svg', 'stay.svg', 'signals.svg', 'signals_by_day.svg', 'churn_signals.svg', 'churn_signals_by_day.svg']) {
	for (const width of [400, 1280]) {
		await open(file, width);
		is(`${file}: no text leaves it or lies on another at ${width} pixels`, await layout('svg'), []);
		is(`${file}: no turned text lies on another at ${width} pixels`, await turnedTouching(), []);
		is(`${file}: no wider than ${width} pixels`, await wide(), []);
	}
	is(`${file}: title and description`, await page.evaluate(() => [...document.documentElement.children].slice(0, 2).map((e) => e.tagName)), ['title', 'desc']);
}
await open('money.svg', 1280);
is('money.svg: one unit, in the title', [await page.$$eval('.rt-ink', (texts) => texts.every((text) => /^-?[\d.]+$/.test(text.textContent))), await page.textContent('title')],
	[true, 'Cumulative revenue in thousands']);
await open('cohorts.svg', 1280);
is('cohorts.svg: text of users is inert', await page.evaluate(() => [document.querySelector('title').textContent, document.querySelectorAll('script, image, img').length, window.hacked]),
	[expected.title, 0, null]);
is('nothing was requested, nothing failed, nobody was asked', trouble, []);
console.log(`# ${await browser.version()}`);
await browser.close();
process.exit(failed ? 1 : 0);
