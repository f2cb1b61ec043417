// engines.mjs ORDERS.csv ROUNDS "MS …": part of test/bench/engines; prints lines of its table, with what those milliseconds
// are to each.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const [file, rounds] = [process.argv[2], Number(process.argv[3])];
const ours = process.argv[4].split(' ').map(Number);

const usual = `
	WITH firsts AS (SELECT customer_id, date_trunc('month', min(ordered_at)) AS cohort FROM orders GROUP BY customer_id)
	SELECT sum(customers) AS s FROM (
		SELECT f.cohort, date_trunc('month', o.ordered_at) AS month, count(DISTINCT o.customer_id) AS customers
		FROM orders o JOIN firsts f ON f.customer_id = o.customer_id GROUP BY 1, 2) x`;
const months = [...Array(37).keys()];

async function measure(engine, formulation, run) {
	const times = [];
	let sum;
	for (let round = 0; round <= rounds; round++) {
		const start = process.hrtime.bigint();
		sum = await run();
		if (round > 0) times.push(Number(process.hrtime.bigint() - start) / 1e6);
	}
	times.sort((a, b) => a - b);
	const ms = times[(times.length - 1) >> 1];
	const ratios = ours.map((own) => (own < ms ? (own / ms).toFixed(2) : `**${(own / ms).toFixed(2)}**`)).join(' / ');
	console.log(`| ${engine} | ${formulation} | ${ms.toFixed(0)} | ${sum} | ${ratios} |`);
}

async function duckdb() {
	const { DuckDBInstance } = require('@duckdb/node-api');
	const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
	const value = async (sql) => String((await connection.runAndReadAll(sql)).getRows()[0][0]);
	await connection.run(`CREATE TABLE orders AS SELECT * FROM read_csv('${file}', header = false,
		columns = {'customer_id': 'BIGINT', 'ordered_at': 'TIMESTAMP'})`);
	const name = `DuckDB ${await value('SELECT version()')}, 2 threads`;
	await measure(name, 'join and count(DISTINCT)', () => value(usual));
	await measure(name, 'arrays', () => value(`
		SELECT sum(n) FROM (SELECT cohort, month, count(*) AS n FROM (
			SELECT months[1] AS cohort, unnest(months) AS month FROM (
				SELECT list_sort(list_distinct(list(date_trunc('month', ordered_at)))) AS months FROM orders GROUP BY customer_id))
			GROUP BY cohort, month) x`));
	// one number of bits a customer, then the bits of each cohort counted
	const sums = months.map((m) => `sum(bits >> ${m} & 1)`).join(' + ');
	await measure(name, 'bit mask', () => value(`
		SELECT sum(n) FROM (SELECT cohort, ${sums} AS n FROM (
			SELECT customer_id, min(m) AS cohort, bit_or(1::BIGINT << m) AS bits FROM (
				SELECT customer_id, date_diff('month', TIMESTAMP '2021-01-01', ordered_at) AS m FROM orders) o
			GROUP BY customer_id) c GROUP BY cohort) x`));
}

async function clickhouse() {
	const { Session } = require('chdb');
	const session = new Session();
	const value = (sql) => session.query(sql, 'TSV').trim();
	session.query(`CREATE TABLE orders (customer_id Int64, ordered_at DateTime64(6, 'UTC')) ENGINE = Memory`, 'TSV');
	session.query(`INSERT INTO orders SELECT c1, c2 FROM file('${file}', 'CSV', 'c1 Int64, c2 DateTime64(6, \\'UTC\\')')`, 'TSV');
	const name = `ClickHouse ${value('SELECT version()')}, 2 threads`;
	const threads = ' SETTINGS max_threads = 2';
	await measure(name, 'join and count(DISTINCT)', () => value(usual + threads));
	await measure(name, 'arrays', () => value(`
		SELECT sum(n) FROM (SELECT cohort, month, count() AS n FROM (
			SELECT customer_id, groupUniqArray(toStartOfMonth(ordered_at)) AS all_months, arrayMin(all_months) AS cohort,
				arrayJoin(all_months) AS month FROM orders GROUP BY customer_id) GROUP BY cohort, month)` + threads));
	await measure(name, 'bit mask', () => value(`
		SELECT sum(n) FROM (SELECT cohort, ${months.map((m) => `sum(bitTest(bits, ${m}))`).join(' + ')} AS n FROM (
			SELECT customer_id, min(m) AS cohort, groupBitOr(bitShiftLeft(toUInt64(1), m)) AS bits FROM (
				SELECT customer_id, (toYear(ordered_at) - 2021) * 12 + toMonth(ordered_at) - 1 AS m FROM orders)
			GROUP BY customer_id) GROUP BY cohort)` + threads));
	session.close();
}

for (const engine of [duckdb, clickhouse]) {
	try {
		await engine();
	} catch (error) {
		console.log(`| ${engine.name} | could not be run: ${String(error.message).split('\n')[0]} | | | |`);
	}
}
process.exit(0);
