-- retention_rate and churn_rate of one window: of the customers who ordered
-- before period_start, the share that did (not) order in [period_start, period_end).
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE TEMP TABLE orders (customer int, at timestamptz);
INSERT INTO orders VALUES
	(1, '2024-02-20'), (1, '2024-03-10'), (1, '2024-03-11'),	-- before and inside: retained
	(2, '2024-01-15'),							-- before only: churned
	(3, '2024-03-31 23:59:59.999999'),			-- inside only: new, not of S
	(4, '2024-02-01'), (4, '2024-04-01'),		-- at the end is outside: churned
	(5, '2024-03-01'),							-- at the start is inside: not of S
	(6, '2024-05-05');							-- after: ignored

-- S = {1, 2, 4}, retained = {1}
SELECT retention_rate(customer, at, '2024-03-01', '2024-04-01'),
	churn_rate(customer, at, '2024-03-01', '2024-04-01')
FROM orders;
-- with active_from S = {1, 4}: the start of it is inside, customer 2 is too old
SELECT retention_rate(customer, at, '2024-02-01', '2024-03-01', '2024-04-01'),
	churn_rate(customer, at, '2024-02-01', '2024-03-01', '2024-04-01')
FROM orders;
-- an older order does not put a customer into S that has a recent one too
SELECT retention_rate(customer, at, '2024-02-02', '2024-03-01', '2024-04-01') FROM orders;

-- no row, one NULL, one row (before, inside, after), two rows, NULL among rows
CREATE TEMP TABLE t (label text, customer int, at date);
INSERT INTO t VALUES ('a null customer', NULL, '2024-02-01'), ('a null time', 1, NULL),
	('one before', 1, '2024-02-01'), ('one inside', 1, '2024-03-01'), ('one after', 1, '2024-04-01'),
	('two, one retained', 1, '2024-02-01'), ('two, one retained', 1, '2024-03-01'),
	('two before', 1, '2024-02-01'), ('two before', 2, '2024-02-01'),
	('with nulls', NULL, '2024-02-01'), ('with nulls', 1, NULL), ('with nulls', 1, '2024-02-01'),
	('with nulls', NULL, NULL), ('with nulls', 1, '2024-03-31'), ('with nulls', 2, '2024-01-01');
SELECT retention_rate(customer, at, '2024-03-01', '2024-04-01'),
	churn_rate(customer, at, '2024-03-01', '2024-04-01') FROM t WHERE false;
SELECT label, retention_rate(customer, at, '2024-03-01', '2024-04-01') AS retention,
	churn_rate(customer, at, '2024-03-01', '2024-04-01') AS churn,
	retention_rate(customer, at, '2024-01-15', '2024-03-01', '2024-04-01') AS from_15_january
FROM t GROUP BY label ORDER BY label COLLATE "C";

-- mismatch: the window has to be the same in every row of a group …
SELECT retention_rate(customer, at, at, date '2024-12-31') FROM t WHERE label = 'two, one retained';
SELECT churn_rate(customer, at, date '2024-01-01', at) FROM t WHERE label = 'two, one retained';
SELECT retention_rate(customer, at, at - 9, date '2024-05-01', date '2024-06-01') FROM t
WHERE label = 'two, one retained';
-- … but may differ between groups: here the retention of four months in a row
SELECT m::date AS month, retention_rate(customer, at::date, m::date, (m + interval '1 month')::date) AS retention
FROM orders, generate_series(timestamp '2024-02-01', '2024-05-01', '1 month') m
GROUP BY m ORDER BY m;

-- A window of any three time types says the same, and instants do not depend on the session's zone.
SELECT DISTINCT retention_rate(customer, at, '2024-03-01 00:00+00', '2024-04-01 00:00+00') AS timestamptz,
	retention_rate(customer, at::timestamp, '2024-03-01', '2024-04-01') AS timestamp,
	retention_rate(customer, at::date, '2024-03-01', '2024-04-01') AS date
FROM orders;
SET timezone = 'Pacific/Apia';
SELECT retention_rate(customer, at, '2024-03-01 00:00+00', '2024-04-01 00:00+00') FROM orders;
SET timezone = 'UTC';

-- BC and far future; microseconds count
SELECT retention_rate(1, at, '0044-03-15 BC', '5874897-12-31')
FROM (VALUES (date '0044-03-14 BC'), (date '5874897-12-30')) v(at);
SELECT retention_rate(1, at, '2024-03-01 00:00:00.000001', '2024-03-01 00:00:00.000002')
FROM (VALUES (timestamp '2024-03-01'), (timestamp '2024-03-01 00:00:00.000001')) v(at);

-- Against plain SQL over made-up orders, windows of several lengths, with and
-- without active_from: prints only differences.
CREATE TEMP TABLE many AS
SELECT (i * 7919 % 463)::text AS customer, date '2023-01-01' + (i * 31 + i * i * 7) % 400 AS at
FROM generate_series(1, 1500) i;
CREATE TEMP TABLE windows AS
SELECT s, s + n AS e, s - b AS f
FROM generate_series(0, 380, 20) k, unnest(ARRAY[1, 7, 30, 365]) n, unnest(ARRAY[1, 30, 90]) b,
	LATERAL (SELECT date '2023-01-01' + k) v(s);
SELECT count(*), count(retention), min(retention) < max(retention) AS varies
FROM (SELECT retention_rate(customer, at, s, e) AS retention FROM many, windows GROUP BY s, e, f) r;
WITH flags AS (
	SELECT s, e, f, bool_or(at < s) AS before, bool_or(at < s AND at >= f) AS recent, bool_or(at >= s AND at < e) AS inside
	FROM many, windows GROUP BY s, e, f, customer
), expected AS (
	SELECT s, e, f, count(*) FILTER (WHERE before AND inside)::float8 / nullif(count(*) FILTER (WHERE before), 0),
		count(*) FILTER (WHERE before AND NOT inside)::float8 / nullif(count(*) FILTER (WHERE before), 0),
		count(*) FILTER (WHERE recent AND inside)::float8 / nullif(count(*) FILTER (WHERE recent), 0),
		count(*) FILTER (WHERE recent AND NOT inside)::float8 / nullif(count(*) FILTER (WHERE recent), 0)
	FROM flags GROUP BY s, e, f
), actual AS (
	SELECT s, e, f, retention_rate(customer, at, s, e), churn_rate(customer, at, s, e),
		retention_rate(customer, at, f, s, e), churn_rate(customer, at, f, s, e)
	FROM many, windows GROUP BY s, e, f
)
(TABLE expected EXCEPT ALL TABLE actual) UNION ALL (TABLE actual EXCEPT ALL TABLE expected);

DROP TABLE orders, t, many, windows;
