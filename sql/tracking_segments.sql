-- Reports by segment from what is kept: the same as from scratch, whoever goes from one segment to another.
\set VERBOSITY terse
SET client_min_messages = warning;
\i test/lib/kept.sql
-- With the segment and without, of declared periods, others and ages, as of each of some days.
CREATE FUNCTION reports(arguments text, segment text DEFAULT 'channel') RETURNS TABLE (result text, n bigint) LANGUAGE sql STABLE AS $$
	SELECT kept, count(*) FROM (VALUES (''), (', as_of => ''2024-01-09'''), (', as_of => ''2024-02-15'''), (', as_of => ''2024-05-05'''), (', as_of => ''2030-01-01''')) v(as_of),
		(VALUES (format(', segment => %L', segment)), ('')) s(by),
		LATERAL (VALUES (kept(format('retention_summaries(%s, period => ''month''%s%s)', arguments, by, as_of))),
			(kept(format('retention_summaries(%s, period => ''quarter''%s%s)', arguments, by, as_of))),
			(kept(format('retention_summaries(%s, period => ''month'', age_window => ''30 days''%s%s)', arguments, by, as_of))),
			(kept(format('cohort_retention(%s, period => ''month''%s%s)', arguments, by, as_of))),
			(kept(format('customer_churn(%s, period => ''month'', report_by => ''quarter'', active_window => 4%s%s)', arguments, by, as_of))),
			(kept(format('repeat_purchase(%s, period => ''month''%s%s)', arguments, by, as_of)))) k(kept)
	GROUP BY kept ORDER BY kept
$$;

CREATE TYPE box_size AS (kind text, litres int);
CREATE TABLE shop (id int PRIMARY KEY, customer int, day date, amount numeric(10,2), channel text, grade numeric, size box_size, rate float8,
	back boolean, "order" text);
CREATE INDEX ON shop (customer, day);
INSERT INTO shop SELECT i, i % 53, date '2024-01-01' + i * 7 % 300, i % 50 - 1, (ARRAY['web', 'shop', 'app', NULL])[1 + i * 3 % 17 % 4],
	(ARRAY[1, 1.0, 1.00, 2])[1 + i % 4], ('(k' || i % 3 || ',)')::box_size, (ARRAY['0', '-0', '1.5', 'NaN'])[1 + i % 4]::float8,
	i % 7 = 0, CASE WHEN i % 9 > 0 THEN i % 53 || '/' || i % 4 END FROM generate_series(1, 600) i;
\set plain '\'shop\', \'customer\', \'day\', amount => \'amount\''
\set only '\'shop\', \'customer\', \'day\''
\set refund '\'shop\', \'customer\', \'day\', amount => \'amount\', refund => \'back\''
\set lines '\'shop\', \'customer\', \'day\', amount => \'amount\', order_id => \'order\''
SELECT count(retention_track('shop', 'customer', 'day', a, order_id => o, segment => s, refund => r, periods => '{month}')) AS tracked
FROM (VALUES ('amount'::name, NULL::name, 'channel'::name, NULL::name), (NULL, NULL, 'grade', NULL), (NULL, NULL, 'size', NULL), (NULL, NULL, 'rate', NULL),
	('amount', NULL, 'channel', 'back'), ('amount', 'order', 'channel', NULL)) v(a, o, s, r);
SELECT amount, order_id, segment, refund FROM retention_tracked ORDER BY 1, 2, 3, 4;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', segment => ''channel'')');
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
CREATE VIEW all_reports AS SELECT * FROM (
	SELECT 1 AS tracking, * FROM reports('''shop'', ''customer'', ''day'', amount => ''amount''')
	UNION ALL SELECT 2, * FROM reports('''shop'', ''customer'', ''day''', 'grade')
	UNION ALL SELECT 3, * FROM reports('''shop'', ''customer'', ''day''', 'size')
	UNION ALL SELECT 4, * FROM reports('''shop'', ''customer'', ''day''', 'rate')
	UNION ALL SELECT 5, * FROM reports('''shop'', ''customer'', ''day'', amount => ''amount'', refund => ''back''')
	UNION ALL SELECT 6, * FROM reports('''shop'', ''customer'', ''day'', amount => ''amount'', order_id => ''order''')) v;
SELECT * FROM all_reports;
-- what the reports are; equal grades are one, shown as the text that comes first
SELECT segment, customers(summary), orders(summary), revenue(summary) FROM retention_summaries(:plain, period => 'month', segment => 'channel');
SELECT segment, customers(summary) FROM retention_summaries(:only, period => 'month', segment => 'grade');
SELECT segment, customers(summary) FROM retention_summaries(:only, period => 'month', segment => 'rate');
SELECT segment, customers(summary) FROM retention_summaries(:only, period => 'month', segment => 'size');

-- A change of the segment alone: of a first order, of another one, of a value to an equal one, of all of a segment.
UPDATE shop SET channel = 'new' WHERE id = 1;
UPDATE shop SET channel = NULL WHERE id = 2;
UPDATE shop SET channel = 'late' WHERE id = 590;
UPDATE shop SET grade = grade + 0.000 WHERE id IN (1, 2, 3);
UPDATE shop SET rate = - rate WHERE rate = 0;
UPDATE shop SET size = ROW('other', id) WHERE id = 5;
SELECT * FROM all_reports;
CALL retention_fold();
SELECT * FROM all_reports;
UPDATE shop SET channel = 'web' WHERE channel = 'new';
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT segment, customers(summary) FROM retention_summaries(:plain, period => 'month', segment => 'channel');
SELECT segment, customers(summary) FROM retention_summaries(:only, period => 'month', segment => 'rate');

-- Late orders that come first, first orders that go, customers that come and go, ties of one day.
INSERT INTO shop (id, customer, day, amount, channel, grade) VALUES (1001, 3, '2023-12-01', 5, 'early', 7), (1002, 4, '2023-12-01', 5, 'early', 7.0), (1003, 900, '2024-03-03', 1, 'web', 1),
	(1004, 901, '2024-03-03', 1, 'b', 1), (1005, 901, '2024-03-03', 9, 'c', 2), (1006, 902, '2024-03-03', 1, 'z', 1), (1007, 902, '2024-03-03', 1, 'y', 1);
SELECT * FROM all_reports;
CALL retention_fold();
SELECT * FROM all_reports;
DELETE FROM shop WHERE id IN (SELECT DISTINCT ON (customer) id FROM shop WHERE customer % 3 = 0 ORDER BY customer, day);
DELETE FROM shop WHERE customer IN (4, 900);
INSERT INTO shop (id, customer, day, amount, channel) VALUES (1008, 902, '2024-03-03', 1, 'a'), (1009, 901, '2024-09-09', 100, 'other');
SELECT * FROM all_reports;
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
SELECT * FROM all_reports;

-- A refund before the first order has another segment as of the days before that; refunds that cancel leave no day.
INSERT INTO shop (id, customer, day, amount, channel, back) VALUES (1010, 910, '2024-01-05', -3, 'refunds', true), (1011, 910, '2024-03-03', 3, 'orders', false),
	(1012, 911, '2024-01-05', -3, 'refunds', true);
SELECT * FROM all_reports WHERE tracking IN (1, 5, 6);
CALL retention_fold();
SELECT * FROM all_reports WHERE tracking IN (1, 5, 6);
SELECT as_of, segment FROM (VALUES (date '2024-01-09'), ('2024-03-03'), ('2024-03-04')) v(as_of),
	LATERAL retention_summaries('shop', 'customer', 'day', 'month', 'amount', segment => 'channel', as_of => v.as_of) r WHERE segment IN ('refunds', 'orders');
INSERT INTO shop (id, customer, day, amount, channel, back) VALUES (1013, 912, '2024-01-05', 0, 'cancelled', true), (1014, 912, '2024-03-03', 3, 'orders', false);
CALL retention_fold();
SELECT * FROM all_reports WHERE tracking IN (1, 5, 6);
INSERT INTO shop (id, customer, day, amount, channel, back) VALUES (1015, 913, '2024-01-05', 0, 'cancelled', true);
CALL retention_fold();
SELECT * FROM all_reports WHERE tracking = 5;
SELECT count(*) FROM retention_verify('shop');
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', amount => ''amount'', segment => ''note'')');
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', amount => ''amount'', segment => ''grade'')');

-- More values than layers are kept of, and than are kept at all.
SELECT retention_untrack('shop', segment => 'channel'), retention_untrack('shop');
SELECT count(retention_track('shop', 'customer', 'day', 'amount', segment => 'channel')) AS tracked;
CALL retention_fold();
INSERT INTO shop (id, customer, day, amount, channel) SELECT 2000 + i, 2000 + i, date '2024-01-01' + i, 1, 'c' || i FROM generate_series(1, 100) i;
SELECT * FROM reports(:'plain');
CALL retention_fold();
SELECT * FROM reports(:'plain');
INSERT INTO shop (id, customer, day, amount, channel) SELECT 3000 + i, 3000 + i, date '2024-01-01' + i % 300, 1, 'd' || i FROM generate_series(1, 1000) i;
CALL retention_fold();
SELECT * FROM reports(:'plain');
SELECT count(*) FROM retention_verify('shop');
INSERT INTO shop (id, customer, day, amount, channel) VALUES (4001, 4001, '2024-01-01', 1, repeat('x', 1001)), (4002, 4002, '2024-01-01', 1, NULL);
CALL retention_fold();
SELECT count(*) FROM retention_verify('shop');
DELETE FROM shop WHERE id > 3900;
CALL retention_fold();
SELECT * FROM reports(:'plain');
DELETE FROM shop WHERE id > 2000;
CALL retention_fold();
SELECT * FROM reports(:'plain');
SELECT count(*) FROM retention_verify('shop');
-- and a value that is too long
INSERT INTO shop (id, customer, day, amount, channel) VALUES (4001, 4001, '2024-01-01', 1, repeat('x', 1001));
SELECT * FROM reports(:'plain');
CALL retention_fold();
SELECT * FROM reports(:'plain');
DELETE FROM shop WHERE id = 4001;
CALL retention_fold();
SELECT * FROM reports(:'plain');

-- The name is followed; what is no segment is refused.
ALTER TABLE shop RENAME channel TO source;
SELECT kept('retention_summaries(''shop'', ''customer'', ''day'', ''month'', amount => ''amount'', segment => ''source'')');
ALTER TABLE shop DROP COLUMN source;
SELECT retention_track('shop', 'customer', 'day', segment => 'nobody');
ALTER TABLE shop ADD COLUMN tags text[], ADD COLUMN place point;
SELECT retention_track('shop', 'customer', 'day', segment => 'tags');
SELECT retention_track('shop', 'customer', 'day', segment => 'place');
SELECT retention_untrack('shop', segment => 'grade'), retention_untrack('shop', segment => 'source');
DROP VIEW all_reports;
DROP TABLE shop;
DROP TYPE box_size;

-- A partition whose columns are in another order.
CREATE TABLE parted (customer int, day date, channel text) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2024-06-01');
CREATE TABLE parted_2 (channel text, gone int, day date, customer int);
ALTER TABLE parted_2 DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM ('2024-06-01') TO ('2025-01-01');
CREATE INDEX ON parted (customer, day);
INSERT INTO parted SELECT i % 20, date '2024-01-01' + i, 'c' || i % 3 FROM generate_series(1, 300) i;
SELECT retention_track('parted', 'customer', 'day', segment => 'channel') IS NOT NULL AS tracked;
CALL retention_fold();
UPDATE parted SET channel = 'new' WHERE day IN ('2024-01-03', '2024-07-07');
INSERT INTO parted VALUES (100, '2024-08-08', 'a'), (101, '2024-02-02', 'b');
UPDATE parted SET day = '2024-02-03' WHERE customer = 100;
UPDATE parted_2 SET channel = 'z', customer = 102 WHERE day = '2024-09-09';
SELECT * FROM reports('''parted'', ''customer'', ''day''');
CALL retention_fold();
SELECT * FROM reports('''parted'', ''customer'', ''day''');
SELECT count(*) FROM retention_verify('parted');
DROP TABLE parted;

-- Clocks that fall back across midnight: the first instant is of the later day.
CREATE TABLE night (customer int, at timestamptz, channel text);
CREATE INDEX ON night (customer, at);
INSERT INTO night VALUES (1, '2010-11-07 02:30:30+00', 'first'), (1, '2010-11-07 03:00+00', 'second'), (2, '2010-11-01 12:00+00', 'first');
SELECT retention_track('night', 'customer', 'at', segment => 'channel', timezone => 'America/St_Johns') IS NOT NULL AS tracked;
CALL retention_fold();
CREATE FUNCTION nights() RETURNS TABLE (as_of date, kept text, segments text) LANGUAGE sql STABLE AS $$
	SELECT as_of, kept(format('retention_summaries(''night'', ''customer'', ''at'', ''month'', segment => ''channel'', timezone => ''America/St_Johns'', as_of => %L)', as_of)),
		(SELECT string_agg(segment || ' ' || customers(summary), ', ') FROM retention_summaries('night', 'customer', 'at', 'month', segment => 'channel', timezone => 'America/St_Johns', as_of => v.as_of))
	FROM (VALUES (date '2010-11-06'), ('2010-11-07'), ('2010-11-08'), (NULL)) v(as_of)
$$;
SELECT * FROM nights();
-- one that comes later, at an earlier instant
INSERT INTO night VALUES (3, '2010-11-07 03:00+00', 'second'), (4, '2010-11-01 12:00+00', 'first');
CALL retention_fold();
INSERT INTO night VALUES (3, '2010-11-07 02:30:30+00', 'first'), (4, '2010-11-09 12:00+00', 'second');
SELECT * FROM nights();
CALL retention_fold();
SELECT * FROM nights();
SELECT count(*) FROM retention_verify('night');
DROP TABLE night;
DROP FUNCTION nights, reports, kept;
