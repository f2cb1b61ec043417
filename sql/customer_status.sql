-- customer_status: rhythm, status and scores of each customer.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
SET client_min_messages = warning;

CREATE TABLE few (customer text, day date, amount numeric, id int);
INSERT INTO few VALUES
	('weekly', '2024-01-01', 10, 1), ('weekly', '2024-01-08', 10, 2), ('weekly', '2024-01-15', 10, 3), ('weekly', '2024-01-22', 10, 4),
	('monthly', '2023-11-01', 100, 5), ('monthly', '2023-12-01', 100, 6), ('monthly', '2024-01-01', 100, 7),
	('daily', '2024-01-28', 1, 8), ('daily', '2024-01-29', 1, 9), ('daily', '2024-01-30', 1, 10),	-- a gap below 7 days counts as 7
	('once', '2024-01-24', 5, 11),														-- by the median gap of the others
	('twice on a day', '2023-09-01', 7, 12), ('twice on a day', '2023-09-01', 7, 13),
	('refund only', '2024-01-01', -3, 14), ('monthly', '2024-01-05', -50, 15), (NULL, '2024-01-01', 1, 16), ('no day', NULL, 1, 17);
SELECT customer, first_order, last_order, orders, revenue, mean_gap_days::numeric(6,2) AS gap, recency_days AS recency,
	gap_ratio::numeric(8,4) AS ratio, status, r_score AS r, f_score AS f, m_score AS m
FROM customer_status('few', 'customer', 'day', 'amount');
-- without amounts: refunds are orders, no revenue, by customer
SELECT customer, orders, revenue, recency_days, status, r_score AS r, f_score AS f, m_score AS m FROM customer_status('few', 'customer', 'day');
-- at another time, with other limits
SELECT customer, recency_days AS recency, gap_ratio::numeric(8,4) AS ratio, status FROM customer_status('few', 'customer', 'day', 'amount',
	as_of => '2024-03-01');
SELECT customer, recency_days AS recency, orders FROM customer_status('few', 'customer', 'day', 'amount', as_of => '2024-01-09');
SELECT customer, gap_ratio::numeric(8,4) AS ratio, status FROM customer_status('few', 'customer', 'day', 'amount', at_risk_after => 0.5,
	lapsed_after => 1, churned_after => 10, min_gap_days => 0);
-- nobody has come back: no ratio, no status
SELECT customer, mean_gap_days, gap_ratio, status FROM customer_status('few', 'customer', 'day', 'amount', as_of => '2023-11-02');
SELECT count(*) FROM customer_status('few', 'customer', 'day', as_of => '2000-01-01');
-- lines of orders
CREATE VIEW lines AS SELECT customer, day, amount / 2 AS amount, id FROM few UNION ALL SELECT customer, day, amount / 2, id FROM few;
SELECT count(*) AS differences FROM (SELECT customer, orders, revenue::float8, gap_ratio, status, r_score, f_score, m_score
		FROM customer_status('few', 'customer', 'day', 'amount') EXCEPT ALL
	SELECT customer, orders, revenue::float8, gap_ratio, status, r_score, f_score, m_score
		FROM customer_status('lines', 'customer', 'day', 'amount', 'id')) d;
-- errors
SELECT * FROM customer_status('few', 'customer', 'day', at_risk_after => 2);
SELECT * FROM customer_status('few', 'customer', 'day', churned_after => 'NaN');
SELECT * FROM customer_status('few', 'customer', 'day', at_risk_after => 0);
SELECT * FROM customer_status('few', 'customer', 'day', min_gap_days => -1);
SELECT * FROM customer_status('few', 'customer', 'day', min_gap_days => NULL);
SELECT * FROM customer_status('few', 'customer', 'nowhere');
SELECT * FROM customer_status('few', 'customer', NULL);
SELECT * FROM customer_status('few', 'customer', 'day', timezone => 'UTC');

-- Random orders against plain SQL, in a zone.
CREATE TABLE many AS
SELECT hashint8(g) % 700 AS customer, timestamptz '2023-01-01' + (hashint8(g + 1000000) & 524287) * interval '1 minute' AS at,
	(CASE WHEN g % 9 = 0 THEN -1 ELSE 1.5 END * (g % 7))::numeric AS amount
FROM generate_series(1, 4000) g;
CREATE VIEW expected AS
WITH o AS (SELECT customer, (at AT TIME ZONE 'Asia/Kolkata')::date AS day, amount FROM many),
c AS (SELECT customer, min(day) FILTER (WHERE amount >= 0) AS first, max(day) FILTER (WHERE amount >= 0) AS last,
	count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue,
	count(DISTINCT day) FILTER (WHERE amount >= 0) AS days FROM o GROUP BY customer HAVING bool_or(amount >= 0)),
g AS (SELECT *, (last - first)::float8 / nullif(days - 1, 0) AS gap, (SELECT max(last) FROM c) - last AS recency FROM c),
m AS (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN gap < 7 THEN 7 ELSE gap END) AS median FROM g WHERE gap IS NOT NULL),
r AS (SELECT g.*, recency / CASE WHEN gap IS NULL THEN median WHEN gap < 7 THEN 7 ELSE gap END AS ratio,
	(SELECT count(*) FROM g w WHERE w.recency > g.recency) AS r, (SELECT count(*) FROM g w WHERE w.orders < g.orders) AS f,
	(SELECT count(*) FROM g w WHERE w.revenue < g.revenue) AS m, (SELECT count(*) FROM g) AS n FROM g, m)
SELECT customer::text, first, last, orders, revenue, gap, recency, ratio::numeric(20,8), CASE WHEN ratio <= 1.5 THEN 'active' WHEN ratio <= 2 THEN 'at_risk'
	WHEN ratio <= 3 THEN 'lapsed' ELSE 'churned' END AS status, (1 + 5 * r / n)::int AS r, (1 + 5 * f / n)::int AS f, (1 + 5 * m / n)::int AS m FROM r;
CREATE TABLE found AS SELECT customer, first_order, last_order, orders, revenue, mean_gap_days, recency_days, gap_ratio::numeric(20,8), status, r_score,
	f_score, m_score FROM customer_status('many', 'customer', 'at', 'amount', timezone => 'Asia/Kolkata');
SELECT count(*) > 500 AS enough, count(DISTINCT status) AS statuses, min(r_score) AS low, max(m_score) AS high FROM found;
SELECT count(*) AS differences FROM (TABLE expected EXCEPT ALL TABLE found) d;
SELECT count(*) AS differences FROM (TABLE found EXCEPT ALL TABLE expected) d;
-- by revenue descending, then by customer in the order of its type
SELECT count(*) AS out_of_order FROM (SELECT revenue, customer::int AS customer, lag(revenue) OVER w AS r, lag(customer::int) OVER w AS c
	FROM customer_status('many', 'customer', 'at', 'amount') WITH ORDINALITY s(customer, f, l, o, revenue, g, d, ra, s, rs, fs, ms, n)
	WINDOW w AS (ORDER BY n)) x WHERE r < revenue OR r = revenue AND c > customer;
DROP TABLE few, many, found CASCADE;

-- Gaps of which there are so many that they are sorted, and on disk: the median as percentile_cont() has it.
CREATE TABLE gaps AS SELECT c AS customer, date '2000-01-01' + (d * (1 + c) / 7)::int AS day FROM generate_series(1, 7000) c, generate_series(0, 5) d WHERE d <= c % 6;
CREATE VIEW differ AS SELECT count(*) AS customers, count(DISTINCT greatest(mean_gap_days, 7)) AS gaps,
	count(*) FILTER (WHERE gap_ratio IS DISTINCT FROM recency_days / CASE WHEN mean_gap_days IS NOT NULL THEN greatest(mean_gap_days, 7) ELSE (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(mean_gap_days, 7))
		FROM customer_status('gaps', 'customer', 'day') WHERE mean_gap_days IS NOT NULL) END) AS differ
FROM customer_status('gaps', 'customer', 'day');
TABLE differ;
SET work_mem = '64kB';
TABLE differ;
-- many of the same revenue, on disk too, are of one score
CREATE TABLE same AS SELECT c AS customer, date '2024-01-01' AS day, (c / 2500)::numeric AS amount FROM generate_series(0, 9999) c;
SELECT revenue, m_score, count(*), min(customer::int), max(customer::int) FROM customer_status('same', 'customer', 'day', 'amount') GROUP BY 1, 2 ORDER BY 1;
RESET work_mem;

-- Revenues to which one float8 is nearest are told apart, those of other scales are not.
CREATE TABLE amounts AS SELECT i AS customer, date '2024-01-01' AS day, amount FROM unnest('{9007199254740993,9007199254740992,9007199254740992.5,
	9007199254740994,90071992547409930.1,-9007199254740993,-9007199254740992,-9007199254740992.0000000000000000001,1e40,1e40,1e400,2e400,-1e400,1e-30,0,0.00,
	4611686018427387903,4611686018427387904,2305843009213693952.000,2305843009213693951,NULL,0.1,0.10,0.1000000000000000055511151231257827}'::numeric[])
	WITH ORDINALITY a(amount, i);
CREATE VIEW amounts_refunded AS SELECT *, amount < 0 AS refund FROM amounts UNION ALL SELECT customer, day - 1, 0, false FROM amounts;
SELECT customer, CASE WHEN length(revenue::text) < 40 THEN revenue::text ELSE length(revenue::text) || ' digits' END AS revenue, m_score,
	m_score = 1 + 5 * (rank() OVER (ORDER BY revenue) - 1) / count(*) OVER () AS right, n = row_number() OVER (ORDER BY revenue DESC, customer::int) AS in_order
FROM customer_status('amounts_refunded', 'customer', 'day', 'amount', refund => 'refund') WITH ORDINALITY s(customer, f, l, o, revenue, g, d, ra, s, rs, fs, m_score, n)
ORDER BY n;

-- Customers of any type are printed by their cast to text, or their output, and sorted by their type, or by that text if it has no order.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN short AS char(5);
CREATE DOMAIN short_text AS text COLLATE "C" CHECK (length(VALUE) < 20);
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION types(rows text) RETURNS TABLE (type text, customers bigint, first text, same boolean) LANGUAGE plpgsql AS $$
DECLARE
	customer text;
BEGIN
	FOR type, customer IN VALUES ('bigint', 'i'), ('smallint', 'i'), ('text', '''c'' || i'), ('text COLLATE "POSIX"', 'chr(60 + i) || i'), ('varchar(9)', '''c'' || i'),
		('char(6)', '''c'' || i'), ('name', '''c'' || i'), ('"char"', 'chr(65 + i)::"char"'), ('bool', 'i % 2 = 0'), ('uuid', 'md5(i::text)::uuid'), ('numeric', 'i / 4.0'),
		('float8', 'i / 3.0'), ('date', 'date ''2024-01-01'' + i'), ('bytea', 'decode(md5(i::text), ''hex'')'), ('inet', '(''10.0.0.'' || i)::inet'), ('int[]', 'ARRAY[i, 1]'),
		('xid', 'i::text::xid'), ('mood', '(ARRAY[''happy'', ''sad'', ''ok''])[1 + i % 3]::mood'), ('short', '''c'' || i'), ('short_text', '''c'' || i'), ('pair', 'ROW(i, ''c'')::pair'),
		('int4range', 'int4range(i, i + 2)')
	LOOP
		EXECUTE format('CREATE TABLE typed (customer %s, day date, amount numeric)', type);
		EXECUTE format('INSERT INTO typed SELECT %s, ''2024-01-01'', i %% 3 FROM generate_series(1, 30) i', customer);
		EXECUTE format('SELECT count(*), min(customer), array_agg(customer) = (SELECT array_agg(c ORDER BY s DESC, o)
			FROM (SELECT %s AS c, %s AS o, sum(amount) AS s FROM typed GROUP BY customer) t) FROM %s',
			CASE WHEN type IN ('mood', 'pair') THEN 'format(''%s'', customer)' ELSE 'customer::text' END,
			CASE type WHEN 'xid' THEN 'customer::text' ELSE 'customer' END, rows) INTO customers, first, same;
		RETURN NEXT;
		DROP TABLE typed;
	END LOOP;
END $$;
SELECT * FROM types($$customer_status('typed', 'customer', 'day', 'amount')$$);
SELECT bool_and(same) AS same FROM types($$(SELECT customer FROM cohort_customers('typed', 'customer', 'day', '2024-01-01', 0, amount => 'amount')
	WITH ORDINALITY s(customer, returned, orders, revenue, f, l, n) ORDER BY revenue DESC, n) c$$);
DROP FUNCTION types;
DROP TYPE mood, pair;
DROP DOMAIN short, short_text;
DROP TABLE gaps, same, amounts CASCADE;
