-- Unlogged tables: what is kept of them is unlogged as well, as long as they are.
\set VERBOSITY terse
SET client_min_messages = warning;

CREATE FUNCTION facts(OUT kept boolean, OUT same boolean, OUT status text, OUT reason text, OUT unlogged bigint, OUT permanent bigint) LANGUAGE plpgsql AS $$
DECLARE
	k text;
	s text;
BEGIN
	SELECT t.status, t.reason INTO facts.status, facts.reason FROM retention_tracked t;
	SELECT count(*) FILTER (WHERE relpersistence = 'u'), count(*) FILTER (WHERE relpersistence = 'p') INTO unlogged, permanent
	FROM retention_tracking_state, LATERAL unnest(logs || ARRAY[histories, summaries, layers]) o JOIN pg_class c ON c.oid = o;
	PERFORM set_config('retention.tracking', 'require', true);
	BEGIN
		k := (SELECT array_agg(r::text) FROM cohort_retention('visits', 'customer', 'day', 'month') r);
		kept := true;
	EXCEPTION WHEN object_not_in_prerequisite_state THEN
		kept := false;
	END;
	PERFORM set_config('retention.tracking', 'on', true);
	k := (SELECT array_agg(r::text) FROM cohort_retention('visits', 'customer', 'day', 'month') r);
	PERFORM set_config('retention.tracking', 'off', true);
	s := (SELECT array_agg(r::text) FROM cohort_retention('visits', 'customer', 'day', 'month') r);
	same := k IS NOT DISTINCT FROM s;
END $$;

CREATE UNLOGGED TABLE visits (customer text, day date);
CREATE INDEX ON visits (customer, day);
INSERT INTO visits SELECT 'c' || i % 20, date '2024-01-01' + i FROM generate_series(1, 100) i;
SELECT retention_track('visits', 'customer', 'day') IS NOT NULL AS tracked;
CALL retention_fold('visits');
SELECT * FROM facts();
-- as pg_upgrade can make them again: there are no unlogged materialized views
SELECT DISTINCT relkind, relpersistence FROM retention_tracking_state, LATERAL unnest(logs || ARRAY[histories, summaries, layers]) o JOIN pg_class c ON c.oid = o;
INSERT INTO visits VALUES ('c1', '2024-02-02'), (repeat('wide', 400), '2024-01-01');
SELECT * FROM facts();
CALL retention_fold('visits');
SELECT * FROM facts();
SELECT count(*) FROM retention_verify('visits');

ALTER TABLE visits SET LOGGED;
SELECT * FROM facts();
INSERT INTO visits VALUES ('c2', '2024-02-02');
CALL retention_fold('visits');
SELECT * FROM facts();
INSERT INTO visits VALUES ('c3', '2024-02-02');
SELECT * FROM facts();
-- in one transaction there is no way to a log of the right kind
ALTER TABLE visits SET UNLOGGED;
BEGIN;
CALL retention_fold('visits');
ROLLBACK;
CALL retention_fold('visits');
SELECT * FROM facts();
SELECT retention_untrack('visits');
SELECT count(*) FROM pg_class WHERE relname LIKE 'retention_track\_%';
DROP TABLE visits;

-- partitions: the first that comes is unlogged, which a table without any did not tell
CREATE TABLE visits (customer text, day date) PARTITION BY RANGE (day);
CREATE INDEX ON visits (customer, day);
SELECT retention_track('visits', 'customer', 'day') IS NOT NULL AS tracked;
CALL retention_fold('visits');
SELECT * FROM facts();
CREATE UNLOGGED TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
SELECT * FROM facts();
CALL retention_fold('visits');
INSERT INTO visits VALUES ('c1', '2024-02-02');
SELECT * FROM facts();
CREATE UNLOGGED TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SELECT * FROM facts();
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
SELECT * FROM facts();
DROP TABLE visits;
DROP FUNCTION facts;

-- Made logged and unlogged again and again while it cannot be built: the ring of logs is full in the end.
CREATE UNLOGGED TABLE flips (customer text, day date);
CREATE INDEX ON flips (customer, day);
INSERT INTO flips VALUES ('c1', '2024-01-01'), ('c2', 'infinity');
SELECT retention_track('flips', 'customer', 'day') IS NOT NULL AS tracked;
SELECT format('ALTER TABLE flips SET %s', CASE i % 2 WHEN 1 THEN 'LOGGED' ELSE 'UNLOGGED' END), 'CALL retention_fold(''flips'')' FROM generate_series(1, 8) i \gexec
DELETE FROM flips WHERE customer = 'c2';
CALL retention_fold('flips');
SELECT status, customers FROM retention_tracked WHERE orders = 'flips'::regclass;
DROP TABLE flips;
