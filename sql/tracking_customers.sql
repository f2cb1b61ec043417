-- Functions that print customers, of tracked tables: the same rows in the same order as from scratch.
\set VERBOSITY terse
SET client_min_messages = warning;

\i test/lib/kept.sql
CREATE FUNCTION status(of_table text, more text DEFAULT '') RETURNS text LANGUAGE sql STABLE AS
	$$SELECT kept(format('customer_status(%L, ''customer'', ''at'', ''amount''%s)', of_table, more))$$;
CREATE FUNCTION cell(of_table text, more text DEFAULT '') RETURNS text LANGUAGE sql STABLE AS
	$$SELECT kept(format('cohort_customers(%L, ''customer'', ''at'', ''2024-02-05'', 1, amount => ''amount''%s)', of_table, more))$$;

CREATE TABLE typed (customer text, at timestamptz, amount numeric(10,2));
CREATE INDEX ON typed (customer, at);
CREATE TABLE free (customer bigint, at date, amount numeric);
CREATE INDEX ON free (customer, at);
CREATE TABLE equal (customer numeric, at date, amount numeric);
CREATE INDEX ON equal (customer, at);
INSERT INTO typed SELECT 'c' || i % 53, timestamptz '2024-01-01 12:00+00' + (i * 7 % 400) * interval '19 hours', i % 50 - 3 FROM generate_series(1, 400) i;
INSERT INTO typed VALUES ('null', '2024-02-01 12:00+00', NULL), ('null', '2024-03-01 12:00+00', 5);
INSERT INTO free SELECT i % 53, date '2024-01-01' + i * 7 % 300, CASE WHEN i % 8 > 0 THEN round(i % 50 - 3, i % 4) END FROM generate_series(1, 400) i;
INSERT INTO equal SELECT round(i % 53, i % 3), date '2024-01-01' + i * 7 % 300, i FROM generate_series(1, 400) i;
SELECT count(retention_track(r, 'customer', 'at', 'amount', timezone => zone))
FROM (VALUES ('typed'::regclass, 'Europe/Sofia'), ('free', NULL), ('equal', NULL)) v(r, zone);
SELECT status('free');
CALL retention_fold();

\set zone ', timezone => \'Europe/Sofia\''
SELECT status('typed', :'zone'), status('free'), cell('typed', :'zone'), cell('free');
-- before a day: the scale of amounts is by the type, or by the orders of those who have ordered since
SELECT d, status('typed', format('%s, as_of => %L', :'zone', d)), status('free', format(', as_of => %L', d)),
	cell('typed', format('%s, as_of => %L', :'zone', d)), cell('free', format(', as_of => %L', d))
FROM (VALUES ('1999-01-01'), ('2024-02-15'), ('2024-05-05'), ('2030-01-01')) v(d);
-- other arguments
SELECT status('free', ', at_risk_after => 0.5, lapsed_after => 1, min_gap_days => 0'), cell('free', ', period => ''week'''),
	cell('free', ', age_window => ''30 days'', as_of => ''2024-04-04'''), cell('free', ', age_bounds => ''{7 days,1 month}'''),
	cell('free', ', period => ''calendar(2024-01-01, 2024-02-01, 2024-05-01, 2025-01-01)''');
SELECT status('typed'), status('typed', :'zone' || ', filter => ''amount > 1'''), cell('free', ', cohort_at => ''at''');

-- who waits
INSERT INTO typed VALUES ('new', '2024-02-29 22:30+00', 1), ('c1', '2023-12-31 22:30+00', 1), (NULL, '2024-02-02', 1), ('c2', NULL, 1);
UPDATE free SET customer = 1001 WHERE customer = 1;
DELETE FROM free WHERE customer = 2 OR customer = 3 AND at > '2024-03-01';
SELECT status('typed', :'zone'), status('free'), cell('typed', :'zone'), cell('free');
SELECT status('typed', :'zone' || ', as_of => ''2024-03-01'''), status('free', ', as_of => ''2024-03-01'''),
	cell('typed', :'zone' || ', as_of => ''2024-03-01'''), cell('free', ', as_of => ''2024-03-01''');
CALL retention_fold();
SELECT status('typed', :'zone'), status('free'), cell('typed', :'zone'), cell('free');
SELECT customer, orders, revenue, status FROM customer_status('free', 'customer', 'at', 'amount') LIMIT 3;

-- Before a day, of whose later amounts some need numerics: windows, brackets and periods that were not declared as well.
CREATE TABLE wide (customer int, at date, amount numeric(40,2));
CREATE INDEX ON wide (customer, at);
INSERT INTO wide SELECT i % 17, date '2024-01-01' + i, CASE WHEN i % 50 = 49 THEN 1e35 + i ELSE i END FROM generate_series(1, 200) i;
SELECT retention_track('wide', 'customer', 'at', 'amount') IS NOT NULL AS tracked;
CALL retention_fold('wide');
INSERT INTO wide VALUES (3, '2024-02-02', 1e36), (99, '2024-01-01', 1), (4, '2024-07-02', 1);
SELECT d, status('wide', format(', as_of => %L', d)), cell('wide', format(', as_of => %L', d)),
	string_agg(DISTINCT kept(format('retention_summaries(''wide'', ''customer'', ''at'', amount => ''amount'', as_of => %L, %s)', d, more)), ' ') AS summaries
FROM (VALUES ('2024-01-01'), ('2024-01-20'), ('2024-02-15'), ('2024-02-21'), ('2024-07-02'), ('2030-01-01'), (NULL)) v(d),
	(VALUES ('period => ''week'''), ('period => ''day'''), ('age_window => ''20 days'''), ('age_window => ''1 month'', period => ''year'''), ('age_bounds => ''{7 days,1 month}''')) w(more)
GROUP BY d ORDER BY d;

-- 1, 1.0 and 1.00 are one customer, printed as the first that the aggregate meets
SELECT status('equal'), cell('equal');

-- rights are those of the query
CREATE ROLE regress_reader;
GRANT SELECT (customer, at) ON free TO regress_reader;
SET ROLE regress_reader;
SELECT count(*) FROM customer_status('free', 'customer', 'at', 'amount');
RESET ROLE;
GRANT SELECT ON free TO regress_reader;
SET ROLE regress_reader;
SET retention.tracking = require;
SELECT count(*) FROM customer_status('free', 'customer', 'at', 'amount');
RESET ROLE;
RESET retention.tracking;
-- an error of the data, and one of the arguments
INSERT INTO free VALUES (7, 'infinity', 1);
SELECT count(*) FROM customer_status('free', 'customer', 'at', 'amount');
SELECT count(*) FROM cohort_customers('free', 'customer', 'at', 'infinity', 1, amount => 'amount');
DROP TABLE typed, free, equal, wide;
DROP FUNCTION cell, status, kept;
DROP ROLE regress_reader;
