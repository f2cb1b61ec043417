-- Reports whose cohorts are by cohort_at from what is kept: the same as from scratch, whatever changes.
\set VERBOSITY terse
SET client_min_messages = warning;
\i test/lib/kept.sql
CREATE FUNCTION reports(arguments text) RETURNS TABLE (result text, n bigint) LANGUAGE sql STABLE AS $$
	SELECT kept, count(*) FROM (VALUES (''), (', as_of => ''2024-01-09'''), (', as_of => ''2024-02-15'''), (', as_of => ''2024-05-05'''), (', as_of => ''2030-01-01''')) v(as_of),
		LATERAL (VALUES (kept(format('retention_summaries(%s, period => ''month''%s)', arguments, as_of))),
			(kept(format('retention_summaries(%s, period => ''quarter''%s)', arguments, as_of))),
			(kept(format('retention_summaries(%s, period => ''month'', age_window => ''30 days''%s)', arguments, as_of))),
			(kept(format('cohort_retention(%s, period => ''month''%s)', arguments, as_of))),
			(kept(format('customer_churn(%s, period => ''month'', report_by => ''quarter'', active_window => 4%s)', arguments, as_of))),
			(kept(format('repeat_purchase(%s, period => ''month''%s)', arguments, as_of)))) k(kept)
	GROUP BY kept ORDER BY kept
$$;

CREATE TABLE shop (id int PRIMARY KEY, customer int, day date, amount numeric(10,2), price numeric, since date, back boolean, "order" text);
CREATE INDEX ON shop (customer, day);
-- customers of whom some ordered before they signed up, and some never did
INSERT INTO shop SELECT i, i % 53, date '2024-01-01' + i * 7 % 300, i % 50 - 1, (i % 50 - 1)::numeric / 4, date '2024-01-01' + i % 53 * 5,
	i % 7 = 0, CASE WHEN i % 9 > 0 THEN i % 53 || '/' || i % 4 END FROM generate_series(1, 600) i;
INSERT INTO shop (id, customer, day, since) SELECT 700 + i, 700 + i, NULL, date '2024-01-01' + i FROM generate_series(1, 20) i;
INSERT INTO shop (id, customer, day, amount, since) VALUES (731, 731, '2024-01-02', 5, NULL), (732, 732, '2024-03-03', 5, '2024-01-01'), (733, 732, '2024-04-03', 5, NULL);
SELECT count(retention_track('shop', 'customer', 'day', a, order_id => o, refund => r, cohort_at => 'since', periods => '{month}')) AS tracked
FROM (VALUES ('amount'::name, NULL::name, NULL::name), (NULL, NULL, NULL), ('price', NULL, NULL), ('amount', NULL, 'back'), ('amount', 'order', NULL), (NULL, 'order', 'back')) v(a, o, r);
SELECT amount, order_id, refund, cohort_at FROM retention_tracked ORDER BY 1, 2, 3, 4;
CREATE VIEW all_reports AS SELECT * FROM (
	SELECT 1 AS tracking, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''amount''')
	UNION ALL SELECT 2, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since''')
	UNION ALL SELECT 3, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''price''')
	UNION ALL SELECT 4, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''amount'', refund => ''back''')
	UNION ALL SELECT 5, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''amount'', order_id => ''order''')
	UNION ALL SELECT 6, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', order_id => ''order'', refund => ''back''')) v;
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;
-- who signed up is in the cohort, whatever was ordered since
SELECT as_of, customers(summary), orders(summary) FROM (VALUES (date '2024-01-02'), ('2024-01-05'), (NULL)) v(as_of),
	LATERAL retention_summaries('shop', 'customer', 'day', 'month', amount => 'amount', cohort_at => 'since', as_of => v.as_of);

-- A change of cohort_at alone: earlier, which lets in orders, later, to and from NULL, of one row only.
UPDATE shop SET since = since - 90 WHERE customer = 30;
UPDATE shop SET since = since + 30 WHERE customer = 1;
UPDATE shop SET since = NULL WHERE customer = 2;
UPDATE shop SET since = '2023-11-11' WHERE id = 45;
UPDATE shop SET since = '2024-08-08' WHERE id IN (5, 6, 7, 8);
UPDATE shop SET since = '2024-01-05' WHERE id = 731;
SELECT * FROM all_reports;
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;
-- Orders that come, late and early, and go; sign-ups without an order; the row that has the anchor goes.
INSERT INTO shop (id, customer, day, amount, price, since) VALUES (1001, 3, '2023-12-01', 5, 5.125, '2024-01-16'), (1002, 4, '2023-12-01', 5, 5, '2023-11-01'), (1003, 900, '2024-03-03', 1, 1, '2024-03-03'),
	(1004, 901, NULL, NULL, NULL, '2024-03-03'), (1005, 902, '2024-02-02', -5, -5, '2024-01-03'), (1006, 903, '2024-04-04', 0.01, 0.00001, '2024-05-05');
DELETE FROM shop WHERE id IN (45, 701, 732);
SELECT * FROM all_reports;
CALL retention_fold();
SELECT * FROM all_reports;
DELETE FROM shop WHERE customer IN (900, 901, 903) OR id BETWEEN 702 AND 710;
UPDATE shop SET day = day + 40, back = NOT back WHERE customer = 11;
UPDATE shop SET "order" = 'x' WHERE customer = 12;
SELECT * FROM all_reports;
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;

-- What cannot be counted stays an error of the reports, and waits.
UPDATE shop SET since = 'infinity' WHERE id = 13;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'', cohort_at => ''since'')');
CALL retention_fold();
SELECT DISTINCT waiting FROM retention_tracked;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'', cohort_at => ''since'')');
DELETE FROM shop WHERE id = 13;
CALL retention_fold();
SELECT DISTINCT waiting FROM retention_tracked;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'', cohort_at => ''since'')');
-- without the column, by listed days, of each customer, and by a segment that is not tracked they are from scratch
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'')');
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''calendar(2023-01-01, 2024-01-01, 2025-01-01)'', cohort_at => ''since'')');
SELECT kept('cohort_customers(''shop'', ''customer'', ''day'', ''2024-01-01'', 0, ''month'', cohort_at => ''since'')');
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'', cohort_at => ''since'', segment => ''back'')');
SELECT retention_track('shop', 'customer', 'day', cohort_at => 'amount');
ALTER TABLE shop ADD COLUMN at timestamp;
SELECT retention_track('shop', 'customer', 'day', cohort_at => 'at');
ALTER TABLE shop RENAME since TO signed_up;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'', cohort_at => ''signed_up'')');
SELECT retention_untrack('shop', cohort_at => 'signed_up');
DROP VIEW all_reports;
DROP TABLE shop;

-- What only tells the scale of money: an amount from before the anchor, of a row that signs up on or after as_of.
CREATE TABLE scales (customer int, day date, amount numeric, price numeric(10,2), since date, channel text);
CREATE INDEX ON scales (customer, day);
INSERT INTO scales VALUES (1, '2024-01-01', 1.2345, 1.25, '2024-12-01', 'x'), (1, '2024-02-02', 5, NULL, '2024-02-01', 'y');
SELECT count(retention_track('scales', 'customer', 'day', a, cohort_at => 'since', segment => s)) AS tracked FROM (VALUES ('amount'::name), ('price')) a(a), (VALUES (NULL::name), ('channel')) s(s);
CALL retention_fold();
SELECT a AS amount, s AS by, as_of, kept(format('retention_summaries(''scales'', ''customer'', ''day'', ''month'', %L, cohort_at => ''since''%s, as_of => %L)', a, s, as_of))
FROM unnest('{amount,price}'::text[]) a, unnest(ARRAY['', ', segment => ''channel''']) s, unnest('{2024-03-01,2025-01-01}'::date[]) as_of ORDER BY a, s, as_of;
DROP TABLE scales;

-- In a zone, by the time and not by the day; where clocks fall back across midnight.
CREATE TABLE night (customer int, at timestamptz, since timestamptz, "order" int);
CREATE INDEX ON night (customer, at);
INSERT INTO night VALUES
	(1, '2010-11-07 03:00+00', '2010-11-07 02:30:30+00', 1),	-- the order is of the day before the anchor
	(2, '2010-11-09 03:00+00', '2010-11-07 02:30:30+00', 1), (2, NULL, '2010-11-07 03:00+00', 2),	-- a later sign-up is of an earlier day
	(3, '2010-11-05 12:00+00', '2010-11-05 11:00+00', 1), (3, '2010-11-06 12:00+00', '2010-11-09 11:00+00', 2),	-- a row that signs up after its order
	(4, '2010-11-07 02:30:30+00', '2010-11-01 11:00+00', 1), (4, '2010-11-07 03:00+00', '2010-11-01 11:00+00', 1),	-- lines
	(5, '2010-11-07 02:30:30+00', '2010-11-07 02:45+00', 1), (5, '2010-11-07 03:00+00', '2010-11-07 02:45+00', 1);
SELECT count(retention_track('night', 'customer', 'at', order_id => o, cohort_at => 'since', timezone => 'America/St_Johns')) AS tracked FROM (VALUES (NULL::name), ('order')) v(o);
CALL retention_fold();
CREATE FUNCTION nights() RETURNS TABLE (as_of date, rows text, lines text, customers text) LANGUAGE sql STABLE AS $$
	SELECT as_of, kept(format('retention_summaries(''night'', ''customer'', ''at'', ''month'', cohort_at => ''since'', timezone => ''America/St_Johns'', as_of => %L)', as_of)),
		kept(format('retention_summaries(''night'', ''customer'', ''at'', ''month'', cohort_at => ''since'', order_id => ''order'', timezone => ''America/St_Johns'', as_of => %L)', as_of)),
		(SELECT customers(summary) || ' ' || orders(summary) FROM retention_summaries('night', 'customer', 'at', 'month', cohort_at => 'since', timezone => 'America/St_Johns', as_of => v.as_of))
	FROM (VALUES (date '2010-11-02'), ('2010-11-06'), ('2010-11-07'), ('2010-11-08'), ('2010-11-09'), ('2010-11-10'), (NULL)) v(as_of)
$$;
SELECT * FROM nights();
UPDATE night SET since = since - interval '1 hour' WHERE customer IN (1, 3, 5);
SELECT * FROM nights();
CALL retention_fold();
SELECT * FROM nights();
UPDATE night SET since = 'infinity' WHERE customer = 1;
SELECT kept('retention_summaries(''night'', ''customer'', ''at'', ''month'', cohort_at => ''since'', timezone => ''America/St_Johns'')');
SELECT kept('retention_summaries(''night'', ''customer'', ''at'', ''month'', cohort_at => ''since'', order_id => ''order'', timezone => ''America/St_Johns'')');
DELETE FROM night WHERE customer = 1;
CALL retention_fold();
SELECT count(*) FROM retention_verify('night');
DROP TABLE night;
DROP FUNCTION nights, reports, kept;
