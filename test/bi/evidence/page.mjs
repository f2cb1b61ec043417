// page.mjs BUILD EXPECTED: opens the built page in Chromium and compares what a reader sees with EXPECTED, a file of
// {"ID": [[cell, …], …], …} for the tables, and for "heat_map" the rates of its cells, cohort by cohort. Prints a line for each.
import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';

const [root, expectedFile] = process.argv.slice(2);
const expected = JSON.parse(await readFile(expectedFile, 'utf8'));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
	'.wasm': 'application/wasm', '.svg': 'image/svg+xml' };
let failed = false;

// Without the row of headings. A second table is there for the printer only.
const rowsOf = (id) => `#${id} table:visible tr:has(td)`;

function check(name, wrong) {
	failed ||= Boolean(wrong);
	console.log(wrong ? `not ok - Evidence: ${name} (${wrong})` : `ok - Evidence: ${name}`);
}

const server = createServer(async (request, response) => {
	let file = path.join(root, path.normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname)));
	try {
		if ((await stat(file)).isDirectory())
			file = path.join(file, 'index.html');
		const body = await readFile(file);
		response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream', 'content-length': body.length });
		response.end(request.method === 'HEAD' ? undefined : body);
	} catch {
		response.writeHead(404).end();
	}
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

// Chromium's sandbox does not work for root, and the page is ours. The zone is one in which midnight in UTC is the day before.
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
console.log(`# Chromium ${browser.version()}`);
const page = await browser.newPage({ timezoneId: 'America/New_York', viewport: { width: 1600, height: 1200 } });
const complaints = [];
page.on('pageerror', (error) => complaints.push(error.message));
page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
await page.goto(`http://127.0.0.1:${server.address().port}/`);

// The page asks its engine for the rows after it has come.
for (const [id, rows] of Object.entries(expected)) {
	const [selector, number] = id === 'heat_map' ? ['#heat_map svg text', rows.flat().length] : [rowsOf(id), rows.length];
	await page.locator(selector).nth(number - 1).waitFor({ timeout: 60000 }).catch(() => {});
}
await page.waitForTimeout(1000);

function sameRow(shown, wanted) {
	return shown.length === wanted.length && wanted.every((value, i) =>
		typeof value === 'number' ? shown[i] !== '' && Math.abs(Number(shown[i]) - value) < 1e-6 : shown[i] === String(value ?? '-'));
}

for (const [id, wanted] of Object.entries(expected)) {
	if (id === 'heat_map') {
		const labels = (await page.locator('#heat_map svg text').evaluateAll((all) => all.map((text) => {
			const { top, left } = text.getBoundingClientRect();
			return { text: text.textContent, top: Math.round(top), left };
		}))).filter(({ text }) => /^[01]\.[0-9]{3}$/.test(text)).sort((a, b) => a.top - b.top || a.left - b.left);
		const shown = [...new Set(labels.map(({ top }) => top))]
			.map((row) => labels.filter(({ top }) => top === row).map(({ text }) => text).join(' '));
		const rates = wanted.map((row) => row.map((rate) => rate.toFixed(3)).join(' '));
		const wrong = rates.findIndex((row, i) => row !== shown[i]);
		check(`the ${wanted.flat().length} cells of the heat map are those of the SQL, each in its place`,
			rates.length === 0 || shown.length !== rates.length ? `${shown.length} rows` : wrong >= 0 && `${shown[wrong]} instead of ${rates[wrong]}`);
		continue;
	}
	const shown = await page.locator(rowsOf(id)).evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())));
	const wrong = wanted.flatMap((row, i) => shown[i] && sameRow(shown[i], row) ? [] : [`row ${i}: ${shown[i]} instead of ${row}`]);
	check(`the ${wanted.length} rows of the table ${id} are those of the SQL`,
		wanted.length === 0 || shown.length !== wanted.length ? `${shown.length} rows` : wrong[0]);
}
check('the page has no error', complaints.join('; '));
if (process.env.SCREENSHOT)
	await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });

await browser.close();
server.close();
process.exit(failed ? 1 : 0);
