-- retention_agg: one pass over orders leaves a summary.  What readers make of
-- it is in readers.sql; here: which rows are orders, money, time types, zones.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- What a summary says of itself.
CREATE FUNCTION pg_temp.facts(s retention_summary) RETURNS text LANGUAGE sql AS $$
SELECT format('%s customers, %s orders, revenue %s, unattributed %s, from %s to %s', customers(s), orders(s),
	coalesce(revenue(s)::text, '-'), coalesce(unattributed_revenue(s)::text, '-'), first_order(s), last_order(s))
$$;

-- no row, one NULL, one row, two rows, NULL among rows
CREATE TEMP TABLE t (label text, customer int, day date, amount numeric);
INSERT INTO t VALUES ('a null customer', NULL, '2024-02-01', 1), ('a null day', 1, NULL, 1),
	('one', 1, '2024-02-01', 10),
	('one without amount', 1, '2024-02-01', NULL),				-- is still an order, of 0
	('two customers', 1, '2024-02-01', 10), ('two customers', 2, '2024-03-01', 5.5),
	('two of one', 1, '2024-02-01', 10), ('two of one', 1, '2024-02-01', 10),	-- even at the same instant
	('nulls among them', NULL, '2024-01-01', 100), ('nulls among them', 1, '2024-02-01', 1),
	('nulls among them', 2, NULL, 100), ('nulls among them', 2, '2024-02-02', NULL), ('nulls among them', NULL, NULL, NULL);
SELECT retention_agg(customer, day, 'month'), retention_agg(customer, day, amount, 'month') FROM t WHERE false;
SELECT label, pg_temp.facts(retention_agg(customer, day, 'month')),
	pg_temp.facts(retention_agg(customer, day, amount, 'month')) AS with_amounts
FROM t GROUP BY label HAVING retention_agg(customer, day, 'month') IS NOT NULL ORDER BY label COLLATE "C";
SELECT label FROM t GROUP BY label HAVING retention_agg(customer, day, amount, 'month') IS NULL
ORDER BY label COLLATE "C";

-- mismatch: one unit for a group; another group may have another
SELECT retention_agg(customer, day, CASE label WHEN 'one' THEN 'day' ELSE 'week' END) FROM t;
SELECT retention_agg(customer, day, amount, CASE label WHEN 'one' THEN 'day' ELSE 'week' END) FROM t;
SELECT unit, max(age) FROM (SELECT unit, retention_agg(1, day, unit) AS s
	FROM unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) unit,
		(VALUES (date '2023-12-31'), ('2024-03-01')) v(day) GROUP BY unit) r, cohorts(s)
GROUP BY unit ORDER BY 2, 1;
-- rows that are no orders are skipped before anything else is looked at
SELECT pg_temp.facts(retention_agg(customer, day, unit))
FROM (VALUES (NULL, date 'infinity', 'moon'), (1, '2024-02-01', 'day'), (2, NULL, NULL)) v(customer, day, unit);

-- Refunds: negative amounts move money and nothing else.  Customer 1 has one
-- order and a later refund, 2 a refund before its first order, 3 only a refund.
CREATE TEMP TABLE refunds (customer int, day date, amount numeric);
INSERT INTO refunds VALUES (1, '2024-01-05', 20), (1, '2024-02-05', -7.25),
	(2, '2024-01-05', -3), (2, '2024-02-05', 50), (2, '2024-02-01', -4), (3, '2024-03-05', -100);
SELECT pg_temp.facts(retention_agg(customer, day, amount, 'month')), sum(amount) AS of_all_amounts
FROM refunds;	-- the refund on 1 February is in the period of its customer's first order: attributed
SELECT pg_temp.facts(retention_agg(customer, day, amount, 'day')) FROM refunds;	-- by day it is not
SELECT pg_temp.facts(retention_agg(customer, day, 'month')) FROM refunds;		-- without amounts: six orders
SELECT count(*) FROM cohorts((SELECT retention_agg(customer, day, amount, 'month') FROM refunds WHERE customer = 3));
-- a refund after the last order ends no report: nothing happened in March
SELECT max(period) FROM periods((SELECT retention_agg(customer, day, amount, 'month') FROM refunds));
-- shards add up to the whole, also where one has refunds only
SELECT (SELECT sum(s) FROM (SELECT retention_agg(customer, day, amount, 'month') FROM refunds GROUP BY customer) r(s))
	= (SELECT retention_agg(customer, day, amount, 'month') FROM refunds) AS same;

-- Money is what sum(numeric) says, with the largest scale of any amount …
SELECT amounts, revenue(retention_agg(1, date '2024-01-01', amount, 'day')), sum(amount),
	revenue(retention_agg(1, date '2024-01-01', amount, 'day'))::text = sum(amount)::text AS same
FROM (VALUES ('whole', 1.0::numeric(9,0)), ('whole', 2),
	('scales', 1), ('scales', 2.5), ('scales', 3.1250), ('scales', NULL),
	('only null', NULL),
	('beyond 64 bits', 9223372036854775807), ('beyond 64 bits', 9223372036854775807.01),
	('beyond 128 bits', 1e38), ('beyond 128 bits', 1e38), ('beyond 128 bits', 1e38), ('beyond 128 bits', 1e38),
	('small', 0.000000000000000000000000000000000000001), ('small', 1),
	('cancelled out', 1e40), ('cancelled out', -1e40 + 0.01)) v(amounts, amount)
GROUP BY amounts ORDER BY amounts COLLATE "C";
-- … the largest and the smallest numeric there are
SELECT revenue(s) = 1e131071 + 1e-16383 AS exact, scale(revenue(s)), revenue(s + s) = 2 * revenue(s) AS doubled
FROM (SELECT retention_agg(c, date '2024-01-01', a, 'day') FROM (VALUES (1, 1e131071), (2, 1e-16383)) v(c, a)) r(s);

-- The three time types agree, and the order of rows does not matter to a byte.
CREATE TEMP TABLE orders AS
SELECT i * 7919 % 211 AS customer, date '2023-01-01' + (i * 31 + i * i * 7) % 700 AS day,
	(i * 37 % 1000 - 100) / 100.0 AS amount
FROM generate_series(1, 1500) i;
SELECT unit, retention_agg(customer, day, unit) = ALL (ARRAY[retention_agg(customer, day::timestamp, unit),
		retention_agg(customer, day + time '23:59:59.999999', unit), retention_agg(customer, day::timestamptz, unit),
		retention_agg(customer, day, unit ORDER BY day, customer), retention_agg(customer, day, unit ORDER BY day DESC,
			amount)]) AS same,
	retention_agg(customer, day, amount, unit) = ALL (ARRAY[retention_agg(customer, day::timestamp, amount, unit),
		retention_agg(customer, day + time '23:59:59.999999', amount, unit), retention_agg(customer, day::timestamptz,
			amount, unit),
		retention_agg(customer, day, amount, unit ORDER BY day, amount), retention_agg(customer, day, amount, unit
			ORDER BY customer DESC, amount)])
		AS same_with_amounts
FROM orders, unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) unit GROUP BY unit ORDER BY unit;
-- with amounts 0 there are no refunds, so people are counted as without amounts
SELECT (SELECT count(*) FROM cohorts(a)), bool_and(a.customers = b.customers AND a.orders = b.orders
	AND a.repeat_customers = b.repeat_customers) AS same
FROM (SELECT retention_agg(customer, day, 'month'), retention_agg(customer, day, NULL::numeric, 'month') FROM orders) r(a, b),
	cohorts(a) a JOIN cohorts(b) b USING (cohort, age) GROUP BY r.a;

-- A timestamptz is cut by its local date in the session's zone; AT TIME ZONE
-- makes the report independent of it.  One order at 22:30 UTC on 31 December.
PREPARE local_day AS SELECT first_order(retention_agg(1, timestamptz '2023-12-31 22:30+00', 'day')) AS local,
	first_order(retention_agg(1, timestamptz '2023-12-31 22:30+00' AT TIME ZONE 'Europe/Sofia', 'day')) AS sofia;
EXECUTE local_day;
SET timezone = 'Europe/Sofia';
EXECUTE local_day;
SET timezone = 'America/St_Johns';
EXECUTE local_day;
-- Local dates need not be monotonic: St John's fell back across midnight in
-- 2006, Apia skipped 30 December 2011.  Compared with ::date, differences only.
CREATE TEMP TABLE instants AS
SELECT timestamptz '2006-10-28 00:00+00' + i * interval '7 minutes' AS at FROM generate_series(0, 600) i
UNION ALL
SELECT timestamptz '2011-12-29 00:00+00' + i * interval '7 minutes' FROM generate_series(0, 600) i;
SELECT at::date AS day, count(*) FROM instants GROUP BY 1 ORDER BY 1;
SELECT at, at::date, first_order(retention_agg(1, at, 'day')) FROM instants GROUP BY at
HAVING first_order(retention_agg(1, at, 'day')) <> at::date;
SET timezone = 'Pacific/Apia';
SELECT at::date AS day, count(*) FROM instants WHERE at > '2011-01-01' GROUP BY 1 ORDER BY 1;
SELECT at, at::date, first_order(retention_agg(1, at, 'day')) FROM instants GROUP BY at
HAVING first_order(retention_agg(1, at, 'day')) <> at::date;

DROP TABLE t, refunds, orders, instants;

-- the first hours of all lie on no date west of Greenwich
SET timezone = 'America/New_York';
SELECT first_order(retention_agg(1, timestamptz '4714-11-24 00:00:00+00 BC', 'day'));
SET timezone = 'UTC';
SELECT first_order(retention_agg(1, timestamptz '4714-11-24 00:00:00+00 BC', 'day'));

-- Customers of many periods, rows in any order: the same bytes, with days that come again and again, amounts that become
-- wide on the way, refunds, read while the rows come, and from workers.
CREATE TABLE many_days AS
SELECT row_number() OVER () AS i, d % 2 AS customer, date '2000-01-01' + d * 3 AS day,
	(CASE WHEN d % 9 = 0 THEN -1 ELSE 1 END * (d % 7))::numeric AS amount, (CASE WHEN d % 1000 = 999 THEN 1e30 ELSE d % 7 - 1 END)::numeric AS wide
FROM generate_series(1, 3000) d, generate_series(0, d % 3);
SELECT count(*) AS orders_of_rows, count(DISTINCT plain), count(DISTINCT priced), count(DISTINCT wide), min(orders), min(revenue), min(wide_revenue)
FROM (
	SELECT kind, retention_agg(customer, day, 'day' ORDER BY k)::text AS plain, retention_agg(customer, day, amount, 'day' ORDER BY k)::text AS priced,
		retention_agg(customer, day, wide, 'day' ORDER BY k)::text AS wide, orders(retention_agg(customer, day, 'day' ORDER BY k)),
		revenue(retention_agg(customer, day, amount, 'day' ORDER BY k)), revenue(retention_agg(customer, day, wide, 'day' ORDER BY k)) AS wide_revenue
	FROM many_days, LATERAL (VALUES ('ascending', i), ('descending', -i), ('at random', hashint8(i)), ('both ends', CASE WHEN i % 2 = 0 THEN i ELSE -i END),
		('in runs', i / 50 * 7919 % 121), ('nearly ascending', i + hashint8(i) % 70)) o(kind, k)
	GROUP BY kind) s;
SELECT count(*) FILTER (WHERE running <> alone OR running_wide <> alone_wide) AS different, count(DISTINCT running::text)
FROM (SELECT n, retention_agg(customer, day, amount, 'day') OVER w AS running, retention_agg(customer, day, wide, 'day') OVER w AS running_wide
	FROM (SELECT *, row_number() OVER (ORDER BY hashint8(i)) AS n FROM many_days WHERE i BETWEEN 1850 AND 2150) r WINDOW w AS (ORDER BY n)) r,
	LATERAL (SELECT retention_agg(customer, day, amount, 'day') AS alone, retention_agg(customer, day, wide, 'day') AS alone_wide
		FROM (SELECT *, row_number() OVER (ORDER BY hashint8(i)) AS m FROM many_days WHERE i BETWEEN 1850 AND 2150 ORDER BY i) o WHERE m <= n) a;
CREATE TABLE shuffled AS SELECT * FROM many_days ORDER BY hashint8(i);
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT (SELECT retention_agg(customer, day, wide, 'day') FROM shuffled) = (SELECT retention_agg(customer, day, wide, 'day' ORDER BY i) FROM shuffled) AS wide,
	(SELECT retention_agg(customer, day, 'day') FROM shuffled) = (SELECT retention_agg(customer, day, 'day' ORDER BY i) FROM shuffled) AS plain;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE many_days, shuffled;
