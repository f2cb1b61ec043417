-- A tracked table whose partitions come and go: what is kept goes on, or is known not to fit.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
\set SHOW_CONTEXT never
CREATE SCHEMA parted;
SET search_path = parted, public;
CREATE TABLE orders (customer int, day date, amount numeric) PARTITION BY RANGE (day);
CREATE INDEX ON orders (customer, day);
CREATE TABLE january PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
SELECT retention_track('orders', 'customer', 'day', 'amount') IS NOT NULL AS tracked;
INSERT INTO orders SELECT i % 10, date '2024-01-01' + i % 30, i FROM generate_series(1, 100) i;
-- whether a report can be answered from what is kept, whether it is that from scratch, and what the view says
CREATE FUNCTION report(mode text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('retention.tracking', mode, true);
	RETURN (SELECT string_agg(r::text, ' ') FROM cohort_retention('orders', 'customer', 'day', 'month', 'amount') r);
EXCEPTION WHEN object_not_in_prerequisite_state THEN
	RETURN 'not kept';
END $$;
CREATE FUNCTION facts() RETURNS TABLE (kept boolean, same boolean, status text, reason text, leaves regclass[]) LANGUAGE sql AS $$
	SELECT report('require') <> 'not kept', report('on') = report('off'), t.status, regexp_replace(t.reason, '_[0-9a-f]{8}', ''),
		(SELECT array_agg(l.leaf::regclass ORDER BY l.leaf::regclass::text) FROM retention_tracking_leaf l WHERE l.orders = t.orders)
	FROM retention_tracked t WHERE t.orders = 'orders'::regclass $$;
SELECT * FROM facts();
CALL retention_fold('orders');
SELECT * FROM facts();

-- One that is new, or is attached empty, is known at once.
CREATE TABLE february PARTITION OF orders FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO orders SELECT i % 12, date '2024-02-01' + i % 28, i FROM generate_series(1, 100) i;
SELECT * FROM facts();
CALL retention_fold('orders');
CREATE TABLE march (amount numeric, day date, customer int) PARTITION BY LIST (customer);
CREATE TABLE march_odd PARTITION OF march FOR VALUES IN (1, 3, 5);
CREATE TABLE march_even PARTITION OF march FOR VALUES IN (2, 4, 6);
ALTER TABLE orders ATTACH PARTITION march FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
INSERT INTO orders SELECT 1 + i % 6, date '2024-03-01' + i % 28, i FROM generate_series(1, 100) i;
SELECT * FROM facts();
CALL retention_fold('orders');
SELECT * FROM facts();
SELECT * FROM retention_verify('orders');
-- also with its orders, in a transaction
BEGIN;
CREATE TABLE april PARTITION OF orders FOR VALUES FROM ('2024-04-01') TO ('2024-05-01');
INSERT INTO orders VALUES (1, '2024-04-03', 4);
SELECT kept, same FROM facts();
COMMIT;
SELECT * FROM facts();
-- One whose trigger goes by another name, which PostgreSQL 14 lets it have, logs nothing: what is kept is not built over it.
BEGIN;
UPDATE pg_trigger SET tgname = 'renamed' WHERE tgrelid = 'april'::regclass AND tgname LIKE 'retention%rows';
ALTER TABLE april SET (autovacuum_enabled = false);
COMMIT;
CALL retention_fold('orders');
INSERT INTO orders VALUES (30, '2024-04-04', 4);
SELECT * FROM facts();
BEGIN;
UPDATE pg_trigger SET tgname = (SELECT tgname FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND tgname LIKE 'retention%rows')
WHERE tgrelid = 'april'::regclass AND tgname = 'renamed';
ALTER TABLE april RESET (autovacuum_enabled);
COMMIT;
CALL retention_fold('orders');
SELECT * FROM facts();
-- A session that found nothing declared by a partition's trigger, as that of the table had another name, looks again.
SELECT tgname AS truncated FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND tgname LIKE 'retention%truncate' \gset
ALTER TRIGGER :truncated ON orders RENAME TO renamed;
INSERT INTO orders VALUES (31, '2024-04-04', 4);
ALTER TRIGGER renamed ON orders RENAME TO :truncated;
CALL retention_fold('orders');
INSERT INTO orders VALUES (32, '2024-04-04', 4);
SELECT * FROM facts();
CALL retention_fold('orders');
-- but what this transaction has made is not folded by it, since states within it cannot be told apart
BEGIN;
CREATE TABLE may PARTITION OF orders FOR VALUES FROM ('2024-05-01') TO ('2024-06-01');
SAVEPOINT s;
CALL retention_fold('orders');
ROLLBACK TO s;
INSERT INTO orders VALUES (20, '2024-05-03', 4);
SAVEPOINT s;
CALL retention_fold('orders');
ROLLBACK TO s;
ALTER TABLE may DISABLE TRIGGER ALL;
INSERT INTO orders VALUES (21, '2024-05-04', 4);
DO $$ BEGIN
	EXECUTE (SELECT string_agg(format('ALTER TABLE may ENABLE ALWAYS TRIGGER %I', tgname), ';') FROM pg_trigger WHERE tgrelid = 'may'::regclass);
END $$;
SELECT kept, same FROM facts();
COMMIT;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
-- ... nor by the id of the transaction that has changed a trigger
BEGIN;
CREATE TABLE july PARTITION OF orders FOR VALUES FROM ('2024-07-01') TO ('2024-08-01');
DO $$ BEGIN
	ALTER TABLE july DISABLE TRIGGER ALL;
	INSERT INTO orders VALUES (22, '2024-07-04', 4);
	EXECUTE (SELECT string_agg(format('ALTER TABLE july ENABLE ALWAYS TRIGGER %I', tgname), ';') FROM pg_trigger WHERE tgrelid = 'july'::regclass);
END $$;
COMMIT;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');

-- One that has orders is not, nor is one that goes.
CREATE TABLE june (LIKE orders);
INSERT INTO june VALUES (3, '2024-06-01', 5), (30, '2024-06-01', 5);
ALTER TABLE orders ATTACH PARTITION june FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
SELECT * FROM facts();
ALTER TABLE orders DETACH PARTITION june;
SELECT kept, same, status, reason FROM facts();
-- back, with the same orders or others
INSERT INTO june VALUES (31, '2024-06-02', 5);
ALTER TABLE orders ATTACH PARTITION june FOR VALUES FROM ('2024-06-01') TO ('2024-07-01');
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
TRUNCATE june;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
DROP TABLE march_even;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
SELECT * FROM facts();
TRUNCATE orders;
SELECT kept, same, status FROM facts();
CALL retention_fold('orders');
SELECT kept, same, status FROM facts();
INSERT INTO orders SELECT i % 10, date '2024-01-01' + i % 30, i FROM generate_series(1, 100) i;

-- Files that are written anew, columns that come, and triggers that did not fire.
CALL retention_fold('orders');
CLUSTER january USING january_customer_day_idx;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
ALTER TABLE orders ADD COLUMN note text;
ALTER TABLE orders ADD COLUMN paid boolean DEFAULT true;
SELECT kept, same, status FROM facts();
ALTER TABLE january DISABLE TRIGGER ALL;
INSERT INTO orders VALUES (40, '2024-01-05', 3);
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
SELECT retention_track('orders', 'customer', 'day', 'amount') IS NOT NULL AS again;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
SELECT kept, same, status FROM facts();
-- enabled again, but not always: a fold makes them fire always, and builds
ALTER TABLE january DISABLE TRIGGER ALL;
INSERT INTO orders VALUES (41, '2024-01-06', 3);
ALTER TABLE january ENABLE TRIGGER ALL;
SELECT kept, same, status, reason FROM facts();
BEGIN;
CALL retention_fold('orders');
ROLLBACK;
CALL retention_fold('orders');
SELECT kept, same, status FROM facts();
-- a frozen row of pg_trigger is the same
VACUUM FREEZE pg_trigger;
SELECT kept, same, status FROM facts();
-- a leaf that is unlogged
ALTER TABLE february SET UNLOGGED;
SELECT kept, same, status, reason FROM facts();
CALL retention_fold('orders');
ALTER TABLE february SET LOGGED;
CALL retention_fold('orders');
SELECT kept, same, status FROM facts();

-- Ordinary inheritance, which retention_track() refuses, may come later.
CREATE TABLE plain (LIKE orders INCLUDING INDEXES);
INSERT INTO plain TABLE orders;
SELECT retention_track('plain', 'customer', 'day') IS NOT NULL AS tracked;
CALL retention_fold('plain');
SELECT status, reason FROM retention_tracked WHERE orders = 'plain'::regclass;
CREATE TABLE child () INHERITS (plain);
INSERT INTO child VALUES (1, '2024-01-01', 3);
SELECT status, reason FROM retention_tracked WHERE orders = 'plain'::regclass;
DROP TABLE child;
SELECT status, reason FROM retention_tracked WHERE orders = 'plain'::regclass;

-- What the view counts: who waits in this snapshot, and what became of this session's reports.
CALL retention_fold('plain');
SELECT customers, waiting, bytes > 0 AS bytes, folded_at <= clock_timestamp() AS folded FROM retention_tracked WHERE orders = 'plain'::regclass;
BEGIN;
INSERT INTO plain VALUES (1, '2024-05-01', 1), (1, '2024-05-02', 1), (50, '2024-05-02', 1), (NULL, '2024-05-02', 1);
SELECT customers, waiting FROM retention_tracked WHERE orders = 'plain'::regclass;
COMMIT;
DELETE FROM plain WHERE customer = 2;
SET retention.tracking = off;
SELECT count(*) FROM repeat_purchase('plain', 'customer', 'day');
RESET retention.tracking;
SELECT count(*) FROM repeat_purchase('plain', 'customer', 'day');
SELECT count(*) FROM repeat_purchase('plain', 'customer', 'day', segment => 'note');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT count(*) FROM repeat_purchase('plain', 'customer', 'day');
COMMIT;
WITH written AS (INSERT INTO plain VALUES (NULL, '2024-05-02', 1))
SELECT count(*) FROM repeat_purchase('plain', 'customer', 'day');
SELECT customers, waiting, answered, from_scratch, why_from_scratch FROM retention_tracked WHERE orders = 'plain'::regclass;

-- ... without a lock that stays
BEGIN;
SELECT count(*) > 1 AS several FROM retention_tracked;
SELECT relation::regclass FROM pg_locks l JOIN pg_class c ON c.oid = relation WHERE pid = pg_backend_pid() AND relkind IN ('r', 'p', 'm')
	AND relation >= 16384 ORDER BY 1;
COMMIT;

-- The same columns are tracked of the table or of a partition, not of both; others are.
SELECT retention_track('january', 'customer', 'day', 'amount');
SELECT retention_untrack('orders') > 0 AS untracked;
SELECT retention_track('january', 'customer', 'day', 'amount') IS NOT NULL AS tracked;
SELECT retention_track('orders', 'customer', 'day', 'amount');
SELECT retention_track('orders', 'customer', 'day') IS NOT NULL AS tracked;
SELECT retention_untrack('january');
SELECT retention_track('orders', 'customer', 'day', 'amount') IS NOT NULL AS tracked;

-- No publication has anything of the extension.
SET client_min_messages = error;
CREATE PUBLICATION regress_retention_all FOR ALL TABLES;
SELECT tablename FROM pg_publication_tables WHERE pubname = 'regress_retention_all' AND tablename ~ 'retention';
DROP PUBLICATION regress_retention_all;
DROP SCHEMA parted CASCADE;
