-- Histories of rows that no query has grouped: the same as by history_agg() and GROUP BY.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;

CREATE DOMAIN small_id AS smallint;
CREATE COLLATION any_case_rows (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE orders AS SELECT i AS id, (i * 7919) % 20011 AS big, ((i * 7919) % 20011 % 20000)::int AS medium,
		((i * 7919) % 20011 % 20000 - 10000)::int::smallint::small_id AS small, md5(((i * 7919) % 20011)::text)::uuid AS u,
		repeat('k', ((i * 7919) % 20011 % 40)::int) || (i * 7919) % 20011 AS t,
		(CASE WHEN i % 3 = 0 THEN 'C' ELSE 'c' END || (i * 7919) % 5000) COLLATE any_case_rows AS any_case,
		((i * 7919) % 5000)::numeric(10,2) AS n,
		timestamptz '2020-01-31 23:00' + (i * 104729 % 40000000) * interval '1 second' AS at,
		CASE WHEN i % 50 = 0 THEN NULL WHEN i % 31 = 0 THEN -(i % 10) WHEN i % 7 = 0 THEN i % 10 / 4.0 ELSE i % 10 END::numeric AS amount,
		CASE WHEN i % 60 > 0 THEN i % 20 = 0 END AS refund
	FROM generate_series(1::bigint, 40000) i;
INSERT INTO orders VALUES (0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2020-01-01', 1), (0, 1, 1, 1, md5('1')::uuid, '', 'c1', 1, NULL, 1);
VACUUM ANALYZE orders;

-- summaries of ages, by the column of customers
CREATE FUNCTION by_hand(customer name, at text, rest text, OUT summary retention_summary) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT retention_agg(h, ''month'', interval ''30 days'') FROM (SELECT history_agg(%s%s) h FROM orders
		WHERE %I IS NOT NULL GROUP BY %I) g', at, rest, customer, customer) INTO summary;
END $$;
CREATE VIEW checks AS SELECT c AS customer,
		(SELECT summary FROM retention_summaries('orders', c, 'at', 'month', age_window => '30 days')) = by_hand(c, 'at', '') AS days,
		(SELECT summary FROM retention_summaries('orders', c, 'at', 'month', amount => 'amount', age_window => '30 days'))
			= by_hand(c, 'at', ', amount') AS amounts,
		(SELECT summary FROM retention_summaries('orders', c, 'at', 'month', amount => 'amount', refund => 'refund', age_window => '30 days'))
			= by_hand(c, 'at', ', amount, refund') AS refunds,
		(SELECT summary FROM retention_summaries('orders', c, 'at', 'month', amount => 'amount', timezone => 'Asia/Tokyo',
			age_window => '30 days')) = by_hand(c, '(at AT TIME ZONE ''Asia/Tokyo'')::date', ', amount') AS zone
	FROM unnest('{big,medium,small,u,t,any_case,n}'::name[]) c;
SELECT * FROM checks;

-- each customer once, with what is its own
CREATE FUNCTION differences(customer name) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE format('WITH s AS (SELECT s.customer, s.first_order, s.last_order, s.orders, s.revenue
			FROM customer_status(''orders'', %L, ''at'', ''amount'') s),
		h AS (SELECT %I::text, first_order(h), last_order(h), orders(h), revenue(h)
			FROM (SELECT %I, history_agg(at, amount) h FROM orders WHERE %I IS NOT NULL GROUP BY %I) g WHERE first_order(h) IS NOT NULL)
		SELECT (SELECT count(*) FROM (TABLE s EXCEPT ALL TABLE h) a) + (SELECT count(*) FROM (TABLE h EXCEPT ALL TABLE s) b)',
		customer, customer, customer, customer, customer) INTO result;
	RETURN result;
END $$;
SELECT c AS customer, differences(c) FROM unnest('{big,medium,small,u,t,n}'::name[]) c;

-- from a file
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT customer, days, amounts FROM checks WHERE customer IN ('big', 't');
SELECT c AS customer, differences(c) FROM unnest('{big,t}'::name[]) c;

-- with amounts that no integer holds, some of them in what is in the file already
UPDATE orders SET amount = amount * 1e30 + 1e-20 WHERE id % 1000 = 999;
SELECT customer, refunds FROM checks WHERE customer IN ('big', 'u');
SELECT c AS customer, differences(c) FROM unnest('{u}'::name[]) c;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT customer, amounts FROM checks WHERE customer IN ('medium');
SELECT c AS customer, differences(c) FROM unnest('{medium}'::name[]) c;

-- brackets, lists of days, nobody
SELECT summary = (SELECT bracket_retention_agg(h, 'week', '{1 day,8 days,3 months}'::interval[])
	FROM (SELECT history_agg(at, amount) h FROM orders WHERE big IS NOT NULL GROUP BY big) g) AS brackets
FROM retention_summaries('orders', 'big', 'at', 'week', amount => 'amount', age_bounds => '{1 day,8 days,3 months}');
SELECT count(*) FROM retention_summaries('orders', 'big', 'at', 'month', age_window => '30 days', filter => 'false');
SELECT count(*) FROM retention_summaries('orders', 'big', 'at', 'calendar(2020-03-01, 2020-04-01)', age_window => '30 days', filter => 'id = 5');
SELECT count(*) FROM customer_status('orders', 'big', 'at', filter => 'id = 5');

-- a type that is sorted, not hashed, is left to GROUP BY
CREATE VIEW bits AS SELECT big::int::bit(2) AS b, at FROM orders WHERE big < 4;
SELECT * FROM (SELECT customer, orders FROM customer_status('bits', 'b', 'at')) s ORDER BY customer;

-- errors are those of history_agg()
INSERT INTO orders (big, at, amount) VALUES (5, 'infinity', 1), (5, '2020-02-02', 'NaN');
SELECT count(*) FROM customer_status('orders', 'big', 'at', 'amount');
SELECT count(*) FROM customer_status('orders', 'big', 'at', 'amount', filter => 'isfinite(at)');

-- and so are rights
DELETE FROM orders WHERE amount = 'NaN' OR at = 'infinity';
CREATE ROLE regress_row_reader;
GRANT SELECT (big, at) ON orders TO regress_row_reader;
SET ROLE regress_row_reader;
SELECT count(*) FROM customer_status('orders', 'big', 'at', 'amount');
SELECT count(*) FROM customer_status('orders', 'big', 'at', as_of => '2020-03-01');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION history_agg(timestamptz) FROM PUBLIC;
SET ROLE regress_row_reader;
SELECT count(*) FROM customer_status('orders', 'big', 'at', as_of => '2020-03-01');
RESET ROLE;
GRANT EXECUTE ON FUNCTION history_agg(timestamptz) TO PUBLIC;
REVOKE EXECUTE ON FUNCTION retention_agg(retention_history, text, interval) FROM PUBLIC;
SET ROLE regress_row_reader;
SELECT count(*) FROM cohort_retention('orders', 'big', 'at', 'month', as_of => '2020-03-01', age_window => '30 days');
RESET ROLE;
GRANT EXECUTE ON FUNCTION retention_agg(retention_history, text, interval) TO PUBLIC;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON orders TO regress_row_reader USING (big < 10);
SET ROLE regress_row_reader;
SELECT count(*) FROM customer_status('orders', 'big', 'at', as_of => '2022-03-01');
RESET ROLE;

DROP FUNCTION differences;
DROP VIEW checks;
DROP FUNCTION by_hand;
DROP VIEW bits;
DROP TABLE orders;
DROP DOMAIN small_id;
DROP COLLATION any_case_rows;
DROP ROLE regress_row_reader;
