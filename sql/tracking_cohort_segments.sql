-- Reports by segment whose cohorts are by cohort_at from what is kept: the same as from scratch, whoever joined in one segment and
-- ordered in another.
\set VERBOSITY terse
SET client_min_messages = warning;
\i test/lib/kept.sql
-- By segment and cohort_at, by cohort_at only, of declared periods, others and ages, as of each of some days.
CREATE FUNCTION reports(arguments text) RETURNS TABLE (result text, n bigint) LANGUAGE sql STABLE AS $$
	SELECT kept, count(*) FROM (VALUES (''), (', as_of => ''2024-01-09'''), (', as_of => ''2024-02-15'''), (', as_of => ''2024-05-05'''), (', as_of => ''2030-01-01''')) v(as_of),
		(VALUES (', segment => ''channel'''), ('')) s(by),
		LATERAL (VALUES (kept(format('retention_summaries(%s, period => ''month''%s%s)', arguments, by, as_of))),
			(kept(format('retention_summaries(%s, period => ''quarter''%s%s)', arguments, by, as_of))),
			(kept(format('retention_summaries(%s, period => ''month'', age_window => ''30 days''%s%s)', arguments, by, as_of))),
			(kept(format('cohort_retention(%s, period => ''month''%s%s)', arguments, by, as_of))),
			(kept(format('customer_churn(%s, period => ''month'', report_by => ''quarter'', active_window => 4%s%s)', arguments, by, as_of)))) k(kept)
	GROUP BY kept ORDER BY kept
$$;

CREATE TABLE shop (id int PRIMARY KEY, customer int, day date, amount numeric(10,2), since date, channel text, grade numeric, back boolean, "order" text);
CREATE INDEX ON shop (customer, day);
-- customers of whom some ordered before they signed up, most later and in other segments, and some never did
INSERT INTO shop SELECT i, i % 53, date '2024-01-01' + i * 7 % 300, i % 50 - 1, date '2024-01-01' + i % 53 * 5, (ARRAY['web', 'shop', 'app', NULL])[1 + i * 3 % 17 % 4],
	(ARRAY[1, 1.0, 1.00, 2])[1 + i % 4], i % 7 = 0, CASE WHEN i % 9 > 0 THEN i % 53 || '/' || i % 4 END FROM generate_series(1, 600) i;
INSERT INTO shop (id, customer, day, since, channel, grade) SELECT 700 + i, 700 + i % 15, NULL, date '2024-01-01' + i, 'c' || i % 3, i % 3 FROM generate_series(1, 20) i;
-- who signs up in one segment and orders in another, at once and later
INSERT INTO shop (id, customer, day, amount, since, channel, grade) VALUES (731, 731, NULL, NULL, '2024-01-05', 'ads', 1), (732, 731, '2024-03-03', 5, '2024-01-05', 'web', 1),
	(733, 732, NULL, NULL, '2024-01-05', 'ads', 1), (734, 732, '2024-01-05', 5, '2024-01-07', 'web', 1), (735, 733, NULL, NULL, '2024-01-05', 'web', 1.0), (736, 733, '2024-03-03', 5, '2024-01-05', 'web', 1.00);
SELECT count(retention_track('shop', 'customer', 'day', a, order_id => o, segment => s, refund => r, cohort_at => 'since', periods => '{month}')) AS tracked
FROM (VALUES ('amount'::name, NULL::name, 'channel'::name, NULL::name), (NULL, NULL, 'grade', NULL), ('amount', NULL, 'channel', 'back'), ('amount', 'order', 'channel', NULL), (NULL, 'order', 'channel', 'back')) v(a, o, s, r);
SELECT amount, order_id, segment, refund, cohort_at FROM retention_tracked ORDER BY 1, 2, 3, 4;
CREATE VIEW all_reports AS SELECT * FROM (
	SELECT 1 AS tracking, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''amount''')
	UNION ALL SELECT 3, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''amount'', refund => ''back''')
	UNION ALL SELECT 4, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', amount => ''amount'', order_id => ''order''')
	UNION ALL SELECT 5, * FROM reports('''shop'', ''customer'', ''day'', cohort_at => ''since'', order_id => ''order'', refund => ''back''')) v;
CREATE FUNCTION grades() RETURNS TABLE (result text, n bigint) LANGUAGE sql STABLE AS $$
	SELECT kept(format('retention_summaries(''shop'', ''customer'', ''day'', ''month'', cohort_at => ''since'', segment => ''grade'', as_of => %L)', as_of)), count(*)
	FROM (VALUES (NULL::date), ('2024-01-06'), ('2024-01-09'), ('2024-02-15'), ('2024-05-05')) v(as_of) GROUP BY 1 ORDER BY 1
$$;
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;
SELECT * FROM grades();
-- what they are: of a customer who signed up in ads and ordered in web
SELECT as_of, segment, customers(summary), orders(summary) FROM (VALUES (date '2024-01-06'), ('2024-03-03'), ('2024-03-04')) v(as_of),
	LATERAL retention_summaries('shop', 'customer', 'day', 'month', 'amount', segment => 'channel', cohort_at => 'since', filter => 'customer IN (731, 732)', as_of => v.as_of);

-- A change of the segment alone, of the row that signed up, of the first order, of both; of cohort_at alone.
UPDATE shop SET channel = 'new' WHERE id IN (731, 734);
UPDATE shop SET channel = NULL WHERE id = 732;
UPDATE shop SET grade = grade + 0.000 WHERE id IN (1, 2, 3, 735);
UPDATE shop SET channel = 'late' WHERE customer = 7 AND day = (SELECT max(day) FROM shop WHERE customer = 7);
UPDATE shop SET since = since - 90 WHERE customer = 30;
UPDATE shop SET since = since + 30 WHERE customer = 1;
UPDATE shop SET since = NULL WHERE customer = 2;
UPDATE shop SET since = '2023-11-11' WHERE id = 45;
UPDATE shop SET since = '2024-08-08' WHERE id IN (5, 6, 7, 8);
SELECT * FROM all_reports;
SELECT * FROM grades();
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;
SELECT * FROM grades();
-- Orders and sign-ups that come and go.
INSERT INTO shop (id, customer, day, amount, since, channel) VALUES (1001, 3, '2023-12-01', 5, '2024-01-16', 'early'), (1002, 4, '2023-12-01', 5, '2023-11-01', 'early'), (1003, 900, '2024-03-03', 1, '2024-03-03', 'web'),
	(1004, 901, NULL, NULL, '2024-03-03', 'only'), (1005, 902, '2024-02-02', -5, '2024-01-03', 'back'), (1006, 903, '2024-04-04', 0.01, '2024-05-05', 'never'), (1007, 701, '2024-02-02', 3, '2024-01-03', 'first'),
	(1008, 902, '2024-04-04', 5, '2024-01-03', 'web');
SELECT * FROM all_reports;
CALL retention_fold();
SELECT * FROM all_reports;
DELETE FROM shop WHERE id IN (SELECT DISTINCT ON (customer) id FROM shop WHERE customer % 3 = 0 ORDER BY customer, day) OR customer IN (900, 901, 903) OR id BETWEEN 702 AND 710;
UPDATE shop SET day = day + 40, back = NOT back WHERE customer = 11;
UPDATE shop SET "order" = 'x' WHERE customer = 12;
SELECT * FROM all_reports;
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;
SELECT * FROM grades();
-- without the column, and by listed days, they are from scratch
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''month'', segment => ''channel'')');
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', period => ''calendar(2023-01-01, 2024-01-01, 2025-01-01)'', cohort_at => ''since'', segment => ''grade'')');
-- More values than layers are kept of, and than are kept at all.
INSERT INTO shop (id, customer, day, amount, since, channel) SELECT 2000 + i, 2000 + i, date '2024-01-03' + i, 1, date '2024-01-01' + i, 'c' || i FROM generate_series(1, 100) i;
CALL retention_fold();
SELECT * FROM all_reports WHERE tracking = 1;
INSERT INTO shop (id, customer, day, since, channel) SELECT 3000 + i, 3000 + i, NULL, date '2024-01-01' + i % 300, 'd' || i FROM generate_series(1, 1000) i;
CALL retention_fold();
SELECT * FROM all_reports WHERE tracking = 1;
SELECT count(*) FROM retention_verify('shop');
DELETE FROM shop WHERE id > 3000;
CALL retention_fold();
SELECT * FROM all_reports WHERE tracking = 1;
SELECT count(*) FROM retention_verify('shop');
DROP VIEW all_reports;
DROP FUNCTION grades;
DROP TABLE shop;

-- In a zone, where clocks fall back across midnight: the first order by its time is of a later day than another.
CREATE TABLE night (customer int, at timestamptz, since timestamptz, channel text, "order" int);
CREATE INDEX ON night (customer, at);
INSERT INTO night VALUES
	(1, '2010-11-07 02:30:30+00', '2010-11-01 11:00+00', 'first', 1), (1, '2010-11-07 03:00+00', '2010-11-01 11:00+00', 'second', 2),
	(2, '2010-11-07 03:00+00', '2010-11-07 02:30:30+00', 'web', 1), (2, '2010-11-09 03:00+00', '2010-11-07 02:45+00', 'shop', 2),
	(3, '2010-11-05 12:00+00', '2010-11-05 11:00+00', 'web', 1), (3, '2010-11-06 12:00+00', '2010-11-09 11:00+00', 'shop', 2),
	(4, '2010-11-07 02:30:30+00', '2010-11-01 11:00+00', 'first', 1), (4, '2010-11-07 03:00+00', '2010-11-01 11:00+00', 'second', 1),
	(5, NULL, '2010-11-07 02:30:30+00', 'ads', 1), (5, '2010-11-07 03:00+00', '2010-11-07 02:45+00', 'web', 1);
SELECT count(retention_track('night', 'customer', 'at', order_id => o, cohort_at => 'since', segment => 'channel', timezone => 'America/St_Johns')) AS tracked FROM (VALUES (NULL::name), ('order')) v(o);
CALL retention_fold();
CREATE FUNCTION nights() RETURNS TABLE (as_of date, rows text, lines text, segments text) LANGUAGE sql STABLE AS $$
	SELECT as_of, kept(format('retention_summaries(''night'', ''customer'', ''at'', ''month'', cohort_at => ''since'', segment => ''channel'', timezone => ''America/St_Johns'', as_of => %L)', as_of)),
		kept(format('retention_summaries(''night'', ''customer'', ''at'', ''month'', cohort_at => ''since'', segment => ''channel'', order_id => ''order'', timezone => ''America/St_Johns'', as_of => %L)', as_of)),
		(SELECT string_agg(segment || ' ' || customers(summary) || ' ' || orders(summary), ', ') FROM retention_summaries('night', 'customer', 'at', 'month', cohort_at => 'since', segment => 'channel', timezone => 'America/St_Johns', as_of => v.as_of))
	FROM (VALUES (date '2010-11-02'), ('2010-11-06'), ('2010-11-07'), ('2010-11-08'), ('2010-11-09'), ('2010-11-10'), (NULL)) v(as_of)
$$;
SELECT * FROM nights();
UPDATE night SET since = since - interval '1 hour', channel = channel || customer % 2 WHERE customer IN (1, 3, 5);
SELECT * FROM nights();
CALL retention_fold();
SELECT * FROM nights();
SELECT count(*) FROM retention_verify('night');
DROP TABLE night;
DROP FUNCTION nights, reports, kept;
