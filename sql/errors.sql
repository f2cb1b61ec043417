-- Every error of the reference, with its SQLSTATE, message and hint.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

CREATE PROCEDURE pg_temp.fails(query text) LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE query;
	RAISE INFO 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RAISE INFO '% % [%]', SQLSTATE, SQLERRM, hint;
END $$;
CREATE TEMP TABLE orders AS
SELECT i % 5 AS customer, date '2024-01-01' + i AS day, i::numeric AS amount, i AS order_id FROM generate_series(1, 20) i;
CREATE TEMP TABLE s AS
SELECT retention_agg(customer, day, 'day') AS by_day, retention_agg(customer, day, 'week') AS by_week,
	retention_agg(customer, day, amount, 'day') AS with_amounts FROM orders;

-- 22023: unknown unit, in each of the aggregates and table functions
CALL pg_temp.fails($$SELECT retention_agg(customer, day, 'fortnight') FROM orders$$);
CALL pg_temp.fails($$SELECT retention_agg(customer, day::timestamp, amount, 'months') FROM orders$$);
CALL pg_temp.fails($$SELECT retention_agg(customer, day::timestamptz, '') FROM orders$$);
CALL pg_temp.fails($$SELECT retention_agg(customer, day, 'hour') FROM orders$$);
CALL pg_temp.fails($$SELECT cohort_retention('orders', 'customer', 'day', 'decade')$$);
CALL pg_temp.fails($$SELECT cohort_retention('orders', 'customer', 'day', 'amount')$$);
CALL pg_temp.fails($$SELECT repeat_timing('orders', 'customer', 'day', 'Amount')$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'day', ' day')$$);
CALL pg_temp.fails($$SELECT repeat_purchase('orders', 'customer', 'day', E'day\\n')$$);
CALL pg_temp.fails($$SELECT retention_summaries('orders', 'customer', 'day', repeat('day', 3))$$);
-- unit or window changing within a group; number of conditions
CALL pg_temp.fails($$SELECT retention_agg(customer, day, CASE order_id WHEN 5 THEN 'month' ELSE 'day' END
	ORDER BY order_id) FROM orders$$);
CALL pg_temp.fails($$SELECT retention_agg(customer, day, amount, CASE WHEN order_id > 5 THEN 'YEAR' ELSE 'week' END
	ORDER BY order_id) FROM orders$$);
CALL pg_temp.fails($$SELECT retention_rate(customer, day, day, day + 1) FROM orders$$);
CALL pg_temp.fails($$SELECT churn_rate(customer, day, day - 1, date '2024-01-22', date '2024-01-30') FROM orders$$);
CALL pg_temp.fails($$SELECT retention(VARIADIC array_fill(true, ARRAY[order_id]) ORDER BY order_id) FROM orders$$);
-- summaries of different kinds
CALL pg_temp.fails($$SELECT by_day + by_week FROM s$$);
CALL pg_temp.fails($$SELECT by_day + with_amounts FROM s$$);
CALL pg_temp.fails($$SELECT sum(v ORDER BY v::text) FROM s, LATERAL (VALUES (by_day), (with_amounts)) l(v)$$);
-- windows that are none
CALL pg_temp.fails($$SELECT retention_rate(customer, day, '2024-02-01', '2024-02-01') FROM orders$$);
CALL pg_temp.fails($$SELECT churn_rate(customer, day::timestamptz, '2024-02-01', '2024-01-01') FROM orders$$);
CALL pg_temp.fails($$SELECT retention_rate(customer, day::timestamp, '2024-02-01', '2024-02-01', '2024-03-01')
	FROM orders$$);
CALL pg_temp.fails($$SELECT churn_rate(customer, day, '2024-02-02', '2024-02-01', '2024-03-01') FROM orders$$);
-- active_window, max_orders, also over nothing
CALL pg_temp.fails($$SELECT periods(by_day, 0) FROM s$$);
CALL pg_temp.fails($$SELECT periods(NULL, -1)$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'day', active_window => 0)$$);
CALL pg_temp.fails($$SELECT order_ladder(by_day, 0) FROM s$$);
CALL pg_temp.fails($$SELECT repeat_purchase('orders', 'customer', 'day', max_orders => -2147483648)$$);
-- report_by: no unit, periods that do not make it up, a window shorter than its longest
CALL pg_temp.fails($$SELECT periods(by_day, 31, NULL, 'months') FROM s$$);
CALL pg_temp.fails($$SELECT periods(NULL, 31, NULL, '')$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'day', report_by => 'decade')$$);
CALL pg_temp.fails($$SELECT periods(by_week, 60, NULL, 'day') FROM s$$);
DO $$	-- which units cannot be reported by which, and from which window on the others can
DECLARE
	unit text; report_by text; k int; message text;
BEGIN
	FOREACH unit IN ARRAY '{day,week,month,quarter,year}'::text[] LOOP
		FOREACH report_by IN ARRAY '{day,week,month,quarter,year}'::text[] LOOP
			FOR k IN SELECT generate_series(1, 400) LOOP
				BEGIN
					PERFORM periods((SELECT retention_agg(customer, day, unit) FROM orders), k, NULL, report_by);
					RAISE INFO '% by %: %', unit, report_by, k;
					EXIT;
				EXCEPTION WHEN invalid_parameter_value THEN
					GET STACKED DIAGNOSTICS message = MESSAGE_TEXT;
					IF message LIKE 'report_by%' THEN
						RAISE INFO '%', message;
						EXIT;
					END IF;
				END;
			END LOOP;
		END LOOP;
	END LOOP;
END $$;
CALL pg_temp.fails($$SELECT periods(by_day, 30, NULL, 'month') FROM s$$);
CALL pg_temp.fails($$SELECT periods(retention_agg(customer, day, 'quarter'), 3, NULL, 'year') FROM orders$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'day', 'month', report_by => 'quarter')$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'day', 'week', report_by => 'month', active_window => 99)$$);
-- as_of on or before the day of a summary's last order (2024-01-21)
CALL pg_temp.fails($$SELECT cohorts(by_day, '2024-01-21') FROM s$$);
CALL pg_temp.fails($$SELECT periods(by_week, 2, '2024-01-10') FROM s$$);
CALL pg_temp.fails($$SELECT retention_curve(with_amounts, '0044-03-15 BC') FROM s$$);
CALL pg_temp.fails($$SELECT cohorts(by_day, '2024-01-22') FROM s$$);
-- unknown time zone
CREATE TEMP TABLE instants AS SELECT customer, day::timestamptz AS at, day::timestamp AS stamp, day FROM orders;
CALL pg_temp.fails($$SELECT cohort_retention('instants', 'customer', 'at', timezone => 'Mars/Olympus')$$);
CALL pg_temp.fails($$SELECT cohort_retention('instants', 'customer', 'at', timezone => '')$$);
CALL pg_temp.fails($$SELECT cohort_retention('instants', 'customer', 'at', timezone => repeat('x', 300))$$);

-- 22004: period, window dates, active_window, and what a table function needs
CALL pg_temp.fails($$SELECT retention_agg(customer, day, NULL) FROM orders$$);
CALL pg_temp.fails($$SELECT retention_agg(customer, day, amount, NULL) FROM orders$$);
CALL pg_temp.fails($$SELECT retention_rate(customer, day, NULL, '2024-02-01') FROM orders$$);
CALL pg_temp.fails($$SELECT retention_rate(customer, day, '2024-02-01', NULL) FROM orders$$);
CALL pg_temp.fails($$SELECT churn_rate(customer, day, NULL, '2024-02-01', '2024-03-01') FROM orders$$);
CALL pg_temp.fails($$SELECT periods(by_day, NULL) FROM s$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'day', active_window => NULL)$$);
CALL pg_temp.fails($$SELECT cohort_retention(NULL, 'customer', 'day')$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', NULL, 'day')$$);
CALL pg_temp.fails($$SELECT repeat_purchase('orders', 'customer', NULL)$$);
CALL pg_temp.fails($$SELECT retention_summaries('orders', 'customer', 'day', NULL)$$);

-- 22008: infinite times, in every argument
CALL pg_temp.fails($$SELECT retention_agg(1, date 'infinity', 'day')$$);
CALL pg_temp.fails($$SELECT retention_agg(1, date '-infinity', 1, 'day')$$);
CALL pg_temp.fails($$SELECT retention_agg(1, timestamp 'infinity', 'day')$$);
CALL pg_temp.fails($$SELECT retention_agg(1, timestamptz '-infinity', NULL::numeric, 'day')$$);
CALL pg_temp.fails($$SELECT retention_rate(1, timestamptz 'infinity', '2024-02-01', '2024-03-01')$$);
CALL pg_temp.fails($$SELECT churn_rate(1, date '2024-01-01', '-infinity', '2024-03-01')$$);
CALL pg_temp.fails($$SELECT retention_rate(1, timestamp '2024-01-01', '2024-02-01', 'infinity')$$);
CALL pg_temp.fails($$SELECT retention_rate(1, timestamp '2024-01-01', '-infinity', '2024-02-01', '2024-03-01')$$);
CALL pg_temp.fails($$SELECT cohorts(by_day, 'infinity') FROM s$$);
CALL pg_temp.fails($$SELECT periods(by_day, 1, '-infinity') FROM s$$);
CALL pg_temp.fails($$SELECT retention_curve(by_day, 'infinity') FROM s$$);
CALL pg_temp.fails($$SELECT cohort_retention('orders', 'customer', 'day', as_of => 'infinity')$$);
-- in a table, also at or after as_of, and in one line of an order
CREATE TEMP TABLE endless AS SELECT 1 AS customer, day, day::timestamptz AS at, 7 AS order_id, 1 AS amount
	FROM unnest(ARRAY['2024-01-01', 'infinity']::date[]) day;
CALL pg_temp.fails($$SELECT cohort_retention('endless', 'customer', 'day')$$);
CALL pg_temp.fails($$SELECT cohort_retention('endless', 'customer', 'day', as_of => '2024-02-01')$$);
CALL pg_temp.fails($$SELECT repeat_purchase('endless', 'customer', 'at', timezone => 'UTC')$$);
CALL pg_temp.fails($$SELECT customer_churn('endless', 'customer', 'at', amount => 'amount', order_id => 'order_id')$$);
CALL pg_temp.fails($$SELECT customer_churn('endless', 'customer', 'at', order_id => 'order_id', timezone => 'UTC',
	as_of => '2024-02-01')$$);
-- the day before the first date there is, refused each time
SET timezone = 'America/New_York';
CALL pg_temp.fails($$SELECT retention_agg(1, timestamptz '4714-11-24 00:00:00+00 BC', 'day')$$);
CALL pg_temp.fails($$SELECT retention_agg(1, timestamptz '4714-11-24 00:00:00+00 BC', 'day')$$);
SET timezone = 'UTC';
-- a period that begins before the first date there is
CALL pg_temp.fails($$SELECT cohorts(s) FROM (SELECT retention_agg(1, date '4714-11-24 BC', 'month')) r(s)$$);
CALL pg_temp.fails($$SELECT cohorts(s) FROM (SELECT retention_agg(1, date '4714-11-24 BC', 'day')) r(s)$$);

-- 22003: amounts that are not finite
CALL pg_temp.fails($$SELECT retention_agg(1, date '2024-01-01', 'NaN'::numeric, 'day')$$);
CALL pg_temp.fails($$SELECT retention_agg(1, date '2024-01-01', 'Infinity'::numeric, 'day')$$);
CALL pg_temp.fails($$SELECT retention_agg(1, date '2024-01-01', '-Infinity'::numeric, 'day')$$);
CREATE TEMP TABLE amounts AS SELECT 1 AS customer, date '2024-01-01' AS day, 'NaN'::float8 AS nan, '-inf'::real AS inf,
	'1'::text AS text, json '{}' AS json, '{1}'::numeric[] AS list;
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'customer', 'day', amount => 'nan')$$);
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'customer', 'day', amount => 'inf', order_id => 'customer')$$);

-- 42703: columns that are not there
CALL pg_temp.fails($$SELECT cohort_retention('orders', 'client', 'day')$$);
CALL pg_temp.fails($$SELECT customer_churn('orders', 'customer', 'Day')$$);
CALL pg_temp.fails($$SELECT repeat_purchase('orders', 'customer', 'day', amount => 'amount" || "day')$$);
CALL pg_temp.fails($$SELECT retention_summaries('orders', 'customer', 'day', order_id => '')$$);
CALL pg_temp.fails($$SELECT cohort_retention('orders', 'orders', 'day')$$);
ALTER TABLE amounts DROP list;
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'customer', 'day', amount => '........pg.dropped.7........')$$);
-- 42804: columns of an unusable type
CALL pg_temp.fails($$SELECT cohort_retention('orders', 'customer', 'customer')$$);
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'customer', 'text')$$);
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'customer', 'day', amount => 'text')$$);
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'customer', 'day', amount => 'json')$$);
CALL pg_temp.fails($$SELECT cohort_retention('instants', 'customer', 'stamp', timezone => 'UTC')$$);
CALL pg_temp.fails($$SELECT cohort_retention('instants', 'customer', 'day', timezone => 'UTC')$$);
-- 42883: a customer or an order id that has no equality or no hash
CALL pg_temp.fails($$SELECT retention_agg(json '{}', date '2024-01-01', 'day')$$);
CALL pg_temp.fails($$SELECT repeat_purchase_rate(1, point '(1,2)')$$);
CALL pg_temp.fails($$SELECT retention_rate(12::money, date '2024-01-01', '2024-02-01', '2024-03-01')$$);
CALL pg_temp.fails($$SELECT cohort_retention('amounts', 'json', 'day')$$);
-- 42809, 42P01: nothing to read orders from
CREATE TEMP SEQUENCE numbers;
CALL pg_temp.fails($$SELECT cohort_retention('numbers', 'last_value', 'log_cnt')$$);
CALL pg_temp.fails($$SELECT cohort_retention('no_such_table', 'customer', 'day')$$);
-- segments and age windows of the table functions
CREATE TEMP TABLE seg AS SELECT 1 AS customer, date '2024-01-01' AS day, json '{}' AS doc, '{1}'::int[] AS list, point '(1,1)' AS place;
CALL pg_temp.fails($$SELECT cohort_retention('seg', 'customer', 'day', segment => 'nowhere')$$);
CALL pg_temp.fails($$SELECT cohort_retention('seg', 'customer', 'day', segment => 'doc')$$);
CALL pg_temp.fails($$SELECT cohort_retention('seg', 'customer', 'day', segment => 'list')$$);
CALL pg_temp.fails($$SELECT cohort_retention('seg', 'customer', 'day', segment => 'place')$$);
CALL pg_temp.fails($$SELECT cohort_retention('seg', 'customer', 'day', age_window => '1 hour')$$);
CALL pg_temp.fails($$SELECT retention_summaries('seg', 'customer', 'day', age_window => '1 month -1 days')$$);
-- 54000: results of more than 10 million rows
CALL pg_temp.fails($$SELECT cohorts(by_day, '5874897-12-31') FROM s$$);
CALL pg_temp.fails($$SELECT periods(by_day, 1, '5874897-12-31') FROM s$$);
CALL pg_temp.fails($$SELECT retention_curve(by_week, '5874897-12-31') FROM s$$);
CALL pg_temp.fails($$SELECT periods(retention_agg(1, d, 'day'))
	FROM (VALUES (date '4713-01-01 BC'), ('294276-01-01')) v(d)$$);
-- but a summary of any two dates there are can be made, and says how many orders it has
SELECT customers(s), orders(s), first_order(s), last_order(s) FROM (SELECT retention_agg(1, d, 'day')
	FROM (VALUES (date '4714-11-24 BC'), ('5874897-12-31')) v(d)) r(s);

-- 22P02: malformed summaries (summary.sql has more)
CALL pg_temp.fails($$SELECT 'January'::retention_summary$$);

DROP TABLE orders, s, instants, endless, amounts;
DROP SEQUENCE numbers;

-- A setting of another name, once the library is there; 14 has no such error.
DO $$
BEGIN
	SET retention.tracked = off;
	IF current_setting('server_version_num')::int >= 150000 THEN
		RAISE 'a setting that does not exist has been set';
	END IF;
EXCEPTION WHEN invalid_name THEN
	NULL;
END $$;
