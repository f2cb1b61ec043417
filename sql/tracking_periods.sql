-- Reports of tracked tables by listed periods, which are declared: an order outside of the list is the error that it is
-- from scratch, as long as it is there and for whoever it is before as_of.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE shop (customer int, day date, amount numeric(10,2), channel text);
CREATE INDEX ON shop (customer, day);
INSERT INTO shop SELECT i % 37, date '2024-01-01' + i * 7919 % 300, 1 + i % 50, 'a' || i % 3 FROM generate_series(1, 600) i;

-- Of four declared periods two are one list, of which one goes on.
CREATE FUNCTION list(more text DEFAULT '') RETURNS text LANGUAGE sql IMMUTABLE AS
	$$SELECT format('calendar(2024-01-01, 2024-01-29, 2024-02-26, 2024-04-01, 2024-07-01, 2024-10-28%s)', $1)$$;
SELECT retention_track('shop', 'customer', 'day', 'amount', segment => 'channel',
	periods => ARRAY['month', list(), upper(list(', 2024-12-30')), 'calendar(2024-01-01,2025-01-01)', list()]) ~ '^retention_track_' AS tracked;
SELECT periods FROM retention_tracked;
CALL retention_fold();

-- Kept and from scratch in one snapshot: rows, or the error, and what the caller sees of it.
CREATE FUNCTION kept(period text, as_of date DEFAULT NULL, more text DEFAULT '') RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	call text := format('SELECT md5(array_agg(r::text)::text) FROM retention_summaries(''shop'', ''customer'', ''day'', %L, amount => ''amount'', as_of => %L%s) r', period, as_of, more);
	results text[];
	result text;
	mode text;
BEGIN
	FOREACH mode IN ARRAY '{off,on,require}'::text[] LOOP
		PERFORM set_config('retention.tracking', mode, true);
		BEGIN
			EXECUTE call INTO result;
		EXCEPTION WHEN data_exception OR object_not_in_prerequisite_state THEN
			result := SQLERRM;
		END;
		results := results || coalesce(result, 'none');
	END LOOP;
	RETURN CASE WHEN results[1] <> results[2] THEN 'differs' WHEN results[1] = results[3] AND results[1] !~ ' ' THEN 'same'
		WHEN results[1] = results[3] OR (results[1] ~ 'is outside the calendar$' AND results[3] ~ ': orders are outside of its calendar, which is an error$') THEN results[1] ELSE format('%s (%s)', results[1], results[3]) END;
END $$;
CREATE VIEW reports AS
	SELECT d AS as_of, kept(list(), d) AS declared, kept(list(), d, ', segment => ''channel''') AS by_channel, kept(list(', 2024-12-30, 2026-01-05'), d) AS longer
	FROM (VALUES (NULL::date), ('2024-01-20'), ('2024-05-05'), ('2024-10-28')) v (d);
SELECT * FROM reports;
SELECT kept(list(', 2024-12-30')), kept('calendar(2024-01-01, 2025-01-01)', '2024-06-06'), kept('month'), kept(list(), '2024-10-29');
-- What is not declared takes a pass, as windows do; one that ends before is declared as far as it goes.
SELECT kept('calendar(2024-01-01, 2024-05-01, 2025-01-01)'), kept(list(), NULL, ', age_window => ''30 days'''),
	kept('calendar(2024-01-01, 2024-01-29, 2024-02-26)', '2024-02-20'), kept('calendar(2024-01-01, 2024-01-29, 2024-02-26)', '2024-02-20', ', segment => ''channel''');
SELECT kept('calendar(2024-01-01, 2024-01-29, 2024-02-26)');
SET retention.tracking = require;
SELECT cohort, age, customers, orders, revenue FROM cohort_retention('shop', 'customer', 'day', list(), 'amount') ORDER BY 1, 2 LIMIT 3;
RESET retention.tracking;

-- An order after the list: reports as of before do not see it, and who has more periods has it.
INSERT INTO shop VALUES (7, '2024-11-11', 5, 'a1'), (100, '2024-11-11', 5, 'a1');
SELECT * FROM reports;
CALL retention_fold();
SELECT * FROM reports;
SELECT kept(list(', 2024-12-30')), kept(list(', 2024-12-30'), '2024-11-12'), kept('calendar(2024-01-01, 2024-05-01, 2024-10-28)'), kept(list(), NULL, ', age_window => ''30 days''');
SELECT count(*) FROM retention_verify('shop');
-- Before it: reports as of any later day do.
DELETE FROM shop WHERE day > '2024-10-28' AND customer = 7;
UPDATE shop SET day = '2023-12-31' WHERE customer = 100;
SELECT * FROM reports;
CALL retention_fold();
SELECT * FROM reports;
SELECT kept(list(), '2023-12-31'), kept(list(), '2024-01-01'), kept('month'), kept('calendar(2023-12-01, 2024-05-01, 2024-10-28)');
SELECT count(*) FROM retention_verify('shop');
-- Gone again, in a transaction first.
BEGIN;
DELETE FROM shop WHERE customer = 100;
SELECT * FROM reports;
ROLLBACK;
SELECT kept(list());
DELETE FROM shop WHERE customer = 100;
SELECT * FROM reports;
CALL retention_fold();
SELECT * FROM reports;
SELECT count(*) FROM retention_verify('shop');
-- From day to day, against a scratch report each.
SELECT count(*), count(*) FILTER (WHERE kept(list(), d::date) <> 'same' OR kept(list(), d::date, ', segment => ''channel''') <> 'same') AS not_same
FROM generate_series(date '2024-01-02', '2024-10-28', interval '5 days') d;
-- Customers one by one.
INSERT INTO shop VALUES (5, '2024-11-11', 5, 'a1');
SELECT count(*) FROM cohort_customers('shop', 'customer', 'day', '2024-01-01', 1, list(), 'amount');
SELECT count(*) FROM cohort_customers('shop', 'customer', 'day', '2024-01-01', 1, list(), 'amount', as_of => '2024-10-28');
DELETE FROM shop WHERE day > '2024-10-28';

-- A list is declared by its days: another one is another declaration.
SELECT retention_track('shop', 'customer', 'day', 'amount', segment => 'channel', periods => ARRAY['month', list()]);
SELECT retention_track('shop', 'customer', 'day', 'amount', segment => 'channel', periods => ARRAY[list(), list(', 2024-12-30'), 'month', 'calendar(2024-01-01, 2025-01-01)']) = (SELECT name FROM retention_tracked) AS there;
-- A long one, of which each report reads what it needs.
SELECT retention_untrack('shop');
CREATE FUNCTION days(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT period_calendar((SELECT array_agg(date '2000-01-01' + i ORDER BY i) FROM generate_series(0, n - 1) i), date '2000-01-01' + n)$$;
SELECT retention_track('shop', 'customer', 'day', periods => ARRAY[days(16384)]) ~ '^retention_track_' AS tracked;
CALL retention_fold();
SET retention.tracking = require;
SELECT count(*) FROM cohort_retention('shop', 'customer', 'day', days(16384));
SELECT count(*) FROM cohort_retention('shop', 'customer', 'day', days(10000));
SET retention.tracking = off;
SELECT count(*), count(r) FROM cohort_retention('shop', 'customer', 'day', 'day') r FULL JOIN cohort_retention('shop', 'customer', 'day', days(16384)) l ON l = r;
RESET retention.tracking;
DROP TABLE shop;

-- Where rows may leave nothing in a history, nothing tells whether they are in the list.
CREATE TABLE shop (customer int, day date, amount numeric(10,2), number text, refund boolean, since date);
CREATE INDEX ON shop (customer, day);
SELECT retention_track('shop', 'customer', 'day', cohort_at => 'since', periods => ARRAY['month', list()]);
SELECT retention_track('shop', 'customer', 'day', 'amount', refund => 'refund', periods => ARRAY[list()]);
\set VERBOSITY default
SELECT retention_track('shop', 'customer', 'day', 'amount', order_id => 'number', periods => ARRAY[list()]);
\set VERBOSITY terse
-- Without amounts they leave nothing from scratch as well.
SELECT retention_track('shop', 'customer', 'day', order_id => 'number', refund => 'refund', periods => ARRAY[list()]) ~ '^retention_track_' AS tracked;
INSERT INTO shop VALUES (1, '2024-01-10', NULL, 'a', false), (1, '2030-01-01', NULL, 'a', false), (2, '2024-02-01', NULL, 'b', false), (2, '2023-01-01', NULL, 'c', true);
CREATE OR REPLACE FUNCTION kept() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	kept text;
BEGIN
	PERFORM set_config('retention.tracking', 'require', true);
	kept := (SELECT array_agg(r::text) FROM cohort_retention('shop', 'customer', 'day', list(), order_id => 'number', refund => 'refund') r);
	PERFORM set_config('retention.tracking', 'off', true);
	RETURN CASE WHEN kept = (SELECT array_agg(r::text)::text FROM cohort_retention('shop', 'customer', 'day', list(), order_id => 'number', refund => 'refund') r) THEN 'same' ELSE 'differs' END;
EXCEPTION WHEN data_exception OR object_not_in_prerequisite_state THEN
	RETURN SQLERRM;
END $$;
CALL retention_fold();
SELECT kept();
INSERT INTO shop VALUES (3, '2030-01-01', NULL, 'd', false);
SELECT kept();
CALL retention_fold();
SELECT kept();
DELETE FROM shop WHERE customer = 3;
SELECT kept();
SELECT count(*) FROM retention_verify('shop');
DROP TABLE shop;
-- An amount below 0 is a refund, which leaves no day of an order: outside it is an error as well, kept or from scratch.
CREATE TABLE shop (customer int, day date, amount numeric(9,2));
CREATE INDEX ON shop (customer, day);
INSERT INTO shop SELECT i, date '2024-01-10' + i, 10 FROM generate_series(1, 9) i;
SELECT retention_track('shop', 'customer', 'day', 'amount', periods => ARRAY[list()]) ~ '^retention_track_' AS tracked;
CALL retention_fold();
CREATE FUNCTION answer(setting text, age_window interval, as_of date) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('retention.tracking', setting, true);
	RETURN (SELECT array_agg(r::text) FROM cohort_retention('shop', 'customer', 'day', list(), amount => 'amount', age_window => answer.age_window, as_of => answer.as_of) r);
EXCEPTION WHEN data_exception OR object_not_in_prerequisite_state THEN
	RETURN SQLERRM;
END $$;
DO $$
DECLARE
	refund record;
	kept text;
	scratch text;
	age_window interval;
	as_of date;
BEGIN
	FOR refund IN SELECT * FROM (VALUES (1, date '2023-01-01', 'before, of a customer'), (77, '2023-01-01', 'before, of nobody'), (1, '2030-01-01', 'after'),
		(1, '2024-02-01', 'inside'), (9, '2024-01-12', 'inside, before the first order')) r(customer, day, what) LOOP
		INSERT INTO shop VALUES (refund.customer, refund.day, -5);
		CALL retention_fold('shop');
		FOREACH age_window IN ARRAY ARRAY[NULL, interval '30 days'] LOOP
			FOREACH as_of IN ARRAY ARRAY[NULL, date '2024-02-10'] LOOP
				kept := answer('on', age_window, as_of);
				scratch := answer('off', age_window, as_of);
				RAISE INFO '%, window %, as of %: %', refund.what, coalesce(age_window::text, 'no'), coalesce(as_of::text, 'now'),
					CASE WHEN kept IS DISTINCT FROM scratch THEN format('%s instead of %s', kept, scratch) WHEN scratch LIKE '{%' THEN 'the same' ELSE scratch END;
			END LOOP;
		END LOOP;
		DELETE FROM shop WHERE amount < 0;
	END LOOP;
END $$;
DROP TABLE shop;
DROP FUNCTION answer;
DROP VIEW reports;
DROP FUNCTION kept(text, date, text), kept(), list, days;
