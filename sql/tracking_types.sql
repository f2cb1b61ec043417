-- Customers of every kind of type: told apart, found by an index and kept as GROUP BY does it.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e');
CREATE DOMAIN code AS text CHECK (value <> '');

-- For each period: are kept and from scratch the same?
CREATE FUNCTION compare() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
	of_period text;
	scratch text;
	kept text;
	same boolean := true;
BEGIN
	FOREACH of_period IN ARRAY ARRAY['month', 'week', 'day', 'year'] LOOP
		PERFORM set_config('retention.tracking', 'off', true);
		scratch := (SELECT array_agg(r::text) FROM retention_summaries('typed', 'customer', 'at', of_period, 'amount') r);
		PERFORM set_config('retention.tracking', 'require', true);
		kept := (SELECT array_agg(r::text) FROM retention_summaries('typed', 'customer', 'at', of_period, 'amount') r);
		same := same AND kept = scratch;
	END LOOP;
	RETURN same;
END $$;

CREATE PROCEDURE try(of_type text, customer text) LANGUAGE plpgsql AS $$
DECLARE
	built boolean;
	waiting boolean;
	folded boolean;
BEGIN
	EXECUTE format('CREATE TABLE typed (customer %s, at timestamp, amount numeric(9,3))', of_type);
	CREATE INDEX ON typed (customer, at);
	EXECUTE format('INSERT INTO typed SELECT %s, timestamp ''2023-01-01'' + i * interval ''7 hours'', i %% 17 FROM generate_series(1, 600) i', customer);
	PERFORM retention_track('typed', 'customer', 'at', 'amount', periods => '{month,week}');
	COMMIT;
	CALL retention_fold('typed');
	built := compare();
	-- appended orders, amounts that tell no scale, and a change of old ones
	EXECUTE format('INSERT INTO typed SELECT %s, timestamp ''2023-07-01'' + i * interval ''7 hours'', NULLIF(i %% 17, 3) FROM generate_series(1, 20) i', customer);
	UPDATE typed SET amount = amount + 0.001 WHERE at < '2023-01-03';
	COMMIT;
	waiting := compare();
	CALL retention_fold('typed');
	folded := compare();
	RAISE WARNING '%: %, waiting %, folded %, % differ', of_type, built, waiting, folded,
		(SELECT count(*) FROM retention_verify('typed'));
	PERFORM retention_untrack('typed');
	DROP TABLE typed;
	COMMIT;
END $$;
CALL try($$int2$$, $$i % 40$$);
CALL try($$int8$$, $$i % 40$$);
CALL try($$uuid$$, $$md5((i % 40)::text)::uuid$$);
CALL try($$varchar(20)$$, $$'k' || i % 40$$);
CALL try($$char(8)$$, $$'k' || i % 40$$);
CALL try($$name$$, $$'k' || i % 40$$);
CALL try($$text COLLATE "C"$$, $$'k' || i % 40$$);
CALL try($$mood$$, $$(ARRAY['a', 'b', 'c', 'd', 'e'])[1 + i % 5]::mood$$);
CALL try($$code$$, $$'k' || i % 40$$);
CALL try($$date$$, $$date '2000-01-01' + i % 40$$);
CALL try($$numeric$$, $$round(i % 40, i % 3)$$);
CALL try($$float8$$, $$CASE WHEN i % 80 = 0 THEN -0.0 ELSE i % 40 END$$);
CALL try($$inet$$, $$('10.0.0.' || i % 40)::inet$$);
CALL try($$bytea$$, $$decode(md5((i % 40)::text), 'hex')$$);
CALL try($$boolean$$, $$i % 2 = 0$$);
CALL try($$interval$$, $$make_interval(hours => i % 40)$$);
DROP PROCEDURE try;

-- A transaction of one order, whose row of the log is made in an own way where the type has a short fixed length:
-- its customer and day, whether the report is the one from scratch, and whether it is after the fold.
CREATE FUNCTION said(of_tracking text, arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	said text;
BEGIN
	PERFORM set_config('retention.tracking', of_tracking, true);
	EXECUTE format('SELECT array_agg(r::text)::text FROM cohort_retention(''typed'', ''customer'', ''at'', ''month'', as_of => ''2024-02-01''%s) r', arguments) INTO said;
	RETURN said;
END $$;
CREATE PROCEDURE try_one(of_type text, customer text) LANGUAGE plpgsql AS $$
DECLARE
	of_time text;
	zone text;
	logged text;
	result text := '';
BEGIN
	FOREACH of_time IN ARRAY ARRAY['timestamp', 'timestamptz'] LOOP
		zone := CASE of_time WHEN 'timestamptz' THEN ', timezone => ''Europe/Sofia''' ELSE '' END;
		EXECUTE format('CREATE TABLE typed (customer %s, at %s)', of_type, of_time);
		CREATE INDEX ON typed (customer, at);
		EXECUTE format('INSERT INTO typed SELECT %s, ''2023-01-01'' FROM generate_series(1, 40) i', customer);
		EXECUTE format('SELECT retention_track(''typed'', ''customer'', ''at''%s)', zone);
		COMMIT;
		CALL retention_fold('typed');
		EXECUTE format('INSERT INTO typed SELECT %s, ''2024-01-01 22:30'' FROM generate_series(7, 7) i', customer);
		COMMIT;
		EXECUTE format('SELECT string_agg(format(''%%s %%s'', customer, day), '', '') FROM %s',
			(SELECT logs[1]::regclass FROM retention_tracking_state)) INTO logged;
		result := concat_ws(' ', result, logged, said('require', zone) = said('off', zone));
		CALL retention_fold('typed');
		result := concat_ws(' ', result, said('require', zone) = said('off', zone));
		PERFORM retention_untrack('typed');
		DROP TABLE typed;
		COMMIT;
	END LOOP;
	RAISE WARNING '%:%', of_type, result;
END $$;
CALL try_one($$int2$$, $$i$$);
CALL try_one($$int4$$, $$i$$);
CALL try_one($$int8$$, $$i$$);
CALL try_one($$boolean$$, $$i % 2 = 0$$);
CALL try_one($$date$$, $$date '2000-01-01' + i$$);
CALL try_one($$float8$$, $$i$$);
CALL try_one($$uuid$$, $$md5(i::text)::uuid$$);
CALL try_one($$macaddr$$, $$('08:00:2b:01:02:' || to_char(i, 'FM00'))::macaddr$$);
CALL try_one($$interval$$, $$make_interval(hours => i)$$);
CALL try_one($$name$$, $$'k' || i$$);
CALL try_one($$text$$, $$'k' || i$$);
CALL try_one($$numeric$$, $$i$$);
DROP PROCEDURE try_one;
DROP FUNCTION said;
DROP FUNCTION compare;
DROP DOMAIN code;
DROP TYPE mood;

-- A column that becomes of another type, by its owner, who takes the trigger away for that and makes it again: what the
-- session knows of the log is of the old type. Reports are from scratch.
CREATE TABLE turned (customer text, at date);
CREATE INDEX ON turned (customer);
SELECT retention_track('turned', 'customer', 'at') AS name \gset
CALL retention_fold('turned');
INSERT INTO turned VALUES ('7', '2024-01-01');
SELECT pg_get_triggerdef(oid) AS trigger FROM pg_trigger WHERE tgrelid = 'turned'::regclass AND tgname = :'name' || '_update' \gset
SELECT :'name' || '_update' AS by_update \gset
BEGIN;
INSERT INTO turned VALUES ('8', '2024-01-02');
DROP TRIGGER :by_update ON turned;
ALTER TABLE turned ALTER customer TYPE bigint USING customer::bigint;
:trigger;
INSERT INTO turned VALUES (8, '2024-02-02'), (9, '2024-01-03');
SELECT sum(customers) FROM cohort_retention('turned', 'customer', 'at') WHERE age = 0;
COMMIT;
INSERT INTO turned VALUES (10, '2024-01-04');
SELECT sum(customers) FROM cohort_retention('turned', 'customer', 'at') WHERE age = 0;
CALL retention_fold('turned');
INSERT INTO turned VALUES (11, '2024-01-05');
SELECT sum(customers) FROM cohort_retention('turned', 'customer', 'at') WHERE age = 0;
SELECT retention_untrack('turned');
DROP TABLE turned;
