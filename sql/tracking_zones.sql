-- Time zones of trackings that are abbreviations or say their rules: reports are by what AT TIME ZONE takes them for in
-- the session that asks, and from scratch where that is not what is kept.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE shop (customer int, at timestamptz, amount numeric(10,2));
CREATE INDEX ON shop (customer, at);
INSERT INTO shop SELECT i % 37, timestamptz '2024-01-01 UTC' + i * interval '7 hours', 1 + i % 50 FROM generate_series(1, 900) i;
SELECT zone, retention_track('shop', 'customer', 'at', 'amount', timezone => zone, periods => '{month,day}') ~ '^retention_track_' AS tracked
FROM unnest(ARRAY['CET', 'est', 'EST5EDT', 'Asia/Tokyo', '<+03>-3', 'JST-9', 'XYZ-2:30ABC,M3.5.0,M10.5.0/3', 'UTC']) zone;
-- No rules of a zone: what it stands for has changed; and no zone.
\set VERBOSITY default
SELECT retention_track('shop', 'customer', 'at', timezone => 'MSK');
SELECT retention_track('shop', 'customer', 'at', timezone => 'XYZ');
\set VERBOSITY terse
CALL retention_fold();

CREATE FUNCTION kept(zone text, period text DEFAULT 'day', as_of date DEFAULT NULL) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	kept text;
	scratch text;
BEGIN
	PERFORM set_config('retention.tracking', 'off', true);
	scratch := (SELECT array_agg(r::text) FROM cohort_retention('shop', 'customer', 'at', period, 'amount', timezone => zone, as_of => as_of) r);
	PERFORM set_config('retention.tracking', 'require', true);
	BEGIN
		kept := (SELECT array_agg(r::text) FROM cohort_retention('shop', 'customer', 'at', period, 'amount', timezone => zone, as_of => as_of) r);
	EXCEPTION WHEN object_not_in_prerequisite_state THEN
		PERFORM set_config('retention.tracking', 'on', true);
		kept := (SELECT array_agg(r::text) FROM cohort_retention('shop', 'customer', 'at', period, 'amount', timezone => zone, as_of => as_of) r);
		RETURN concat_ws(', ', CASE WHEN kept IS DISTINCT FROM scratch THEN 'differs' END, SQLERRM);
	END;
	RETURN CASE WHEN kept IS DISTINCT FROM scratch THEN 'differs' ELSE 'same' END;
END $$;
CREATE VIEW zones AS SELECT timezone, kept(timezone), kept(timezone, 'day', '2024-03-31') AS before, kept(timezone, 'week') AS pass FROM retention_tracked ORDER BY timezone COLLATE "C";
SELECT * FROM zones;
-- CET is never summer time: a midnight in July.
INSERT INTO shop VALUES (100, '2024-07-31 22:30+00', 7), (101, '2024-07-31 23:30+00', 7), (3, '2024-03-30 23:30+00', 7), (4, '2024-01-01 04:30+00', 7);
SELECT * FROM zones;
SELECT zone, (SELECT array_agg(cohort) FROM cohort_retention('shop', 'customer', 'at', 'month', 'amount', timezone => zone) WHERE age = 0 AND cohort >= '2024-07-01')
FROM unnest(ARRAY['CET', 'Asia/Tokyo', 'est']) zone;
CALL retention_fold();
SELECT * FROM zones;
SELECT count(*) FROM retention_verify('shop');

-- Where EST is that of Sydney, its reports are, from scratch.
SET timezone_abbreviations = 'Australia';
SELECT kept('est'), kept('est', 'day', '2024-03-31');
SELECT kept('CET'), kept('EST5EDT');
SELECT status, reason FROM retention_tracked WHERE timezone = 'est';
-- What changes there is of other days here, in the memory of a transaction as well; what the names mean is looked up
-- again where the table has changed.
GRANT SELECT ON shop TO PUBLIC;
INSERT INTO shop VALUES (5, '2024-03-30 15:30+00', 7);
BEGIN;
INSERT INTO shop VALUES (6, '2024-03-30 15:30+00', 7);
SELECT kept('est', 'day', '2024-03-31'), kept('CET', 'day', '2024-03-31');
SET LOCAL timezone_abbreviations = 'Default';
SELECT kept('est', 'day', '2024-03-31'), kept('CET', 'day', '2024-03-31');
REVOKE SELECT ON shop FROM PUBLIC;
INSERT INTO shop VALUES (7, '2024-03-31 03:30+00', 7), (8, '2024-03-31 15:30+00', 7);
SELECT kept('est', 'day', '2024-03-31'), kept('est', 'day', '2024-03-30');
COMMIT;
BEGIN;
SET LOCAL timezone_abbreviations = 'Default';
INSERT INTO shop VALUES (9, '2024-03-31 03:30+00', 7);
SET LOCAL timezone_abbreviations = 'Australia';
GRANT SELECT ON shop TO PUBLIC;
INSERT INTO shop VALUES (10, '2024-03-30 15:30+00', 7);
SET LOCAL timezone_abbreviations = 'Default';
SELECT kept('est', 'day', '2024-03-31'), kept('est', 'day', '2024-03-30');
COMMIT;
SELECT kept('est', 'day', '2024-03-31');
RESET timezone_abbreviations;
SELECT * FROM zones;
-- Who folds there has it built by that.
SET timezone_abbreviations = 'Australia';
CALL retention_fold();
SELECT kept('est'), kept('est', 'day', '2024-03-31'), kept('CET');
SELECT count(*) FROM retention_verify('shop');
RESET timezone_abbreviations;
SELECT kept('est'), kept('est', 'day', '2024-03-31'), kept('CET');
CALL retention_fold();
SELECT * FROM zones;
SELECT count(*) FROM retention_verify('shop');

-- A filter calls the server's own AT TIME ZONE, of whatever session: a full name only.
SELECT retention_track('shop', 'customer', 'at', timezone => 'CET', filter => $$at AT TIME ZONE 'CET' > '2024-02-01'$$);
SELECT retention_untrack('shop', timezone => 'cet'), retention_untrack('shop', timezone => 'CET'), retention_untrack('shop');
DROP TABLE shop CASCADE;
DROP VIEW zones;
DROP FUNCTION kept;
