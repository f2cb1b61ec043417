// The functions through node's pg. Prints a line for each check. Finds the server by PGHOST and the like.
import { createRequire } from 'node:module';
import pg from 'pg';

const { version } = createRequire(import.meta.url)('pg/package.json');
let failed = false;

function check(name, expected, actual) {
	const good = JSON.stringify(expected) === JSON.stringify(actual);
	failed ||= !good;
	console.log(good ? `ok - node pg: ${name}`
		: `not ok - node pg: ${name} (${JSON.stringify(actual)} instead of ${JSON.stringify(expected)})`);
}

const day = (value) => `${value.getFullYear()}-${String(value.getMonth() + 1).padStart(2, '0')}-${String(value.getDate()).padStart(2, '0')}`;
const described = (row) => row.map((value) =>
	value === null ? 'null' : value instanceof Date ? `${day(value)} Date` : `${value} ${typeof value}`).join(' | ');

const client = new pg.Client();
await client.connect();
console.log(`# node pg ${version}, Node.js ${process.version}`);
const query = (text, values) => client.query({ text, values, rowMode: 'array' });

const oids = { 25: 'text', 1082: 'date', 23: 'int4', 20: 'int8', 1700: 'numeric', 701: 'float8', 16: 'bool' };
const plain = await query(`SELECT segment, cohort, age, customers, revenue, retention_rate, complete
	FROM cohort_retention('example', 'customer', 'ordered_at', amount => 'amount')`);
check('types of the columns',
	'segment:text cohort:date age:int4 customers:int8 revenue:numeric retention_rate:float8 complete:bool',
	plain.fields.map(({ name, dataTypeID }) => `${name}:${oids[dataTypeID] ?? dataTypeID}`).join(' '));
check('plain statement, rows', 5, plain.rows.length);
check('plain statement, a row', 'null | 2024-01-01 Date | 2 number | 1 string | 12.00 string | 0.5 number | false boolean',
	described(plain.rows[2]));

const cell = await query(`SELECT segment, cohort, age, period, customers, revenue, retention_rate, complete
	FROM cohort_retention($1, $2, $3, $4, amount => $5, as_of => $6, age_window => $7) WHERE cohort = $8 AND age = $9`,
	['example', 'customer', 'ordered_at', 'month', 'amount', '2024-04-01', '30 days', '2024-01-01', 1]);
check('parameters: table, columns, date, interval',
	['null | 2024-01-01 Date | 1 number | null | 1 string | 42.00 string | 0.5 number | true boolean'], cell.rows.map(described));

const rate = await query('SELECT retention_rate(customer, ordered_at, $1::timestamp, $2::timestamp) FROM example WHERE amount >= $3',
	['2024-02-01', '2024-03-01', 0]);
check('parameters of an aggregate', [[0.5]], rate.rows);

const rates = await query('SELECT rate_a, round(difference::numeric, 9)::float8 FROM compare_rates($1, $2, $3, $4)', [1, '10', 3n, 10]);
check('bigint parameters', [[0.1, -0.2]], rates.rows);

const met = await query('SELECT retention(VARIADIC $1) FROM example', [[true, false, true]]);
check('an array of booleans both ways', [[[true, false, true]]], met.rows);

const nulls = await query(`SELECT opening_customers, revenue, retention_rate, quick_ratio, complete
	FROM customer_churn($1, 'customer', 'ordered_at', amount => $2, as_of => $3, active_window => $4) WHERE opening_customers = 0`,
	['example', null, null, 1]);
check('NULLs both ways', ['0 string | null | null | null | true boolean'], nulls.rows.map(described));

check('the session has the zone of the role', [['Europe/Sofia']], (await query('SHOW TimeZone')).rows);
const midnight = await query("SELECT DISTINCT cohort::text FROM cohort_retention('midnight', 'customer', 'ordered_at')");
check('so orders are cut there', [['2024-02-01']], midnight.rows);

const error = await query("SELECT * FROM cohort_retention($1, $2, 'ordered_at')", ['example', 'client']).catch((e) => e);
check('an unknown column is an error with a hint', ['42703', true], [error.code, Boolean(error.hint?.includes('customer'))]);

// The driver reads all values as text. A parameter that is a Buffer it sends in binary.
for (const form of ['text', 'binary']) {
	const [summary, history] = form === 'text' ? ['summary', 'history'] : ['retention_summary_send(summary)', 'retention_history_send(history)'];
	const { rows: [stored] } = await query(`SELECT ${summary}, ${history}
		FROM (SELECT (SELECT retention_agg(customer, ordered_at, amount, 'month') FROM example) AS summary,
		             (SELECT history_agg(ordered_at, amount) FROM example WHERE customer = 'ann') AS history) v`);
	check(`stored values are given as ${form}`, [form === 'binary', form === 'binary'], stored.map((value) => Buffer.isBuffer(value)));
	await query("INSERT INTO stored VALUES ('node pg', $1, $2, $3)", [form, ...stored]);
}

await client.end();
process.exit(failed ? 1 : 0);
