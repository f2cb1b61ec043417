-- Trackings with refunds and with lines of orders: the same reports as from scratch, whatever changes.
\set VERBOSITY terse
SET client_min_messages = warning;
\i test/lib/kept.sql
-- Summaries by month, by week, of two days, and two functions, as of each of some days.
CREATE FUNCTION reports(arguments text) RETURNS TABLE (result text, n bigint) LANGUAGE sql STABLE AS $$
	SELECT kept, count(*) FROM (VALUES (''), (', as_of => ''2024-02-15'''), (', as_of => ''2024-05-05'''), (', as_of => ''2030-01-01''')) v(as_of),
		LATERAL (VALUES (kept(format('retention_summaries(%s, period => ''month''%s)', arguments, as_of))),
			(kept(format('retention_summaries(%s, period => ''week''%s)', arguments, as_of))),
			(kept(format('retention_summaries(%s, period => ''month'', age_window => ''30 days''%s)', arguments, as_of))),
			(kept(format('customer_status(%s%s)', arguments, as_of))),
			(kept(format('cohort_customers(%s, cohort => ''2024-01-01'', age => 1%s)', arguments, as_of)))) k(kept)
	GROUP BY kept ORDER BY kept
$$;

CREATE TABLE shop (id int PRIMARY KEY, customer int, day date, amount numeric(10,2), back boolean, "order" text, note text);
CREATE INDEX ON shop (customer, day);
INSERT INTO shop SELECT i, i % 53, date '2024-01-01' + i * 7 % 300, i % 50 - 3, i % 5 = 0, CASE WHEN i % 9 > 0 THEN i % 53 || '/' || i % 4 END FROM generate_series(1, 600) i;
-- refunds that leave nothing but their scale, on a day after all others and before
INSERT INTO shop VALUES (1001, 1001, '2024-01-05', NULL, NULL), (1002, 1001, '2024-06-01', 0.00, true), (1003, 1002, '2024-01-01', 0.00, true),
	(1004, 1003, '2024-01-01', 0.00, true), (1005, 1003, '2024-02-02', NULL, false);
\set refund '\'shop\', \'customer\', \'day\', amount => \'amount\', refund => \'back\''
\set only '\'shop\', \'customer\', \'day\', refund => \'back\''
\set lines '\'shop\', \'customer\', \'day\', amount => \'amount\', order_id => \'order\''
\set both '\'shop\', \'customer\', \'day\', amount => \'amount\', order_id => \'order\', refund => \'back\''
SELECT count(retention_track('shop', 'customer', 'day', a, order_id => o, refund => r, periods => '{month}')) AS tracked
FROM (VALUES ('amount'::name, NULL::name, 'back'::name), (NULL, NULL, 'back'), ('amount', 'order', NULL), ('amount', 'order', 'back')) v(a, o, r);
SELECT amount, order_id, refund FROM retention_tracked ORDER BY 1, 2, 3;
CALL retention_fold();
SELECT * FROM reports(:'refund') UNION ALL SELECT * FROM reports(:'only') UNION ALL SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
-- without the columns, or with others, nothing matches
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', amount => ''amount'')');
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', order_id => ''order'')');

-- What a change of these columns alone does.
UPDATE shop SET back = NOT back WHERE id IN (3, 9);
UPDATE shop SET back = NULL WHERE id IN (4, 5, 1003);
SELECT * FROM reports(:'refund') UNION ALL SELECT * FROM reports(:'only');
UPDATE shop SET "order" = 'new' WHERE id IN (12, 65);
UPDATE shop SET "order" = NULL WHERE id IN (14, 15);
SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
CALL retention_fold();
SELECT * FROM reports(:'refund') UNION ALL SELECT * FROM reports(:'only') UNION ALL SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
-- A line on a late day moves its order, and one that goes moves it back; who waits is read whole.
INSERT INTO shop VALUES (2001, 1, '2023-12-01', 5, false, '1/1'), (2002, 2, '2024-11-01', -50, true, '2/2'), (2003, 1005, '2024-03-01', 5, false, 'x');
DELETE FROM shop WHERE id IN (SELECT min(id) FROM shop WHERE "order" IS NOT NULL GROUP BY customer HAVING customer % 7 = 0);
SELECT * FROM reports(:'refund') UNION ALL SELECT * FROM reports(:'only') UNION ALL SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
CALL retention_fold();
SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
DELETE FROM shop WHERE id IN (2001, 1002);
INSERT INTO shop VALUES (2004, 1003, '2024-08-01', NULL, NULL), (2005, 1002, '2024-08-02', NULL, NULL);
SELECT * FROM reports(:'refund') UNION ALL SELECT * FROM reports(:'only') UNION ALL SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
CALL retention_fold();
SELECT * FROM reports(:'refund') UNION ALL SELECT * FROM reports(:'only') UNION ALL SELECT * FROM reports(:'lines') UNION ALL SELECT * FROM reports(:'both');
SELECT count(*) FROM retention_verify('shop');

-- Names are followed, types are refused, a tracking is found by its columns.
ALTER TABLE shop RENAME back TO returned;
ALTER TABLE shop RENAME "order" TO basket;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', amount => ''amount'', refund => ''returned'', order_id => ''basket'')');
ALTER TABLE shop DROP COLUMN returned;
SELECT retention_track('shop', 'customer', 'day', refund => 'note');
SELECT retention_track('shop', 'customer', 'day', refund => 'nobody');
SELECT retention_track('shop', 'customer', 'day', order_id => 'nobody');
SELECT retention_untrack('shop', order_id => 'basket', refund => 'returned');
SELECT retention_untrack('shop', refund => 'returned');
SELECT retention_untrack('shop');
DROP TABLE shop;
-- Nothing but refunds that cancel: no row as of a day before them, and one of nobody after.
CREATE TABLE cancelled (customer int, day date, amount int, back boolean, "order" int, channel text);
CREATE INDEX ON cancelled (customer, day);
INSERT INTO cancelled VALUES (1, '2024-05-01', 5, true, 1, 'x'), (1, '2024-05-01', -5, true, 1, 'x');
SELECT count(retention_track('cancelled', 'customer', 'day', 'amount', order_id => o, refund => r, segment => s)) AS tracked
FROM (VALUES (NULL::name, 'back'::name), ('order', NULL)) v(o, r), (VALUES (NULL::name), ('channel')) s(s);
CALL retention_fold();
CREATE VIEW cancelled_reports AS SELECT a AS by, as_of, kept(format('retention_summaries(''cancelled'', ''customer'', ''day'', ''month'', ''amount'', %s%s)', a, as_of))
FROM unnest(ARRAY['refund => ''back''', 'refund => ''back'', segment => ''channel''', 'order_id => ''order''', 'order_id => ''order'', segment => ''channel''']) a,
	unnest(ARRAY['', ', as_of => ''2024-01-01''', ', as_of => ''2024-05-01''', ', as_of => ''2024-05-02''']) as_of;
SELECT * FROM cancelled_reports;
INSERT INTO cancelled VALUES (2, '2024-04-01', 5, false, 1, 'x');
SELECT kept, count(*) FROM cancelled_reports GROUP BY kept ORDER BY kept;
CALL retention_fold();
SELECT kept, count(*) FROM cancelled_reports GROUP BY kept ORDER BY kept;
DROP VIEW cancelled_reports;
DROP TABLE cancelled;

-- A column that PostgreSQL 18 computes as it is read: it can be altered without a row, or the declaration, being another.
DO $$
BEGIN
	IF current_setting('server_version_num')::int < 180000 THEN
		RETURN;
	END IF;
	EXECUTE 'CREATE TABLE computed (customer int, day date, cents int, amount int GENERATED ALWAYS AS (cents * 2) VIRTUAL)';
	CREATE INDEX ON computed (customer);
	FOR i IN 1..2 LOOP
		BEGIN
			PERFORM retention_track('computed', 'customer', 'day', amount => CASE i WHEN 1 THEN 'amount' END, filter => CASE i WHEN 2 THEN 'amount > 5' END);
			RAISE WARNING 'it is tracked';
		EXCEPTION WHEN feature_not_supported THEN
			NULL;
		END;
	END LOOP;
	DROP TABLE computed;
END $$;
DROP FUNCTION reports, kept;
