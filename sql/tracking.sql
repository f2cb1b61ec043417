-- What retention_track() declares: its triggers, what they log, what is refused, and what becomes of it as the table changes.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
\set SHOW_CONTEXT never
CREATE ROLE regress_retention_shop;
CREATE ROLE regress_retention_guest;
CREATE SCHEMA shop AUTHORIZATION regress_retention_shop;
GRANT USAGE ON SCHEMA shop TO regress_retention_guest;

-- the log of the only tracking that a table has
CREATE FUNCTION pg_temp.log(tracked regclass) RETURNS TABLE (customer text, day date) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE (SELECT format('SELECT customer::text, day FROM %s', logs[1]::regclass)
		FROM retention_tracking_state s WHERE s.orders = tracked);
END $$;
-- what belongs to trackings
CREATE FUNCTION pg_temp.relations() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT regexp_replace(relname, '_[0-9a-f]{8}_\d+', '') || ' ' || relkind::text FROM pg_class
	WHERE relname ~ '^retention_track_' AND relkind <> 't' ORDER BY 1 $$;
CREATE FUNCTION pg_temp.try(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	EXECUTE command;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ': ' || regexp_replace(SQLERRM, '_[0-9a-f]{8}_\d+', '') || coalesce(E'\n' || nullif(hint, ''), '');
END $$;

-- Declared by the owner, found in the view and on the table.
SET ROLE regress_retention_shop;
CREATE TABLE shop.orders (note text, id int, customer_id bigint, ordered_at timestamptz, amount numeric);
SELECT pg_temp.try($$SELECT retention_track('shop.orders', 'customer_id', 'ordered_at', 'amount', timezone => 'Europe/Sofia')$$);
CREATE INDEX ON shop.orders (customer_id, ordered_at);
SELECT retention_track('shop.orders', 'customer_id', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month, Week(Sunday), month}') AS name \gset
SELECT :'name' || '_' || 'shop.orders'::regclass::oid || '_log' AS log \gset
SELECT :'name' ~ '^retention_track_[0-9a-f]{8}$' AS name;
SELECT retention_track('shop.orders', 'customer_id', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month, week(sunday)}') = :'name' AS again;
SELECT pg_temp.try($$SELECT retention_track('shop.orders', 'customer_id', 'ordered_at', 'amount', timezone => 'Europe/Sofia')$$);
SELECT orders, customer, ordered_at, amount, timezone, periods, status, reason, customers FROM retention_tracked;
\pset format unaligned
SELECT regexp_replace(pg_get_triggerdef(oid), '_[0-9a-f]{8}', '') AS trigger, tgenabled FROM pg_trigger
WHERE tgrelid = 'shop.orders'::regclass ORDER BY tgname;
\pset format aligned
RESET ROLE;
SELECT pg_temp.relations();
SELECT relacl, pg_get_userbyid(relowner) = current_user AS owned, d.deptype FROM pg_class c
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_extension'::regclass
WHERE relname = :'log';
SELECT pg_temp.try('DROP MATERIALIZED VIEW ' || :'log');
SELECT pg_temp.try('REFRESH MATERIALIZED VIEW ' || :'log');
SELECT pg_temp.try('REFRESH MATERIALIZED VIEW retention_tracking_state');

-- What is logged: each customer that a transaction has changed, with the first local day of what it changed.
INSERT INTO shop.orders VALUES ('a', 1, 7, '2024-01-05', 1.0), ('b', 2, 7, '2024-01-01 22:30', 2), ('c', 3, 8, '2024-01-03', 3),
	('no customer', 4, NULL, '2024-01-03', 3), ('no time', 5, 9, NULL, 3), ('infinite', 6, 10, 'infinity', 3),
	('far', 7, 11, '4714-11-24 00:00 BC', 3);
SELECT * FROM pg_temp.log('shop.orders');
DELETE FROM shop.orders WHERE id > 4;
-- of an update, both customers, where something has changed that a report tells: 1.0 is not 1.00
UPDATE shop.orders SET note = 'other', id = id, amount = amount;
UPDATE shop.orders SET amount = 1.00 WHERE id = 1;
UPDATE shop.orders SET customer_id = 12, ordered_at = '2024-02-01' WHERE id = 3;
SELECT * FROM pg_temp.log('shop.orders') OFFSET 5;
-- in subtransactions
BEGIN;
INSERT INTO shop.orders VALUES ('d', 10, 20, '2024-03-02', 1);
SAVEPOINT a;
INSERT INTO shop.orders VALUES ('e', 11, 20, '2024-03-01', 1), ('e', 12, 21, '2024-03-01', 1);
SAVEPOINT b;
INSERT INTO shop.orders VALUES ('f', 13, 22, '2024-03-01', 1);
ROLLBACK TO b;
INSERT INTO shop.orders VALUES ('g', 14, 23, '2024-03-01', 1);
RELEASE a;
SAVEPOINT c;
INSERT INTO shop.orders VALUES ('h', 15, 24, '2024-03-01', 1);
ROLLBACK TO c;
COMMIT;
SELECT * FROM pg_temp.log('shop.orders') OFFSET 11;
BEGIN;
INSERT INTO shop.orders VALUES ('i', 16, 25, '2024-03-01', 1);
ROLLBACK;
-- more than the memory of a transaction holds, in subtransactions and outside
SELECT count(*) FROM pg_temp.log('shop.orders') \gset
DO $$
BEGIN
	INSERT INTO shop.orders SELECT 'many', 0, i, '2024-05-05', 1 FROM generate_series(1, 100000) i;
	FOR part IN 0..5 LOOP
		BEGIN
			INSERT INTO shop.orders SELECT 'many', part, 1000000 + part * 20000 + i, '2024-05-05', 1
				FROM generate_series(1, CASE part WHEN 3 THEN 100000 ELSE 20000 END) i;
			IF part = 3 THEN
				RAISE EXCEPTION 'undo';
			END IF;
		EXCEPTION WHEN raise_exception THEN
			NULL;
		END;
	END LOOP;
END $$;
SELECT count(*) = count(DISTINCT customer) AS once, count(DISTINCT customer), min(customer::int), max(customer::int)
FROM (SELECT * FROM pg_temp.log('shop.orders') OFFSET :count) l;
SELECT count(DISTINCT customer_id) FROM shop.orders WHERE note = 'many';
TRUNCATE shop.orders;
SELECT customer, day FROM pg_temp.log('shop.orders') WHERE customer IS NULL;
-- a change made when the transaction commits, and one by a key
CREATE FUNCTION pg_temp.late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO shop.orders VALUES ('late', 1, 31, '2024-06-01', 1);
	RETURN NULL;
END $$;
CREATE TABLE shop.carts (id int PRIMARY KEY);
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON shop.carts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION pg_temp.late();
INSERT INTO shop.carts VALUES (1);
SELECT * FROM pg_temp.log('shop.orders') WHERE customer = '31';

-- A column's name may change. Its type and the column itself cannot.
ALTER TABLE shop.orders RENAME customer_id TO buyer;
ALTER TABLE shop.orders RENAME note TO customer_id;
SELECT customer, ordered_at, status FROM retention_tracked;
SELECT retention_track('shop.orders', 'buyer', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month, week(sunday)}') IS NOT NULL AS again;
UPDATE shop.orders SET buyer = 32;
SELECT * FROM pg_temp.log('shop.orders') WHERE customer = '32';
SELECT pg_temp.try('ALTER TABLE shop.orders ALTER buyer TYPE text');
SELECT pg_temp.try('ALTER TABLE shop.orders DROP amount');
-- another column of the old name
BEGIN;
CREATE INDEX ON shop.orders (customer_id);
SELECT retention_track('shop.orders', 'customer_id', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month, week(sunday)}') IS NOT NULL AS as_well;
SELECT retention_track('shop.orders', 'customer_id', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month, week(sunday)}') = max(name) FILTER (WHERE customer = 'customer_id') AS same, count(*), count(DISTINCT name) FROM retention_tracked;
ROLLBACK;

-- Triggers that are not as they were: named, and made again.
ALTER TABLE shop.orders DISABLE TRIGGER ALL;
SELECT status, reason FROM retention_tracked;
ALTER TABLE shop.orders ENABLE TRIGGER ALL;
SELECT status, reason FROM retention_tracked;
SELECT retention_track('shop.orders', 'buyer', 'ordered_at', 'amount', timezone => 'Europe/Sofia', periods => '{month, week(sunday)}') IS NOT NULL AS again;
SELECT status, reason FROM retention_tracked;
SELECT tgname AS trigger FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass AND tgname ~ '_update$' \gset
CREATE OR REPLACE TRIGGER :trigger AFTER UPDATE ON shop.orders FOR EACH ROW WHEN (false) EXECUTE FUNCTION retention_track_change();
SELECT status, reason FROM retention_tracked;
UPDATE shop.orders SET buyer = 33;
CREATE OR REPLACE TRIGGER :trigger AFTER UPDATE ON shop.orders FOR EACH ROW
	WHEN (OLD.buyer IS DISTINCT FROM NEW.buyer OR OLD.ordered_at IS DISTINCT FROM NEW.ordered_at OR OLD.amount IS DISTINCT FROM NEW.amount)
	EXECUTE FUNCTION retention_track_change();
SELECT status, reason FROM retention_tracked;
DROP TRIGGER :trigger ON shop.orders;
SELECT status, reason FROM retention_tracked;
UPDATE shop.orders SET buyer = 34;
SELECT retention_track('shop.orders', 'buyer', 'ordered_at', 'amount', timezone => 'Europe/Sofia') IS NOT NULL AS again;
SELECT status, reason FROM retention_tracked ORDER BY 1;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass;
SELECT retention_untrack('shop.orders');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass;
SELECT pg_temp.relations();
SELECT count(*) FROM retention_tracking_state;

-- Several trackings of one table; each removed by its columns.
SELECT retention_track('shop.orders', 'buyer', 'ordered_at', timezone => 'UTC') <> retention_track('shop.orders', 'buyer', 'ordered_at', 'amount', timezone => 'UTC') AS other;
INSERT INTO shop.orders VALUES ('j', 1, 41, '2024-01-01', 1);
UPDATE shop.orders SET amount = 5 WHERE buyer = 41;
SELECT amount, count(*) FROM retention_tracked GROUP BY 1 ORDER BY 1;
SELECT retention_untrack('shop.orders', timezone => 'Europe/Sofia');
SELECT retention_untrack('shop.orders', amount => 'amount');
SELECT customer, day, n FROM (SELECT customer, day, count(*) OVER () n FROM pg_temp.log('shop.orders')) l;
SELECT pg_temp.try($$SELECT retention_untrack('shop.orders', 'nobody')$$);
SELECT retention_untrack('shop.orders');
SELECT retention_untrack('shop.orders');

-- Rights: the table's owner declares; who only writes, writes the log without any right to it.
GRANT SELECT, INSERT, UPDATE, TRIGGER ON shop.orders TO regress_retention_guest;
SET ROLE regress_retention_guest;
SELECT pg_temp.try($$SELECT retention_track('shop.orders', 'buyer', 'ordered_at', timezone => 'UTC')$$);
SELECT pg_temp.try($$SELECT retention_untrack('shop.orders')$$);
RESET ROLE;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO regress_retention_guest;
SELECT retention_track('shop.orders', 'buyer', 'ordered_at', timezone => 'UTC') || '_' || 'shop.orders'::regclass::oid || '_log' AS log \gset
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM regress_retention_guest;
SET ROLE regress_retention_guest;
INSERT INTO shop.orders VALUES ('k', 1, 42, '2024-01-01', 1);
SELECT pg_temp.try('SELECT * FROM ' || :'log');
SELECT pg_temp.try('SELECT * FROM retention_tracking_state');
SELECT orders, status FROM retention_tracked;
-- the trigger on a table of one's own does nothing
CREATE TEMP TABLE mine (buyer text, ordered_at timestamptz);
CREATE TRIGGER mine_rows AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION retention_track_change('columns=customer,ordered_at', 'period=month');
INSERT INTO mine VALUES ('a long text and no number', now());
CREATE TRIGGER before BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION retention_track_change();
SELECT pg_temp.try($$INSERT INTO mine VALUES ('b', now())$$);
RESET ROLE;
SELECT * FROM pg_temp.log('shop.orders');

-- A dropped table leaves nothing; nor does one that is dropped where event triggers do not fire, after the next declaration.
DROP TABLE shop.orders;
SELECT pg_temp.relations();
CREATE TABLE shop.orders (customer int, day date, amount float8);
CREATE INDEX ON shop.orders (customer);
SELECT retention_track('shop.orders', 'customer', 'day', 'amount') IS NOT NULL AS tracked;
ALTER EVENT TRIGGER retention_track_dropped DISABLE;
DROP TABLE shop.orders;
SELECT pg_temp.relations();
ALTER EVENT TRIGGER retention_track_dropped ENABLE ALWAYS;
CREATE TABLE shop.orders (customer int, day date, amount float8);
CREATE INDEX ON shop.orders (customer);
SELECT retention_track('shop.orders', 'customer', 'day', 'amount') IS NOT NULL AS tracked;
SELECT pg_temp.relations();
-- declared and undone with its transaction
BEGIN;
SELECT retention_untrack('shop.orders');
ROLLBACK;
INSERT INTO shop.orders VALUES (1, '2024-01-01', 1), (2, '-infinity', 'NaN');
SELECT * FROM pg_temp.log('shop.orders');
DROP TABLE shop.orders;

-- Types of customers: by image where equal values may differ; text without regard to the collation's library.
CREATE TYPE shop.size AS ENUM ('s', 'm');
CREATE DOMAIN shop.code AS text CHECK (VALUE <> '');
CREATE TABLE shop.typed (code shop.code COLLATE "C", size shop.size, price numeric, at timestamp);
CREATE INDEX ON shop.typed (code);
CREATE INDEX ON shop.typed (size);
CREATE INDEX ON shop.typed (price);
SELECT retention_track('shop.typed', 'code', 'at') IS NOT NULL AND retention_track('shop.typed', 'size', 'at') IS NOT NULL AND
	retention_track('shop.typed', 'price', 'at', 'price') IS NOT NULL AS tracked;
SELECT substring(pg_get_triggerdef(oid) FROM 'WHEN .*\) EXECUTE') FROM pg_trigger
WHERE tgrelid = 'shop.typed'::regclass AND tgname ~ '_update$' ORDER BY 1;
INSERT INTO shop.typed VALUES ('x', 'm', 1.0, '2024-01-01 23:59:59'), (repeat('long', 5000), 's', 'NaN', '2024-01-02');
UPDATE shop.typed SET price = 1.00 WHERE code = 'x';
CREATE TEMP TABLE logged (customer name, of text, day date);
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT customer, logs[1]::regclass AS log FROM retention_tracked JOIN pg_trigger ON tgname = name || '_truncate'
		JOIN retention_tracking_state ON trigger = pg_trigger.oid LOOP
		EXECUTE format('INSERT INTO logged SELECT %L, customer::text, day FROM %s', t.customer, t.log);
	END LOOP;
END $$;
SELECT customer, length(of), day, count(*) FROM logged GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
-- the extension's relations hold off no DROP of a type
DROP TABLE shop.typed;
DROP TYPE shop.size;
DROP DOMAIN shop.code;

-- Partitions, their columns in another order, some below others.
CREATE TABLE shop.orders (customer int, day date, amount numeric) PARTITION BY RANGE (day);
CREATE TABLE shop.y2023 (amount numeric, gone int, day date, customer int);
ALTER TABLE shop.y2023 DROP gone;
ALTER TABLE shop.orders ATTACH PARTITION shop.y2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE shop.y2024 PARTITION OF shop.orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY LIST (customer);
CREATE TABLE shop.y2024_odd PARTITION OF shop.y2024 FOR VALUES IN (1, 3, 5);
CREATE INDEX ON ONLY shop.orders (customer);
CREATE INDEX ON shop.y2023 (customer);
SELECT pg_temp.try($$SELECT retention_track('shop.orders', 'customer', 'day', 'amount')$$);
CREATE INDEX ON shop.y2024 (customer);
SELECT retention_track('shop.orders', 'customer', 'day', 'amount') IS NOT NULL AS tracked;
SELECT tgrelid::regclass, tgenabled, count(*) FROM pg_trigger WHERE tgfoid = 'retention_track_change'::regproc GROUP BY 1, 2 ORDER BY 1;
CREATE TABLE shop.y2024_even PARTITION OF shop.y2024 FOR VALUES IN (2, 4, 6);
INSERT INTO shop.orders VALUES (1, '2023-05-01', 1), (1, '2024-05-01', 1), (2, '2024-05-02', 1), (3, '2023-01-01', 3);
UPDATE shop.orders SET day = '2024-01-02' WHERE customer = 3;
UPDATE shop.y2023 SET amount = 4;
SELECT * FROM pg_temp.log('shop.orders');
SELECT status, reason FROM retention_tracked;
ALTER TABLE shop.y2024_even DISABLE TRIGGER ALL;
SELECT status, regexp_replace(reason, '_[0-9a-f]{8}', '') AS reason FROM retention_tracked;
ALTER TABLE shop.orders DETACH PARTITION shop.y2024;
SELECT status, reason FROM retention_tracked;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.y2024_odd'::regclass;
INSERT INTO shop.y2024 VALUES (6, '2024-05-02', 1);
SELECT * FROM pg_temp.log('shop.orders') WHERE customer = '6';
-- foreign and unlogged ones
CREATE FOREIGN DATA WRAPPER regress_retention_elsewhere;
CREATE SERVER regress_retention_elsewhere FOREIGN DATA WRAPPER regress_retention_elsewhere;
CREATE FOREIGN TABLE shop.y2020 PARTITION OF shop.orders FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') SERVER regress_retention_elsewhere;
SELECT status, reason FROM retention_tracked;
DROP FOREIGN TABLE shop.y2020;
CREATE UNLOGGED TABLE shop.y2020 PARTITION OF shop.orders FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
SELECT status, reason FROM retention_tracked;
DROP TABLE shop.y2020;
SELECT retention_untrack('shop.orders');
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'retention_track_change'::regproc;

-- What is refused.
CREATE FOREIGN TABLE shop.elsewhere (customer int, day date) SERVER regress_retention_elsewhere;
CREATE VIEW shop.view AS TABLE shop.orders;
CREATE TABLE shop.mixed (customer int, day date) PARTITION BY RANGE (day);
CREATE UNLOGGED TABLE shop.mixed_2024 PARTITION OF shop.mixed FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE shop.mixed_2025 PARTITION OF shop.mixed FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TEMP TABLE temporary (customer int, day date);
CREATE MATERIALIZED VIEW shop.stored AS SELECT 1 AS customer, date '2024-01-01' AS day;
CREATE TABLE shop.parent (customer int, day date);
CREATE TABLE shop.child () INHERITS (shop.parent);
CREATE ACCESS METHOD regress_retention_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE shop.other (customer int, day date) USING regress_retention_heap;
CREATE TYPE shop.pair AS (a int, b int);
CREATE TYPE shop.span AS RANGE (subtype = int);
CREATE TABLE shop.plain (customer int, day date, at timestamptz, pair shop.pair, span shop.span, spans shop.span[], tags int[], bits bit(3), days daterange, point point, json json,
	amount text, clock time);
CREATE SEQUENCE shop.sequence;
\pset format unaligned
SELECT call, pg_temp.try('SELECT retention_track(' || call || ')') FROM (VALUES
	($$'shop.elsewhere', 'customer', 'day'$$), ($$'shop.view', 'customer', 'day'$$), ($$'shop.stored', 'customer', 'day'$$), ($$'shop.mixed', 'customer', 'day'$$),
	($$'temporary', 'customer', 'day'$$), ($$'shop.parent', 'customer', 'day'$$), ($$'shop.other', 'customer', 'day'$$),
	($$'shop.sequence', 'customer', 'day'$$), ($$'pg_class', 'oid', 'day'$$), ($$1::oid::regclass, 'customer', 'day'$$),
	($$'shop.plain', 'customer', 'at'$$), ($$'shop.plain', 'customer', 'day', timezone => 'UTC'$$),
	($$'shop.plain', 'customer', 'at', timezone => 'Mars/Olympus'$$), ($$'shop.plain', 'customer', 'at', timezone => 'MSK'$$),
	($$'shop.plain', 'pair', 'day'$$), ($$'shop.plain', 'span', 'day'$$), ($$'shop.plain', 'spans', 'day'$$), ($$'shop.plain', 'tags', 'day'$$), ($$'shop.plain', 'bits', 'day'$$), ($$'shop.plain', 'days', 'day'$$),
	($$'shop.plain', 'point', 'day'$$), ($$'shop.plain', 'json', 'day'$$), ($$'shop.plain', 'customer', 'clock'$$),
	($$'shop.plain', 'customer', 'day', 'amount'$$), ($$'shop.plain', 'nobody', 'day'$$), ($$'shop.plain', 'ctid', 'day'$$),
	($$'shop.plain', NULL, 'day'$$), ($$NULL, 'customer', 'day'$$), ($$'shop.plain', 'customer', 'day', periods => NULL$$),
	($$'shop.plain', 'customer', 'day', periods => '{}'$$), ($$'shop.plain', 'customer', 'day', periods => '{month, NULL}'$$),
	($$'shop.plain', 'customer', 'day', periods => '{moon}'$$),
	($$'shop.plain', 'customer', 'day', cohort_at => 'day', periods => '{"calendar(2024-01-28, 2024-02-25)"}'$$)) refused (call);
\pset format aligned
SELECT call, pg_temp.try(call) FROM (VALUES ('SELECT count(*) FROM retention_verify(1::oid::regclass)'), ('SELECT count(*) FROM retention_verify(0::oid::regclass)'), ('SELECT count(*) FROM retention_verify(NULL)'),
	('CALL retention_fold(1::oid::regclass)'), ('CALL retention_fold(0::oid::regclass)'), ('SELECT retention_untrack(1::oid::regclass)'), ('SELECT count(*) FROM retention_verify(''shop.plain'')'),
	('CALL retention_fold(''shop.plain'')'), ('SELECT retention_untrack(''shop.plain'')')) refused (call);
-- indexes that do not find a customer
CREATE INDEX ON shop.plain (day, customer);
CREATE INDEX ON shop.plain (customer) WHERE day > '2024-01-01';
CREATE INDEX ON shop.plain ((customer + 1));
CREATE INDEX ON shop.plain USING brin (customer);
SELECT pg_temp.try($$SELECT retention_track('shop.plain', 'customer', 'day')$$);
CREATE INDEX ON shop.plain USING hash (customer);
SELECT pg_temp.try($$SELECT retention_track('shop.plain', 'customer', 'day')$$);

-- The extension may move.
CREATE SCHEMA elsewhere;
ALTER EXTENSION retention SET SCHEMA elsewhere;
INSERT INTO shop.plain (customer, day) VALUES (1, '2024-01-01');
SELECT relnamespace::regnamespace, status FROM pg_class, elsewhere.retention_tracked WHERE relname = name || '_' || orders::oid || '_log';
SET search_path = public, elsewhere;
SELECT * FROM pg_temp.log('shop.plain');
ALTER EXTENSION retention SET SCHEMA public;
RESET search_path;
INSERT INTO shop.plain (customer, day) VALUES (2, '2024-01-01');
SELECT * FROM pg_temp.log('shop.plain');

-- The extension goes with its triggers on tables, and only then.
SELECT pg_temp.try('DROP EXTENSION retention') ~ 'cannot drop extension retention because other objects depend on it' AS refused;
SET client_min_messages = warning;
BEGIN;
DROP EXTENSION retention CASCADE;
SELECT pg_temp.relations();
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'shop.plain'::regclass;
ROLLBACK;
DROP SCHEMA shop, elsewhere CASCADE;
SELECT pg_temp.relations();
DROP ACCESS METHOD regress_retention_heap;
DROP FOREIGN DATA WRAPPER regress_retention_elsewhere CASCADE;
DROP TABLE mine;
DROP ROLE regress_retention_shop, regress_retention_guest;
