-- Reports of tracked tables: what is kept gives what the orders give, for whom and from when on.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE shop (customer text, ordered_at timestamptz, amount numeric(10,2), note text);
CREATE INDEX shop_customer ON shop (customer, ordered_at);
INSERT INTO shop SELECT 'c' || i % 37, timestamptz '2024-01-01 12:00+00' + i * interval '19 hours', i % 50
FROM generate_series(1, 400) i;
SELECT retention_track('shop', 'customer', 'ordered_at', 'amount', timezone => 'Europe/Sofia',
	periods => '{month,week}') ~ '^retention_track_[0-9a-f]+$' AS tracked;

-- One statement, one snapshot: kept (or the error), and whether it is from scratch.
CREATE FUNCTION kept(of_period text, more text DEFAULT '') RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	call text := format('SELECT md5(array_agg(r::text)::text) FROM retention_summaries(''shop'', ''customer'', ''ordered_at'', %L, amount => ''amount'', timezone => ''Europe/Sofia''%s) r', of_period, more);
	kept text;
	scratch text;
BEGIN
	PERFORM set_config('retention.tracking', 'off', true);
	EXECUTE call INTO scratch;
	PERFORM set_config('retention.tracking', 'require', true);
	BEGIN
		EXECUTE call INTO kept;
	EXCEPTION WHEN object_not_in_prerequisite_state THEN
		RETURN SQLERRM;
	END;
	RETURN CASE WHEN kept IS NOT DISTINCT FROM scratch THEN 'same' ELSE 'differs' END;
END $$;

-- Nothing is kept before the first fold.
SELECT kept('month');
CALL retention_fold('shop');
SELECT kept('month'), kept('week'), kept('day'), kept('year');
-- What the table functions show.
SET retention.tracking = require;
SELECT cohort, age, customers, orders, revenue FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia') LIMIT 3;
SELECT period, active_customers FROM customer_churn('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia') LIMIT 2;
SELECT count(*) FROM repeat_purchase('shop', 'customer', 'ordered_at', 'week', 'amount', timezone => 'Europe/Sofia');
SELECT count(*) FROM revenue_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
SELECT count(*) FROM repeat_timing('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
RESET retention.tracking;

-- Every change is in the next report, and in the fold after it.
INSERT INTO shop VALUES ('c1', '2024-03-03 23:30+00', 7), ('new', '2023-12-31 22:30+00', NULL), (NULL, '2024-03-03', 1), ('c2', NULL, 1);
SELECT kept('month');
UPDATE shop SET amount = amount + 0.5 WHERE customer = 'c3';
UPDATE shop SET customer = 'c5' WHERE customer = 'c4';
DELETE FROM shop WHERE customer = 'c6';
SELECT kept('month'), kept('week');
CALL retention_fold('shop');
SELECT kept('month'), kept('week'), (SELECT count(*) FROM retention_verify('shop'));
BEGIN;
INSERT INTO shop VALUES ('c7', '2024-03-03 23:30+00', 7);
SAVEPOINT s;
DELETE FROM shop WHERE customer = 'c8';
SELECT kept('month');
ROLLBACK TO s;
SELECT kept('month');
ROLLBACK;
SELECT kept('month');

-- As of a day: after all there is, and inside, where the type fixes the scale of amounts.
SELECT kept('month', $$, as_of => '2030-01-01'$$), kept('month', $$, as_of => '2024-05-05'$$), kept('day', $$, as_of => '2024-05-05'$$);
SELECT kept('month', $$, as_of => '1999-01-01'$$);
-- On any day, with customers that wait with earlier and later ones, and after a fold.
INSERT INTO shop VALUES ('c1', '2024-02-28 23:30+00', 3), ('early', '2023-11-11', 2), ('c9', '2024-10-10', 4);
DELETE FROM shop WHERE customer = 'c11' AND ordered_at < '2024-03-01';
CREATE VIEW as_of_any_day AS
SELECT p AS period, count(*) > 150 AS many, count(*) FILTER (WHERE kept(p, format(', as_of => %L', d::date)) <> 'same') AS not_same
FROM unnest('{month,week}'::text[]) p, generate_series(date '2023-11-13', '2024-11-20', interval '2 days') d GROUP BY p;
SELECT * FROM as_of_any_day ORDER BY 1;
CALL retention_fold('shop');
SELECT * FROM as_of_any_day ORDER BY 1;
SELECT count(*) FROM retention_verify('shop');
-- Where the type does not fix the scale of amounts, sums that need all digits tell it.
CREATE TABLE loose (customer int, at date, amount numeric);
CREATE INDEX ON loose (customer, at);
INSERT INTO loose VALUES (1, '2024-01-01', 1), (2, '2024-02-02', 1.50), (3, '2024-03-03', 0.25), (2, '2024-04-04', 5.125);
SELECT retention_track('loose', 'customer', 'at', 'amount') ~ '^retention_track_' AS tracked;
CALL retention_fold('loose');
SET retention.tracking = require;
SELECT sum(revenue) FROM cohort_retention('loose', 'customer', 'at', 'month', 'amount', as_of => '2024-02-02');
SELECT sum(revenue) FROM cohort_retention('loose', 'customer', 'at', 'month', 'amount', as_of => '2024-02-03');
SELECT sum(revenue) FROM cohort_retention('loose', 'customer', 'at', 'month', 'amount', as_of => '2024-05-05');
UPDATE loose SET amount = 5.25 WHERE at = '2024-04-04';
SELECT sum(revenue) FROM cohort_retention('loose', 'customer', 'at', 'month', 'amount', as_of => '2024-02-03');
CALL retention_fold('loose');
SELECT sum(revenue) FROM cohort_retention('loose', 'customer', 'at', 'month', 'amount', as_of => '2024-03-04');
RESET retention.tracking;
DROP TABLE loose;
-- A customer whose refunds cancel has no day, but the scale of them.
CREATE TABLE back (customer int, at date, amount numeric(10,2), refund boolean);
CREATE INDEX ON back (customer, at);
INSERT INTO back VALUES (1, '2024-01-01', 5, true), (1, '2024-01-01', -5, true);
SELECT retention_track('back', 'customer', 'at', 'amount', refund => 'refund') ~ '^retention_track_' AS tracked;
CALL retention_fold('back');
CREATE FUNCTION summary_of_back() RETURNS text LANGUAGE sql AS
	$$SELECT r::text FROM retention_summaries('back', 'customer', 'at', 'month', 'amount', refund => 'refund') r$$;
SET retention.tracking = require;
SELECT summary_of_back() AS kept \gset
SET retention.tracking = off;
SELECT summary_of_back() = :'kept' AS same;
INSERT INTO back VALUES (2, '2024-02-01', 7, false);
UPDATE back SET amount = 6 WHERE amount = 5;
CALL retention_fold('back');
SET retention.tracking = require;
SELECT summary_of_back() AS kept \gset
SET retention.tracking = off;
SELECT summary_of_back() = :'kept' AS same;
RESET retention.tracking;
SELECT count(*) FROM retention_verify('back');
DROP FUNCTION summary_of_back;
-- ... and none that tells whether it is in a calendar.
SELECT count(*) FROM retention_summaries('back', 'customer', 'at', 'calendar(2024-01-01, 2024-02-01, 2024-03-01)', 'amount', refund => 'refund');
INSERT INTO back VALUES (1, '2024-07-01', 5, true), (1, '2024-07-01', -5, true);
CALL retention_fold('back');
SELECT count(*) FROM retention_summaries('back', 'customer', 'at', 'calendar(2024-01-01, 2024-02-01, 2024-03-01)', 'amount', refund => 'refund');
DROP TABLE back;
-- Windows since the first order.
SELECT kept('month', $$, age_window => '30 days'$$), kept('month', $$, age_window => '1 month', as_of => '2024-06-01'$$);

-- What does not match is said, and made from scratch unless that is refused.
SELECT kept('month', $$, segment => 'note'$$);
SELECT kept('month', $$, order_id => 'note'$$);
SELECT kept('month', $$, filter => 'amount > 1'$$);
SET retention.tracking = require;
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', timezone => 'Europe/Sofia');
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Paris');
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount');
-- ... with what would match
\set VERBOSITY default
SELECT retention_track('shop', 'customer', 'ordered_at', timezone => 'UTC');
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Paris');
SELECT retention_untrack('shop', timezone => 'UTC');
CREATE VIEW shop_view AS SELECT * FROM shop;
SELECT count(*) FROM cohort_retention('shop_view', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
SELECT * FROM retention_verify('shop_view');
DROP VIEW shop_view;
\set VERBOSITY terse
RESET retention.tracking;
SELECT count(*) > 0 FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Paris');

-- Inside a writing statement there are orders whose customers are not logged yet.
CREATE FUNCTION while_writing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING '%', kept('month');
	RETURN NULL;
END $$;
CREATE TRIGGER a_first AFTER INSERT ON shop FOR EACH ROW EXECUTE FUNCTION while_writing();
INSERT INTO shop VALUES ('c9', '2024-03-03 23:30+00', 7);
DROP TRIGGER a_first ON shop;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT kept('month');
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT kept('month');
COMMIT;
CALL retention_fold('shop');
SELECT kept('month');

-- TRUNCATE, then a fold that builds.
TRUNCATE shop;
SELECT kept('month');
CALL retention_fold('shop');
SELECT kept('month');
INSERT INTO shop SELECT 'c' || i % 37, timestamptz '2024-01-01 12:00+00' + i * interval '19 hours', i % 50
FROM generate_series(1, 400) i;
SELECT kept('month');
CALL retention_fold('shop');

-- Data that is an error raises it, before a fold and after; its customer holds up nobody else.
INSERT INTO shop VALUES ('bad', 'infinity', 1), ('c1', '2024-04-04', 1);
SELECT kept('month');
CALL retention_fold('shop');
SET retention.tracking = require;
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
DELETE FROM shop WHERE customer = 'bad';
SELECT count(*) > 0 FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
RESET retention.tracking;
CALL retention_fold('shop');
SELECT kept('month'), (SELECT count(*) FROM retention_verify('shop'));

-- Renames are followed; triggers that were off for a time are noticed.
ALTER TABLE shop RENAME amount TO paid;
ALTER TABLE shop RENAME note TO amount;
SET retention.tracking = require;
SELECT count(*) > 0 FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'paid', timezone => 'Europe/Sofia');
RESET retention.tracking;
ALTER TABLE shop RENAME amount TO note;
ALTER TABLE shop RENAME paid TO amount;
ALTER TABLE shop DISABLE TRIGGER USER;
INSERT INTO shop VALUES ('c1', '2024-04-05', 1);
SELECT kept('month');
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'shop'::regclass LOOP
		EXECUTE format('ALTER TABLE shop ENABLE ALWAYS TRIGGER %I', t.tgname);
	END LOOP;
END $$;
SELECT kept('month');
CALL retention_fold('shop');
SELECT kept('month');

-- Rights are those of the query: columns, rows, functions.
CREATE ROLE regress_reader;
CREATE ROLE regress_some;
GRANT SELECT (customer, ordered_at) ON shop TO regress_reader;
SET ROLE regress_reader;
SET retention.tracking = require;
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
CALL retention_fold('shop');
SELECT * FROM retention_verify('shop');
RESET ROLE;
GRANT SELECT ON shop TO regress_reader, regress_some;
SET ROLE regress_reader;
SELECT count(*) > 0 FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
-- Of customers who wait, histories are made, for which the report from scratch has no need.
RESET ROLE;
INSERT INTO shop VALUES ('c1', '2024-04-06', 1);
REVOKE EXECUTE ON FUNCTION history_agg(date, numeric) FROM PUBLIC;
SET ROLE regress_reader;
SELECT count(*) > 0 FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
SET retention.tracking = on;
SELECT count(*) > 0 FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
SET retention.tracking = require;
RESET ROLE;
GRANT EXECUTE ON FUNCTION history_agg(date, numeric) TO PUBLIC;
CALL retention_fold('shop');
ALTER TABLE shop ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON shop TO regress_some USING (customer < 'c2');
SET ROLE regress_some;
SELECT count(*) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
SET retention.tracking = on;
SELECT sum(customers) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia') WHERE age = 0;
RESET ROLE;
SELECT sum(customers) FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia') WHERE age = 0;
-- An owner who is no superuser folds, builds and verifies, and all rows whatever the policies say of the owner.
CREATE ROLE regress_owner;
ALTER TABLE shop OWNER TO regress_owner;
GRANT CREATE ON SCHEMA public TO regress_owner;
ALTER TABLE shop FORCE ROW LEVEL SECURITY;
INSERT INTO shop VALUES ('c30', '2024-04-05', 1);
SET ROLE regress_owner;
SELECT count(*) FROM shop;
CALL retention_fold('shop');
SELECT count(*) FROM retention_verify('shop');
RESET ROLE;
SELECT kept('month');
TRUNCATE shop;
INSERT INTO shop SELECT 'c' || i % 37, timestamptz '2024-01-01 12:00+00' + i * interval '19 hours', i % 50
FROM generate_series(1, 400) i;
SET ROLE regress_owner;
CALL retention_fold('shop');
RESET ROLE;
SELECT kept('month');
RESET retention.tracking;
DROP POLICY few ON shop;
ALTER TABLE shop DISABLE ROW LEVEL SECURITY;

-- The procedure.
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL retention_fold('shop');
ROLLBACK;
SET default_transaction_isolation = 'serializable';
INSERT INTO shop VALUES ('c30', '2024-04-06', 1);
CALL retention_fold('shop');
RESET default_transaction_isolation;
BEGIN;
INSERT INTO shop VALUES ('c31', '2024-04-06', 1);
CALL retention_fold('shop');
SELECT kept('month');
INSERT INTO shop VALUES ('c31', '2024-04-07', 1);
SELECT kept('month');
ROLLBACK;
SELECT kept('month');
CALL retention_fold();
CALL retention_fold('pg_class');
CREATE TABLE other (i int);
CALL retention_fold('other');
-- What a session knows of the extension has other indexes after this.
REINDEX INDEX CONCURRENTLY retention_tracking_state_key;
REINDEX TABLE CONCURRENTLY retention_tracking_leaf;
SELECT kept('month');
INSERT INTO shop VALUES ('c32', '2024-04-05', 1);
CALL retention_fold('shop');
SELECT kept('month');

-- Emptied by somebody who refreshes all that there is, without its data: what is kept does not tell any more, and never will.
CREATE PROCEDURE empty_log() LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', logs[cardinality(logs)]::regclass) FROM retention_tracking_state WHERE orders = 'shop'::regclass;
END $$;
CALL retention_fold('shop');
INSERT INTO shop VALUES ('c32', '2024-04-06', 1);
SELECT kept('month');
BEGIN;
DO $$
BEGIN
	EXECUTE format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', histories::regclass) FROM retention_tracking_state WHERE orders = 'shop'::regclass;
END $$;
SELECT count(*) > 0 AS answered FROM cohort_retention('shop', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia');
SELECT kept('month');
ROLLBACK;
-- What is kept is in the tablespace of the database, whatever a session's is.
SET allow_in_place_tablespaces = true;
CREATE TABLESPACE regress_retention LOCATION '';
SET default_tablespace = regress_retention;
ALTER TABLE shop DISABLE TRIGGER ALL;
ALTER TABLE shop ENABLE TRIGGER ALL;
CALL retention_fold('shop');
RESET default_tablespace;
DROP TABLESPACE regress_retention;
SELECT kept('month');
-- A cursor of before a fold sees what its transaction has written, but not that it waits.
BEGIN;
INSERT INTO shop VALUES ('c40', '2024-04-06', 1);
DECLARE before CURSOR FOR SELECT count(*) FROM retention_verify('shop');
CALL retention_fold('shop');
FETCH before;
ROLLBACK;
BEGIN;
REFRESH MATERIALIZED VIEW retention_tracking_state WITH NO DATA;
SELECT kept('month');
CALL retention_fold('shop');
ROLLBACK;
SELECT kept('month');
BEGIN;
REFRESH MATERIALIZED VIEW retention_tracking_leaf WITH NO DATA;
SELECT kept('month');
CALL retention_fold('shop');
SELECT kept('month');
ROLLBACK;
CALL empty_log();
SELECT kept('month');
INSERT INTO shop VALUES ('c33', '2024-04-06', 1);
CALL retention_fold('shop');
SELECT kept('month');
SELECT retention_untrack('shop');
SELECT retention_track('shop', 'customer', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month,week}') <> '' AS tracked;
CALL retention_fold('shop');
SELECT kept('month');
DROP PROCEDURE empty_log;

SELECT retention_untrack('shop');
SELECT kept('month');
DROP TABLE shop, other;
DROP VIEW as_of_any_day;
DROP FUNCTION kept, while_writing;
REVOKE CREATE ON SCHEMA public FROM regress_owner;
DROP ROLE regress_reader, regress_some, regress_owner;
