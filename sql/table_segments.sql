-- Table functions by segment, and with an age window.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
SET client_min_messages = warning;

CREATE TABLE visits AS
SELECT g AS line, g / 2 AS id, hashint8(g / 2) % 300 AS customer,
	timestamptz '2023-01-01' + (hashint8(g / 2 + 1000000) & 524287) * interval '1 minute' + g % 2 * interval '7 hours' AS at,
	CASE WHEN g % 17 > 0 THEN (hashint8(g + 2000000) & 1023) % 12 END AS store, 's' || (hashint8(g + 2000000) & 1023) % 12 AS name,
	(CASE WHEN g % 9 = 0 THEN -1 ELSE 1.5 END * (g % 7))::numeric AS amount
FROM generate_series(1, 3000) g;
CREATE VIEW days AS SELECT *, (at AT TIME ZONE 'Europe/Sofia')::date AS day, at AT TIME ZONE 'Europe/Sofia' AS local FROM visits;

-- Integers come in their order, NULL last; the summaries add up to the whole.
SELECT segment, customers(summary), orders(summary), revenue(summary)
FROM retention_summaries('visits', 'customer', 'at', amount => 'amount', segment => 'store');
SELECT (SELECT sum(summary) FROM retention_summaries('visits', 'customer', 'at', 'week', 'amount', segment => 'store'))
	= (SELECT summary FROM retention_summaries('visits', 'customer', 'at', 'week', 'amount')) AS same;
SELECT (SELECT sum(summary) FROM retention_summaries('visits', 'customer', 'at', 'week', 'amount', segment => 'store', timezone => 'Europe/Sofia'))
	= (SELECT summary FROM retention_summaries('days', 'customer', 'day', 'week', 'amount')) AS in_zone;
-- a text column with amounts, in the session's zone as in any other
SELECT count(*) AS differences FROM ((SELECT * FROM retention_summaries('visits', 'customer', 'at', 'week', 'amount', segment => 'name'))
	EXCEPT ALL (SELECT * FROM retention_summaries('visits', 'customer', 'at', 'week', 'amount', segment => 'name', timezone => 'UTC'))) d;
-- As the aggregate makes them, in a zone too; each function is its reader over these.
CREATE VIEW by_name AS SELECT g.* FROM unnest((SELECT segmented_retention_agg(customer, local, amount, name, 'month') FROM days)) g;
SELECT count(*) AS differences FROM ((TABLE by_name) EXCEPT ALL
	(SELECT * FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', segment => 'name', timezone => 'Europe/Sofia'))) d;
SELECT count(*) AS differences FROM ((SELECT segment, c.* FROM by_name, cohorts(summary) c) EXCEPT ALL
	(SELECT * FROM cohort_retention('visits', 'customer', 'at', 'month', 'amount', segment => 'name', timezone => 'Europe/Sofia'))) d;
SELECT count(*) AS differences FROM ((SELECT segment, c.* FROM by_name, periods(summary, 3) c) EXCEPT ALL
	(SELECT * FROM customer_churn('visits', 'customer', 'at', 'month', 'amount', segment => 'name', timezone => 'Europe/Sofia', active_window => 3))) d;
SELECT count(*) AS differences FROM ((SELECT segment, c.* FROM by_name, order_ladder(summary, 5) c) EXCEPT ALL
	(SELECT * FROM repeat_purchase('visits', 'customer', 'at', 'month', 'amount', segment => 'name', timezone => 'Europe/Sofia', max_orders => 5))) d;
-- Without a zone, a text beside an amount is still the segment.
SELECT count(*) AS differences FROM ((SELECT g.* FROM unnest((SELECT segmented_retention_agg(customer, at, amount, name, 'month') FROM visits)) g) EXCEPT ALL
	(SELECT * FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', segment => 'name'))) d;
-- Lines of orders: the segment of the first order, of its first day's line of the largest amount.
CREATE VIEW orders_of_lines AS
SELECT DISTINCT ON (customer, id) customer, id, min(at) OVER w AS at, sum(amount) OVER (w RANGE BETWEEN CURRENT ROW AND CURRENT ROW) AS total,
	amount AS main, store FROM (SELECT *, at::date AS day FROM visits) v WINDOW w AS (PARTITION BY customer, id ORDER BY day)
ORDER BY customer, id, day, amount DESC, store;
SELECT count(*) AS differences FROM (
	(SELECT segment, customers(summary), revenue(summary) + unattributed_revenue(summary), orders(summary)
		FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', 'id', 'store'))
	EXCEPT ALL (SELECT store::text, count(*) FILTER (WHERE orders > 0), sum(money), sum(orders) FROM (
		SELECT DISTINCT ON (customer) customer, store, count(*) FILTER (WHERE total >= 0) OVER (PARTITION BY customer) AS orders,
			(SELECT sum(v.amount) FROM visits v WHERE v.customer = o.customer) AS money
		FROM orders_of_lines o ORDER BY customer, total < 0, at, main DESC, store) c GROUP BY store)) d;
SELECT count(*) > 5 AS segments FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', 'id', 'store');
-- An order is placed at the time of its earliest line, which need not be the main one: another may come between the two.
CREATE TABLE between_lines (customer int, id int, at timestamptz, amount numeric, product text, refund boolean);
INSERT INTO between_lines VALUES (1, 1, '2024-05-01 09:00', 1, 'bulb', false), (1, 1, '2024-05-01 15:00', 9, 'lamp', false), (1, 2, '2024-05-01 12:00', 20, 'chair', false),
	(2, 3, '2024-05-02 08:00', 5, 'desk', true), (2, 3, '2024-05-02 20:00', 3, 'lamp', false), (2, 4, '2024-05-02 19:59', 30, 'chair', NULL), (2, 5, '2024-05-01 23:59', 1, 'bulb', true),
	(3, 6, '2024-05-03 18:00', 9, 'lamp', false), (3, 6, '2024-05-03 10:00', 2, 'bulb', false), (3, NULL, '2024-05-03 11:00', 40, 'chair', false);
SELECT age_window, segment, customers(summary), orders(summary), revenue(summary) FROM (VALUES (NULL::interval), ('30 days')) w(age_window),
	retention_summaries('between_lines', 'customer', 'at', 'month', 'amount', 'id', 'product', age_window => w.age_window, refund => 'refund') s ORDER BY 1, 2;
DROP TABLE between_lines;
-- as_of: segments of the orders before it, over the same days
SELECT count(*) AS differences FROM ((SELECT * FROM retention_summaries('visits', 'customer', 'at', segment => 'store', as_of => '2023-06-15'))
	EXCEPT ALL (SELECT g.segment, g.summary FROM unnest((SELECT retention_segments_agg(customer, at, store, 'month') FROM visits
		WHERE at < '2023-06-15')) g)) d;
SELECT count(DISTINCT (cohort, age)), min(count(*)) OVER () = max(count(*)) OVER () AS alike
FROM (SELECT segment, min(period) AS cohort, max(period) AS age FROM customer_churn('visits', 'customer', 'at', segment => 'store', as_of => '2023-06-15')
	GROUP BY segment) s;
-- types: an enum in its order, booleans, dates, a case-insensitive text
CREATE TYPE tier AS ENUM ('none', 'silver', 'gold');
CREATE TABLE members AS SELECT g AS customer, date '2024-01-01' AS day, (ARRAY['gold', 'none', 'silver'])[g % 3 + 1]::tier AS tier,
	g % 2 = 0 AS member, date '2024-01-01' + g % 2 AS since FROM generate_series(1, 9) g;
SELECT segment, customers(summary) FROM retention_summaries('members', 'customer', 'day', segment => 'tier');
SELECT segment, customers(summary) FROM retention_summaries('members', 'customer', 'day', segment => 'member');
SELECT segment, customers(summary) FROM retention_summaries('members', 'customer', 'day', segment => 'since', as_of => '2025-01-01');
SELECT * FROM retention_summaries('members', 'customer', 'day', segment => 'tier', as_of => '2023-01-01');
-- of equal values, the first of those that customers have as their segment
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE spelled (customer int, day date, name text COLLATE nocase);
INSERT INTO spelled VALUES (1, '2024-01-01', 'b'), (1, '2024-01-02', 'B'), (2, '2024-01-01', 'c'), (3, '2024-01-01', 'C'),
	(4, '2024-01-01', 'd'), (4, '2024-01-01', 'D'), (4, '2024-01-01', 'd');
SELECT segment, customers(summary) FROM retention_summaries('spelled', 'customer', 'day', segment => 'name');
SELECT segment, customers(summary) FROM retention_summaries('spelled', 'customer', 'day', segment => 'name', age_window => '1 day');

-- An age window: the summary over histories, by segment as well, which again add up.
SELECT (SELECT summary FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', age_window => '30 days'))
	= (SELECT retention_agg(h, 'month', '30 days') FROM (SELECT history_agg(at, amount) AS h FROM visits GROUP BY customer) x) AS same;
SELECT (SELECT sum(summary) FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', 'id', 'store', 'Europe/Sofia', NULL, '30 days'))
	= (SELECT summary FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', 'id', NULL, 'Europe/Sofia', NULL, '30 days')) AS same;
SELECT count(*) AS differences FROM (
	(SELECT segment, customers(summary), orders(summary), revenue(summary) + unattributed_revenue(summary), first_order(summary), last_order(summary)
	FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', segment => 'store'))
	EXCEPT ALL
	(SELECT segment, customers(summary), orders(summary), revenue(summary) + unattributed_revenue(summary), first_order(summary), last_order(summary)
	FROM retention_summaries('visits', 'customer', 'at', 'month', 'amount', segment => 'store', age_window => '1 month'))) d;
SELECT array_agg(segment) = (SELECT array_agg(segment) FROM retention_summaries('visits', 'customer', 'at', segment => 'store')) AS same_order
FROM retention_summaries('visits', 'customer', 'at', segment => 'store', age_window => '1 month');
-- the 30/60/90-day repeat table
SELECT cohort, age, period, cohort_size, repeat_customers, round(repeat_rate::numeric, 3) AS repeat_rate, complete
FROM cohort_retention('visits', 'customer', 'at', 'quarter', as_of => '2024-01-01', age_window => '30 days') WHERE age < 3;
DROP TABLE visits, members, spelled CASCADE;
DROP COLLATION nocase;
DROP TYPE tier;

-- Customers and order ids of a type that can be hashed but not sorted.
CREATE TABLE hashed AS SELECT 1 + i * 7 % 23 AS customer, (1 + i * 7 % 23)::text::xid AS xid, i / 3 AS id, (i / 3)::text::xid AS xid_id,
	'shop ' || i % 4 AS segment, i::numeric AS amount, date '2024-01-01' + i * 2 AS day FROM generate_series(1, 200) i;
CREATE FUNCTION says(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE 'SELECT string_agg(r::text, '' '' ORDER BY r::text) FROM ' || call || ' r' INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLERRM;
END $$;
SELECT count(*) AS calls, count(*) FILTER (WHERE says(format(call, 'customer', 'id')) = says(format(call, 'xid', 'xid_id'))) AS same,
	string_agg(DISTINCT says(format(call, 'xid', 'xid_id')), ' ') FILTER (WHERE says(format(call, 'xid', 'xid_id')) NOT LIKE '(%') AS errors
FROM unnest('{cohort_retention,customer_churn,repeat_purchase,retention_summaries,customer_status}'::text[]) f,
	unnest(ARRAY['', ', amount => ''amount''']) amount, unnest(ARRAY['', ', order_id => %2$L']) id,
	unnest(ARRAY['', ', segment => ''segment''', ', age_window => ''30 days''', ', age_window => ''30 days'', segment => ''segment''']) more,
	LATERAL (SELECT format('%s(''hashed'', %%1$L, ''day''%s%s%s)', f, amount, id, more) AS call) c
WHERE NOT (more LIKE '%window%' AND f IN ('customer_churn', 'repeat_purchase') OR more <> '' AND f = 'customer_status');
SELECT says(format(call, 'customer')) = says(format(call, 'xid')) AS same
FROM (SELECT 'cohort_customers(''hashed'', %L, ''day'', cohort => ''2024-01-01'', age => 1, order_id => ''id'', age_window => ''30 days'')') c(call);
DROP FUNCTION says;
DROP TABLE hashed;
