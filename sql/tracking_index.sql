-- Orders of customers that wait are read through an index without a query where it is on customer and time: keys of
-- several pages and levels, many rows of one, rows that are gone, nulls, types of keys; other indexes take a query.
SET client_min_messages = warning;
CREATE TABLE seed AS
	SELECT i, (i * 7919) % 10000 AS c, timestamptz '2023-01-01 UTC' + (i * 104729) % 600 * interval '1 day' + (i % 86400) * interval '1 second' AS at,
		((i * 31) % 1000)::numeric(10, 2) / 100 AS amount
	FROM generate_series(1::bigint, 30000) i;
CREATE TABLE big (c bigint, at timestamptz, amount numeric(10, 2));
CREATE TABLE small (c int, at date, amount int);
CREATE TABLE word (c text COLLATE "C", at timestamp, amount numeric(10, 2));
CREATE TABLE other (c bigint, at timestamptz, amount numeric(10, 2));
CREATE TABLE backward (c bigint, at timestamptz, amount numeric(10, 2));
INSERT INTO big SELECT c, at, amount FROM seed;
-- a key of many pages, and one of one entry with many rows
INSERT INTO big SELECT 15000, timestamptz '2023-03-01 UTC' + i * interval '1 hour', 1 FROM generate_series(1, 3000) i;
INSERT INTO big SELECT 15001, timestamptz '2024-01-01 UTC', 1 FROM generate_series(1, 3000) i;
INSERT INTO big VALUES (NULL, '2024-01-01 UTC', 1), (7, NULL, 1);
INSERT INTO small SELECT c % 3000, at::date, amount::int FROM seed WHERE i <= 20000;
INSERT INTO word SELECT repeat('customer ', 3) || c % 5000, at AT TIME ZONE 'UTC', amount FROM seed WHERE i <= 20000;
INSERT INTO other SELECT c % 100, at, amount FROM seed WHERE i <= 5000;
INSERT INTO backward SELECT c % 100, at, amount FROM seed WHERE i <= 5000;
CREATE TABLE wide (c bigint, at timestamptz, amount numeric);
INSERT INTO wide SELECT c % 50, at, amount FROM seed WHERE i <= 1000;
CREATE INDEX ON wide (c, at);
CREATE INDEX ON big (c, at) WITH (fillfactor = 20);
CREATE INDEX ON small (c, at);
CREATE INDEX ON word (c, at);
CREATE INDEX ON other (c);
CREATE INDEX ON backward (c, at DESC);
SELECT retention_track('big', 'c', 'at', 'amount', timezone => 'Europe/Sofia') IS NOT NULL AS big,
	retention_track('small', 'c', 'at', 'amount') IS NOT NULL AS small,
	retention_track('word', 'c', 'at', 'amount') IS NOT NULL AS word,
	retention_track('other', 'c', 'at', 'amount', timezone => 'Europe/Sofia') IS NOT NULL AS other,
	retention_track('backward', 'c', 'at', 'amount', timezone => 'Europe/Sofia') IS NOT NULL AS backward,
	retention_track('wide', 'c', 'at', 'amount', timezone => 'Europe/Sofia') IS NOT NULL AS wide;
CALL retention_fold();

-- How many rows of a report differ from those from scratch; it has to be from what is kept.
CREATE FUNCTION differ(orders regclass, zone text, cut date DEFAULT NULL) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	kept text[];
	scratch text[];
BEGIN
	SET LOCAL retention.tracking = require;
	SELECT array_agg(r::text) INTO kept FROM cohort_retention(orders, 'c', 'at', 'month', 'amount', timezone => zone, as_of => cut) r;
	SET LOCAL retention.tracking = off;
	SELECT array_agg(r::text) INTO scratch FROM cohort_retention(orders, 'c', 'at', 'month', 'amount', timezone => zone, as_of => cut) r;
	RETURN (SELECT count(*) FROM unnest(kept, scratch) u (k, s) WHERE k IS DISTINCT FROM s);
END $$;
CREATE FUNCTION differences() RETURNS TABLE (orders regclass, differ bigint, of_past bigint, verify bigint) LANGUAGE sql AS $$
	SELECT o, differ(o, zone), differ(o, zone, CASE WHEN o <> regclass 'wide' THEN date '2024-02-10' END), (SELECT count(*) FROM retention_verify(o))
	FROM (VALUES (regclass 'big', 'Europe/Sofia'), ('small', NULL), ('word', NULL), ('other', 'Europe/Sofia'), ('backward', 'Europe/Sofia'), ('wide', 'Europe/Sofia')) v (o, zone) $$;
SELECT * FROM differences();

-- who has ordered, in customers that are there and others, below and above all
INSERT INTO big SELECT c, '2024-09-01 12:00 UTC', 3 FROM (SELECT DISTINCT c FROM seed WHERE i % 40 = 0 UNION VALUES (-5), (15000), (15001), (99999999)) s;
INSERT INTO small SELECT c, '2024-09-01', 3 FROM generate_series(-2, 3100, 17) c;
INSERT INTO word SELECT repeat('customer ', 3) || c, '2024-09-01 12:00', 3 FROM generate_series(-2, 5100, 17) c;
INSERT INTO other SELECT c, '2024-09-01', 3 FROM generate_series(-2, 110, 3) c;
INSERT INTO backward SELECT c, '2024-09-01', 3 FROM generate_series(-2, 110, 3) c;
SELECT * FROM differences();
-- whose orders have changed, whole
UPDATE big SET amount = amount + 1 WHERE c IN (1, 15000, 15001, 9999);
DELETE FROM big WHERE c BETWEEN 100 AND 200;
UPDATE small SET at = at - 20 WHERE c % 50 = 3;
DELETE FROM word WHERE c LIKE '%77';
UPDATE other SET amount = -1 WHERE c % 20 = 7;
DELETE FROM backward WHERE c % 20 = 7;
SELECT * FROM differences();
CALL retention_fold();
SELECT * FROM differences();
-- entries of rows that are gone, and pages without any
VACUUM big;
INSERT INTO big SELECT c, '2024-09-02 12:00 UTC', 3 FROM generate_series(90, 210, 10) c;
SELECT * FROM differences();
-- what is no order at all, and what the query would refuse
INSERT INTO big VALUES (300, NULL, 5), (NULL, '2024-09-03 UTC', 5), (301, '2024-09-03 UTC', NULL);
SELECT * FROM differences();
INSERT INTO big VALUES (302, 'infinity', 5);
SELECT * FROM cohort_retention('big', 'c', 'at', 'month', 'amount', timezone => 'Europe/Sofia');
DELETE FROM big WHERE c = 302;
INSERT INTO wide VALUES (3, '2024-09-04 UTC', 'NaN');
SELECT * FROM cohort_retention('wide', 'c', 'at', 'month', 'amount', timezone => 'Europe/Sofia');
DELETE FROM wide WHERE amount = 'NaN';
INSERT INTO wide VALUES (4, '2024-09-04 UTC', 12345678901234567890.123), (5, '2024-09-04 UTC', 1.0001), (6, '2024-09-04 UTC', -3), (70, '2024-09-04 UTC', NULL);
SELECT * FROM differences();
-- A customer too long for the index of what is kept waits, and nobody else does.
CREATE TABLE long_keys (c text, at date);
CREATE INDEX ON long_keys USING hash (c);
INSERT INTO long_keys SELECT 'c' || i % 20, date '2024-01-01' + i % 50 FROM generate_series(1, 200) i;
SELECT retention_track('long_keys', 'c', 'at') IS NOT NULL AS tracked;
CALL retention_fold('long_keys');
INSERT INTO long_keys SELECT string_agg(md5(i::text), ''), date '2024-02-02' FROM generate_series(1, 250) i;
INSERT INTO long_keys VALUES ('c1', '2024-05-05');
CALL retention_fold('long_keys');
SELECT status, waiting, fold_error FROM retention_tracked WHERE orders = 'long_keys'::regclass;
SET retention.tracking = require;
SELECT customers(summary), orders(summary) FROM retention_summaries('long_keys', 'c', 'at', 'month');
RESET retention.tracking;
DELETE FROM long_keys WHERE length(c) > 100;
CALL retention_fold('long_keys');
SELECT status, waiting, fold_error FROM retention_tracked WHERE orders = 'long_keys'::regclass;
SELECT count(*) FROM retention_verify('long_keys');
DROP TABLE long_keys;
DROP TABLE big, small, word, other, backward, wide, seed;
DROP FUNCTION differences(), differ(regclass, text, date);
