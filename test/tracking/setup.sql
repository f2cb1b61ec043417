-- Tracked tables, whose columns differ in what can go wrong, and what the writers and readers call.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE SCHEMA t;
SELECT format('ALTER DATABASE %I SET search_path = t, public', current_database()) \gexec
SET search_path = t, public;

CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric, note text);
CREATE INDEX ON a (customer, at);
CREATE INDEX ON a (id, customer);
-- An identity would be that of the partitions as well from PostgreSQL 17 on.
CREATE SEQUENCE b_id;
CREATE TABLE b (id bigint NOT NULL DEFAULT nextval('b_id'), customer text, at date) PARTITION BY RANGE (at);
CREATE TABLE b1 PARTITION OF b FOR VALUES FROM (MINVALUE) TO ('2024-05-01');
CREATE TABLE b2 (at date, customer text, id bigint NOT NULL);
ALTER TABLE b ATTACH PARTITION b2 FOR VALUES FROM ('2024-05-01') TO (MAXVALUE);
CREATE INDEX ON b (customer, at);
CREATE INDEX ON b (id);
CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer numeric, at timestamp, amount numeric(10,2));
CREATE INDEX ON c (customer, at);
CREATE TABLE d (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer text, at timestamptz, amount numeric(10,2), note text);
CREATE INDEX ON d (customer, at);
CREATE TABLE e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric(10,2), back boolean, note text);
CREATE INDEX ON e (customer, at);
CREATE TABLE f (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric, "order" text, note text);
CREATE INDEX ON f (customer, at);
CREATE TABLE g (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric(10,2), segment text, note text);
CREATE INDEX ON g (customer, at);
CREATE TABLE h (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric, segment numeric, back boolean, "order" text, note text);
CREATE INDEX ON h (customer, at);
CREATE TABLE i (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric(10,2), since timestamptz, note text);
CREATE INDEX ON i (customer, at);
CREATE TABLE j (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric, since timestamptz, back boolean, "order" text, note text);
CREATE INDEX ON j (customer, at);
CREATE TABLE k (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric(10,2), since timestamptz, segment numeric, note text);
CREATE INDEX ON k (customer, at);
CREATE TABLE l (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer bigint, at timestamptz, amount numeric, since timestamptz, segment numeric, back boolean, "order" text, note text);
CREATE INDEX ON l (customer, at);

-- A customer, few enough that several sessions change the same at a time.
CREATE FUNCTION who() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT (random() ^ 2 * 400)::int';
CREATE FUNCTION moment() RETURNS timestamp LANGUAGE sql VOLATILE AS
	$$SELECT timestamp '2024-01-01' + date_trunc('minute', random() * interval '300 days')$$;
CREATE FUNCTION money() RETURNS numeric LANGUAGE sql VOLATILE AS
	$$SELECT CASE WHEN random() < 0.05 THEN NULL ELSE round((random() * 100 - 10)::numeric, (random() * 3)::int) END$$;
-- The same number with other bytes.
CREATE FUNCTION customer_c() RETURNS numeric LANGUAGE sql VOLATILE AS 'SELECT round(who(), (random() * 2)::int)';

-- Some of them equal numbers with other bytes, one of them none.
CREATE FUNCTION segment() RETURNS numeric LANGUAGE sql VOLATILE AS 'SELECT (ARRAY[1, 1.0, 2, 3, 3.00, NULL])[1 + floor(random() * 6)::int]';

-- When a customer signed up, which some rows do not know.
CREATE FUNCTION since(customer bigint) RETURNS timestamptz LANGUAGE sql VOLATILE AS
	$$SELECT CASE WHEN random() > 0.05 THEN timestamptz '2024-01-01 UTC' + $1 % 50 * interval '31 hours' END$$;

-- A list of periods in which nearly all orders are; one that goes on, one that ends before, and another.
CREATE FUNCTION listed(i int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT format('calendar(2023-12-31, 2024-02-25, %s2024-08-25%s)', CASE WHEN i < 3 THEN '2024-05-26, ' END,
		CASE i WHEN 0 THEN ', 2024-10-29' WHEN 1 THEN ', 2024-10-29, 2024-12-01, 2025-02-02' WHEN 3 THEN ', 2025-01-01' END)
$$;

CREATE FUNCTION one_change(of_table text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	kind float8 := random();
	pick bigint := (random() * 3000)::bigint;
BEGIN
	IF random() < 0.02 THEN
		EXECUTE replace(CASE WHEN random() < 0.3 THEN 'INSERT INTO t.# (customer, at) SELECT customer, $1 FROM t.# WHERE customer IS NOT NULL LIMIT 1 OFFSET $2 % 1000'
			ELSE $q$DELETE FROM t.# WHERE at < '2023-12-30' OR at > '2024-10-30'$q$ END, '#', of_table)
			USING (ARRAY[date '2023-11-11', '2024-11-11', '2025-03-03'])[1 + pick % 3], pick;
	ELSIF of_table = 'e' AND kind < 0.5 THEN
		IF kind < 0.2 THEN UPDATE t.e SET back = random() < 0.3 WHERE id = pick;
		ELSE INSERT INTO t.e (customer, at, amount, back) VALUES (t.who(), t.moment() AT TIME ZONE 'UTC', CASE WHEN random() < 0.8 THEN t.money() ELSE 0 END, random() < 0.3);
		END IF;
	ELSIF of_table = 'f' AND kind < 0.5 THEN
		IF kind < 0.2 THEN UPDATE t.f SET "order" = customer % 50 || '/' || floor(random() * 4) WHERE id = pick;
		ELSE INSERT INTO t.f (customer, at, amount, "order") SELECT w, t.moment() AT TIME ZONE 'UTC', t.money(), CASE WHEN random() < 0.9 THEN w % 50 || '/' || floor(random() * 4) END FROM t.who() w;
		END IF;
	ELSIF of_table IN ('g', 'h') AND kind < 0.5 THEN
		EXECUTE replace(CASE
			WHEN kind < 0.1 THEN 'UPDATE t.# SET segment = t.segment() WHERE id = $1'
			WHEN kind < 0.15 THEN 'UPDATE t.# SET segment = t.segment() WHERE id = (SELECT id FROM t.# WHERE customer = t.who() ORDER BY at, id LIMIT 1)'
			WHEN kind < 0.2 THEN 'DELETE FROM t.# WHERE id = (SELECT id FROM t.# WHERE customer = t.who() ORDER BY at, id LIMIT 1)'
			WHEN kind < 0.3 THEN $q$INSERT INTO t.# (customer, at, amount, segment) SELECT customer, min(at) - (random() * 3)::int * interval '6 hours', t.money(), t.segment() FROM t.# WHERE customer = t.who() AND at IS NOT NULL GROUP BY customer$q$
			ELSE $q$INSERT INTO t.# (customer, at, amount, segment) VALUES (t.who(), t.moment() AT TIME ZONE 'UTC', t.money(), t.segment())$q$
			END, '#', of_table) USING pick;
		IF of_table = 'h' THEN UPDATE t.h SET "order" = customer || '/' || id % 3, back = id % 5 = 0 WHERE id = (SELECT max(id) FROM t.h); END IF;
	ELSIF of_table IN ('i', 'j', 'k', 'l') AND kind < 0.5 THEN
		EXECUTE replace(CASE
			WHEN kind < 0.1 THEN 'UPDATE t.# SET since = t.since(customer) WHERE id = $1'
			WHEN kind < 0.15 THEN $q$UPDATE t.# SET since = t.since(customer) - interval '20 days' WHERE customer = t.who()$q$
			WHEN kind < 0.2 THEN 'DELETE FROM t.# WHERE id = (SELECT id FROM t.# WHERE customer = t.who() ORDER BY since, id LIMIT 1)'
			WHEN kind < 0.25 THEN $q$UPDATE t.# SET since = t.moment() AT TIME ZONE 'UTC' WHERE id = $1$q$
			WHEN kind < 0.3 THEN 'INSERT INTO t.# (customer, since) SELECT w, t.since(w) FROM t.who() w'
			ELSE $q$INSERT INTO t.# (customer, at, amount, since) SELECT w, t.moment() AT TIME ZONE 'UTC', t.money(), t.since(w) FROM t.who() w$q$
			END, '#', of_table) USING pick;
		IF of_table IN ('j', 'l') THEN EXECUTE replace($q$UPDATE t.# SET "order" = customer || '/' || id % 3, back = id % 5 = 0 WHERE id = (SELECT max(id) FROM t.#)$q$, '#', of_table); END IF;
		IF of_table IN ('k', 'l') THEN EXECUTE replace('UPDATE t.# SET segment = t.segment() WHERE id IN ($1, (SELECT max(id) FROM t.#))', '#', of_table) USING pick; END IF;
	ELSIF of_table IN ('a', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l') THEN
		EXECUTE replace(CASE
			WHEN kind < 0.4 THEN $q$INSERT INTO t.# (customer, at, amount) VALUES (t.who(), t.moment() AT TIME ZONE 'UTC', t.money())$q$
			WHEN kind < 0.5 THEN 'UPDATE t.# SET amount = t.money() WHERE id = $1'
			WHEN kind < 0.55 THEN 'UPDATE t.# SET amount = amount + 0.000 WHERE id = $1'
			WHEN kind < 0.65 THEN $q$UPDATE t.# SET at = t.moment() AT TIME ZONE 'UTC' WHERE id = $1$q$
			WHEN kind < 0.75 THEN 'UPDATE t.# SET customer = t.who() WHERE id = $1'
			WHEN kind < 0.8 THEN $q$UPDATE t.# SET note = CASE WHEN random() < 0.5 THEN 'x' END WHERE id = $1$q$
			WHEN kind < 0.9 THEN 'DELETE FROM t.# WHERE id = $1'
			WHEN kind < 0.93 THEN 'UPDATE t.# SET customer = NULL WHERE id = $1'
			WHEN kind < 0.95 THEN 'UPDATE t.# SET at = NULL WHERE id = $1'
			ELSE $q$INSERT INTO t.# (customer, at, amount) SELECT t.who(), t.moment() AT TIME ZONE 'UTC', t.money() FROM generate_series(1, 20)$q$
			END, '#', of_table) USING pick;
	ELSIF of_table = 'b' THEN
		IF kind < 0.5 THEN INSERT INTO t.b (customer, at) VALUES ('k' || t.who(), t.moment());
		ELSIF kind < 0.7 THEN UPDATE t.b SET at = t.moment() WHERE id = pick;	-- also into the other partition
		ELSIF kind < 0.77 THEN UPDATE t.b SET customer = 'k' || t.who() WHERE id = pick;
		ELSIF kind < 0.8 THEN UPDATE t.b SET id = id + 1 WHERE id = pick;
		ELSIF kind < 0.95 THEN DELETE FROM t.b WHERE id = pick;
		ELSE INSERT INTO t.b2 (id, customer, at) VALUES (pick, 'k' || t.who(), date '2024-05-01' + (random() * 100)::int);
		END IF;
	ELSE
		IF kind < 0.5 THEN INSERT INTO t.c (customer, at, amount) VALUES (t.customer_c(), t.moment(), t.money());
		ELSIF kind < 0.6 THEN INSERT INTO t.c (id, customer, at, amount) OVERRIDING SYSTEM VALUE VALUES (pick, t.customer_c(), t.moment(), t.money())
			ON CONFLICT (id) DO UPDATE SET amount = EXCLUDED.amount, at = EXCLUDED.at;
		ELSIF kind < 0.7 THEN UPDATE t.c SET customer = t.customer_c() WHERE id = pick;
		ELSIF kind < 0.8 THEN UPDATE t.c SET amount = t.money(), at = t.moment() WHERE id = pick;
		ELSE DELETE FROM t.c WHERE id = pick;
		END IF;
	END IF;
EXCEPTION WHEN deadlock_detected OR serialization_failure OR unique_violation THEN
	NULL;
END $$;

-- Some changes, some of them in savepoints that may be rolled back.
CREATE FUNCTION changes(of_table text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	FOR i IN 1 .. (random() * 4)::int LOOP
		PERFORM t.one_change(of_table);
		BEGIN
			PERFORM t.one_change(of_table);
			BEGIN
				PERFORM t.one_change(of_table);
				IF random() < 0.3 THEN RAISE division_by_zero; END IF;
			EXCEPTION WHEN division_by_zero THEN NULL;
			END;
			PERFORM t.one_change(of_table);
			IF random() < 0.4 THEN RAISE division_by_zero; END IF;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END $$;

-- Some tables are tracked by a filter as well.  It is about a column that nothing else reads, or tells equal values apart.
CREATE FUNCTION filter_of(of_table text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN of_table IN ('e', 'h', 'i') THEN 'note IS DISTINCT FROM ''x''' WHEN of_table = 'b' THEN 'id % 3 > 0 AND customer <> ''k7''' WHEN of_table = 'c' THEN 'scale(customer) = 0'
		WHEN of_table = 'f' THEN 'amount > 20 OR note IN (''x'', ''y'')' END
$$;

-- One report of a table, as text: its bytes where it is a summary.  The random numbers are given, so that two calls are alike.
CREATE FUNCTION report(of_table text, x float8, y float8, z float8) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	period text := (ARRAY['month', 'week', 'month', 'quarter', 'day', 'year', t.listed(0), t.listed(floor(y * 8000)::int % 4)])[1 + floor(y * 8)::int];
	cut date := CASE WHEN z < 0.5 THEN NULL WHEN z < 0.6 THEN date '2024-10-27' + floor(z * 1000)::int % 3
		ELSE date '2023-12-25' + floor((z - 0.6) * 800)::int END;
	zone text := CASE WHEN of_table IN ('a', 'e', 'f', 'h', 'i', 'j', 'k', 'l') THEN 'Europe/Sofia' WHEN of_table = 'g' THEN 'CET' WHEN of_table = 'd' THEN 'America/New_York' END;
	amount name := CASE of_table WHEN 'b' THEN NULL ELSE 'amount' END;
	back name := CASE WHEN of_table IN ('e', 'h', 'j', 'l') THEN 'back' END;
	id name := CASE WHEN of_table IN ('f', 'h', 'j', 'l') THEN 'order' END;
	since name := CASE WHEN of_table IN ('i', 'j', 'k', 'l') THEN 'since' END;
	segment name := CASE WHEN of_table IN ('g', 'h', 'k', 'l') AND floor(y * 1000)::int % 3 > 0 THEN 'segment' END;
	filter text := CASE WHEN floor(y * 7000)::int % 2 = 0 THEN t.filter_of(of_table) END;
	rows text[];
BEGIN
	IF x < 0.35 THEN
		SELECT array_agg(r::text) INTO rows FROM retention_summaries(('t.' || of_table)::regclass, 'customer', 'at', period, amount, order_id => id, refund => back, segment => segment, cohort_at => since, timezone => zone, filter => filter, as_of => cut,
			age_window => CASE WHEN x < 0.05 THEN interval '30 days' END) r;
	ELSIF x < 0.55 THEN
		SELECT array_agg(r::text) INTO rows FROM cohort_retention(('t.' || of_table)::regclass, 'customer', 'at', period, amount, order_id => id, refund => back, segment => segment, cohort_at => since, timezone => zone, filter => filter, as_of => cut) r;
	ELSIF x < 0.7 THEN
		SELECT array_agg(r::text) INTO rows FROM customer_churn(('t.' || of_table)::regclass, 'customer', 'at', period, amount, order_id => id, refund => back, segment => segment, cohort_at => since, timezone => zone, filter => filter, as_of => cut) r;
	ELSIF x < 0.8 THEN
		SELECT array_agg(r::text) INTO rows FROM repeat_purchase(('t.' || of_table)::regclass, 'customer', 'at', period, amount, order_id => id, refund => back, segment => segment, cohort_at => since, timezone => zone, filter => filter, as_of => cut) r;
	ELSIF x < 0.825 THEN
		-- few customers and changing ones: the error is the same as well
		BEGIN
			SELECT array_agg(r::text) INTO rows FROM customer_forecast(('t.' || of_table)::regclass, 'customer', 'at', amount, order_id => id, refund => back, timezone => zone, filter => filter, as_of => cut) r;
		EXCEPTION WHEN invalid_parameter_value THEN
			rows := ARRAY[SQLERRM];
		END;
	ELSIF x < 0.85 THEN
		SELECT array_agg(r::text) INTO rows FROM customer_status(('t.' || of_table)::regclass, 'customer', 'at', amount, order_id => id, refund => back, timezone => zone, filter => filter, as_of => cut) r;
	ELSIF x < 0.9 THEN
		SELECT array_agg(r::text) INTO rows FROM cohort_customers(('t.' || of_table)::regclass, 'customer', 'at', date '2024-01-01' + floor((x - 0.85) * 5000)::int,
			floor(y * 4)::int, period, amount, order_id => id, refund => back, timezone => zone, filter => filter, as_of => cut) r;
	ELSIF x < 0.95 THEN
		SELECT array_agg(r::text) INTO rows FROM revenue_retention(('t.' || of_table)::regclass, 'customer', 'at', period, amount, order_id => id, refund => back, segment => segment, cohort_at => since, timezone => zone, filter => filter, as_of => cut) r;
	ELSE
		SELECT array_agg(r::text) INTO rows FROM repeat_timing(('t.' || of_table)::regclass, 'customer', 'at', period, amount, order_id => id, refund => back, segment => segment, cohort_at => since, timezone => zone, filter => filter, as_of => cut) r;
	END IF;
	RETURN rows::text;
END $$;

CREATE SEQUENCE compared MINVALUE 0 START 0;
CREATE SEQUENCE answered MINVALUE 0 START 0;
CREATE SEQUENCE differed MINVALUE 0 START 0;

-- One snapshot, the report kept and from scratch: sequences count across rollbacks.
CREATE FUNCTION compare(of_table text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
	x float8 := random();
	y float8 := random();
	z float8 := random();
	kept text;
	scratch text;
BEGIN
	PERFORM set_config('retention.tracking', 'off', true);
	BEGIN
		scratch := t.report(of_table, x, y, z);
	EXCEPTION WHEN data_exception THEN
		scratch := SQLSTATE;
	END;
	PERFORM set_config('retention.tracking', 'require', true);
	BEGIN
		kept := t.report(of_table, x, y, z);
		PERFORM nextval('t.answered');
	EXCEPTION
		WHEN object_not_in_prerequisite_state THEN
			PERFORM nextval('t.compared');
			RETURN NULL;
		WHEN data_exception THEN
			kept := SQLSTATE;
	END;
	PERFORM nextval('t.compared');
	IF kept IS DISTINCT FROM scratch THEN
		PERFORM nextval('t.differed');
		RAISE WARNING 'differs: t.report(%, %, %, %) kept: % from scratch: %', of_table, x, y, z, left(kept, 300), left(scratch, 300);
		RETURN false;
	END IF;
	RETURN true;
END $$;

CREATE FUNCTION some_table() RETURNS text LANGUAGE sql VOLATILE AS $$SELECT (ARRAY['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'])[1 + floor(random() * 12)::int]$$;

INSERT INTO a (customer, at, amount) SELECT who(), moment() AT TIME ZONE 'UTC', money() FROM generate_series(1, 3000);
INSERT INTO d (customer, at, amount) SELECT who(), moment() AT TIME ZONE 'UTC', money() FROM generate_series(1, 3000);
INSERT INTO e (customer, at, amount, back) SELECT who(), moment() AT TIME ZONE 'UTC', money(), random() < 0.3 FROM generate_series(1, 3000);
INSERT INTO f (customer, at, amount, "order") SELECT w, moment() AT TIME ZONE 'UTC', money(), w % 50 || '/' || floor(random() * 4) FROM generate_series(1, 3000) i, LATERAL (SELECT who() + 0 * i) v(w);
INSERT INTO g (customer, at, amount, segment) SELECT who(), moment() AT TIME ZONE 'UTC', money(), segment() FROM generate_series(1, 3000);
INSERT INTO h (customer, at, amount, segment, "order", back) SELECT w, moment() AT TIME ZONE 'UTC', money(), segment(), w || '/' || floor(random() * 4), random() < 0.2 FROM generate_series(1, 3000) i, LATERAL (SELECT who() + 0 * i) v(w);
INSERT INTO i (customer, at, amount, since) SELECT w, moment() AT TIME ZONE 'UTC', money(), since(w) FROM generate_series(1, 3000) i, LATERAL (SELECT who() + 0 * i) v(w);
INSERT INTO j (customer, at, amount, since, "order", back) SELECT w, moment() AT TIME ZONE 'UTC', money(), since(w), w || '/' || floor(random() * 4), random() < 0.2 FROM generate_series(1, 3000) i, LATERAL (SELECT who() + 0 * i) v(w);
INSERT INTO k (customer, at, amount, since, segment) SELECT w, moment() AT TIME ZONE 'UTC', money(), since(w), segment() FROM generate_series(1, 3000) i, LATERAL (SELECT who() + 0 * i) v(w);
INSERT INTO l (customer, at, amount, since, segment, "order", back) SELECT w, moment() AT TIME ZONE 'UTC', money(), since(w), segment(), w || '/' || floor(random() * 4), random() < 0.2 FROM generate_series(1, 3000) i, LATERAL (SELECT who() + 0 * i) v(w);
INSERT INTO b (customer, at) SELECT 'k' || who(), moment() FROM generate_series(1, 3000);
INSERT INTO c (customer, at, amount) SELECT customer_c(), moment(), money() FROM generate_series(1, 3000);
DO $$BEGIN EXECUTE format('COPY (SELECT who(), moment() AT TIME ZONE ''UTC'', money() FROM generate_series(1, 30)) TO %L',
	current_setting('data_directory') || '/orders.copy'); END$$;

SELECT retention_track('a', 'customer', 'at', 'amount', timezone => 'Europe/Sofia', periods => ARRAY['month', 'week', listed(0)]);
SELECT retention_track('b', 'customer', 'at', periods => ARRAY['month', 'day', listed(1)]);
SELECT retention_track('c', 'customer', 'at', 'amount', periods => ARRAY['month', listed(0)]);
SELECT retention_track('d', 'customer', 'at', 'amount', timezone => 'America/New_York', periods => ARRAY[listed(2), 'month', 'quarter', listed(0)]);
SELECT retention_track('e', 'customer', 'at', 'amount', refund => 'back', timezone => 'Europe/Sofia', periods => '{month,week}');
SELECT retention_track('f', 'customer', 'at', 'amount', order_id => 'order', timezone => 'Europe/Sofia', periods => '{month,day}');
SELECT retention_track('g', 'customer', 'at', 'amount', segment => 'segment', timezone => 'CET', periods => ARRAY['month', 'week', listed(0)]);
SELECT retention_track('h', 'customer', 'at', 'amount', order_id => 'order', segment => 'segment', refund => 'back', timezone => 'Europe/Sofia', periods => '{month}');
SELECT retention_track('i', 'customer', 'at', 'amount', cohort_at => 'since', timezone => 'Europe/Sofia', periods => '{month,week}');
SELECT retention_track('j', 'customer', 'at', 'amount', order_id => 'order', refund => 'back', cohort_at => 'since', timezone => 'Europe/Sofia', periods => '{month}');
SELECT retention_track('k', 'customer', 'at', 'amount', segment => 'segment', cohort_at => 'since', timezone => 'Europe/Sofia', periods => '{month,week}');
SELECT retention_track('l', 'customer', 'at', 'amount', order_id => 'order', segment => 'segment', refund => 'back', cohort_at => 'since', timezone => 'Europe/Sofia', periods => '{month}');
SELECT retention_track('e', 'customer', 'at', 'amount', refund => 'back', timezone => 'Europe/Sofia', periods => '{month,week}', filter => filter_of('e'));
SELECT retention_track('b', 'customer', 'at', periods => '{month,day}', filter => filter_of('b'));
SELECT retention_track('c', 'customer', 'at', 'amount', periods => '{month}', filter => filter_of('c'));
SELECT retention_track('f', 'customer', 'at', 'amount', order_id => 'order', timezone => 'Europe/Sofia', periods => '{month,day}', filter => filter_of('f'));
SELECT retention_track('h', 'customer', 'at', 'amount', order_id => 'order', segment => 'segment', refund => 'back', timezone => 'Europe/Sofia', periods => '{month}', filter => filter_of('h'));
SELECT retention_track('i', 'customer', 'at', 'amount', cohort_at => 'since', timezone => 'Europe/Sofia', periods => '{month,week}', filter => filter_of('i'));
CALL retention_fold();
