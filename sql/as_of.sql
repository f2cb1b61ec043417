-- as_of in the table functions: which rows are read, and that others are not even
-- looked at; and a catalog that says NOT NULL where there are NULLs.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA past;
SET search_path = past, public;

-- Orders of four years, by year; those whose time has no end are in a partition of
-- their own.  One table for each type of time.
CREATE TABLE by_date (id int, customer int, t date, amount numeric, shop text) PARTITION BY RANGE (t);
CREATE TABLE by_timestamp (id int, customer int, t timestamp, amount numeric, shop text) PARTITION BY RANGE (t);
CREATE TABLE by_timestamptz (id int, customer int, t timestamptz, amount numeric, shop text) PARTITION BY RANGE (t);
DO $$
DECLARE
	parent text; y int;
BEGIN
	FOREACH parent IN ARRAY '{by_date,by_timestamp,by_timestamptz}'::text[] LOOP
		FOR y IN 2020..2023 LOOP
			EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', parent || y, parent,
				make_date(y, 1, 1), make_date(y + 1, 1, 1));
		END LOOP;
		EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_rest', parent);
		EXECUTE format('CREATE INDEX ON %I (t)', parent);
		EXECUTE format($i$ INSERT INTO %I SELECT i / 2, i %% 50, timestamp '2020-01-01 05:00' + i * interval '17 hours', i,
			'shop ' || i %% 3 FROM generate_series(0, 2000) i $i$, parent);
	END LOOP;
END $$;
ANALYZE by_date, by_timestamp, by_timestamptz;


-- A call's error or its rows, and which partitions and how many indexes it has read.
CREATE FUNCTION reads(call text, OUT result text, OUT tables text, OUT indexes bigint) LANGUAGE plpgsql AS $$
DECLARE
	-- counted from the last report of the session's statistics, which is never within a statement
	before jsonb := (SELECT jsonb_object_agg(oid, pg_stat_get_xact_numscans(oid)) FROM pg_class
		WHERE relnamespace = 'past'::regnamespace AND relkind IN ('r', 'i'));
BEGIN
	BEGIN
		EXECUTE 'SELECT count(*) || '' rows'' FROM ' || call INTO result;
	EXCEPTION WHEN SQLSTATE '22008' THEN
		result := SQLERRM;
	END;
	SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FILTER (WHERE c.relkind = 'r'),
		count(*) FILTER (WHERE c.relkind = 'i') INTO tables, indexes
	FROM pg_class c WHERE c.relnamespace = 'past'::regnamespace AND c.relkind IN ('r', 'i')
		AND pg_stat_get_xact_numscans(c.oid) > (before ->> c.oid::text)::bigint;
END $$;
CREATE VIEW calls AS
SELECT n, format('cohort_retention(%%L, ''customer'', ''t'', as_of => %%L%s)', more) AS call
FROM unnest('{"",", segment => ''shop''",", order_id => ''id''",", order_id => ''id'', segment => ''shop''",
	", age_window => ''30 days''",", amount => ''amount'', age_window => ''1 month'', segment => ''shop''"}'::text[])
	WITH ORDINALITY m(more, n)
UNION ALL SELECT 10 + n, format('%s(%%L, ''customer'', ''t'', as_of => %%L)', name)
FROM unnest('{customer_churn,repeat_purchase,retention_summaries,customer_status}'::text[]) WITH ORDINALITY f(name, n)
UNION ALL SELECT 20, 'cohort_customers(%L, ''customer'', ''t'', ''2020-01-01'', 1, as_of => %L)'
UNION ALL SELECT 21, 'cohort_retention(%L, ''customer'', ''t'')';	-- reads everything

-- Partitions after as_of are not read; that of times without end is.
SELECT orders, r.tables, string_agg(n || ': ' || r.result, ', ' ORDER BY n) AS calls
FROM calls, unnest('{by_date,by_timestamp,by_timestamptz}'::text[]) orders, LATERAL reads(format(call, orders, '2020-06-01')) r
GROUP BY orders, tables ORDER BY orders, tables;
SELECT zone, r.* FROM unnest('{UTC,Asia/Tokyo,America/St_Johns,EST5EDT}'::text[]) zone, reads(format(
	$c$ cohort_retention('by_timestamptz', 'customer', 't', timezone => %L, as_of => '2020-06-01') $c$, zone)) r;

-- So is an index, of a column of a domain as well.
CREATE DOMAIN moment AS timestamptz;
CREATE TABLE at_moments (id int, customer int, t moment, amount numeric, shop text);
INSERT INTO at_moments TABLE by_timestamptz;
CREATE INDEX ON at_moments (t);
CREATE TABLE at_dates (id int, customer int, t date, amount numeric, shop text);
INSERT INTO at_dates TABLE by_date;
CREATE INDEX ON at_dates (t);
ANALYZE at_moments, at_dates;
SET enable_seqscan = off;
SELECT orders, r.indexes > 0 AS by_index, string_agg(n || ': ' || r.result, ', ' ORDER BY n) AS calls
FROM calls, unnest('{at_moments,at_dates}'::text[]) orders, LATERAL reads(format(call, orders, '2020-06-01')) r
GROUP BY orders, by_index ORDER BY orders, by_index;
RESET enable_seqscan;

-- Infinite times are refused, whichever end of time they are at.
DO $$
DECLARE
	orders text; infinity text; call text; said text;
BEGIN
	FOREACH orders IN ARRAY '{by_date,by_timestamp,by_timestamptz,at_moments,at_dates}'::text[] LOOP
		FOREACH infinity IN ARRAY '{infinity,-infinity}'::text[] LOOP
			EXECUTE format('INSERT INTO %I VALUES (-1, -1, %L)', orders, infinity);
			FOR call IN SELECT c.call FROM calls c LOOP
				said := (reads(format(call, orders, '2020-06-01'))).result;
				IF said <> format('ordered_at must not be infinite: "%s"', infinity) THEN
					RAISE WARNING '% in %: % says %', infinity, orders, call, said;
				END IF;
			END LOOP;
			EXECUTE format('DELETE FROM %I WHERE id < 0', orders);
		END LOOP;
	END LOOP;
END $$;

-- At the ends of the calendar; dates go on after the last timestamp.
CREATE TABLE ends (customer int, d date, s timestamp, z timestamptz);
INSERT INTO ends SELECT i, s::date, s, s AT TIME ZONE 'UTC' FROM unnest('{4714-11-24 12:00 BC,2000-01-01,294276-12-31 23:59}'::timestamp[])
	WITH ORDINALITY u(s, i);
SELECT as_of, t, customers(summary), first_order(summary), last_order(summary)
FROM unnest('{4714-11-25 BC,294276-12-25,294276-12-31,294277-01-01,5874897-12-31}'::date[]) as_of, unnest('{d,s,z}'::name[]) t,
	retention_summaries('ends', 'customer', t, 'year', as_of => as_of) ORDER BY as_of, t;

-- The bound holds in any zone, of which some are days away; the date decides.
CREATE TABLE hours AS SELECT i AS customer, timestamptz '2024-03-10 00:00+00' + i * interval '1 hour' AS t FROM generate_series(-200, 200) i;
CREATE FUNCTION zone_differs(zone text, as_of date, argument text) RETURNS boolean LANGUAGE sql
RETURN (SELECT customers(summary) FROM retention_summaries('hours', 'customer', 't', 'day', timezone => argument, as_of => as_of))
	<> (SELECT count(*) FROM hours WHERE (t AT TIME ZONE zone)::date < as_of);
SELECT count(*), string_agg(zone, ' ') FILTER (WHERE zone_differs(zone, as_of, zone)) AS different
FROM unnest('{UTC,Asia/Tokyo,America/St_Johns,Pacific/Kiritimati,Etc/GMT+12,<X>+100,<X>+167:59:59,<X>-167:59:59}'::text[]) zone,
	unnest('{2024-03-05,2024-03-10,2024-03-15}'::date[]) as_of;
SET timezone = '<X>+167:59';
SELECT zone_differs(current_setting('timezone'), '2024-03-08', NULL) AS different;
SET timezone = '<X>-167:59';
SELECT zone_differs(current_setting('timezone'), '2024-03-12', NULL) AS different;
SET timezone = 'UTC';

-- Of order lines, lines before as_of are read: what an order looked like then.
CREATE TABLE lines (customer text, id int, t date, amount numeric);
INSERT INTO lines VALUES ('A', 1, '2024-01-10', 100), ('A', 1, '2024-02-05', 20), ('A', NULL, '2024-01-12', 5), ('B', 2, '2024-02-01', 7),
	('B', NULL, '2024-02-02', 1);
SELECT as_of, customers(summary), orders(summary), revenue(summary)
FROM unnest('{2024-01-11,2024-02-01,2024-02-02,2024-02-06}'::date[]) as_of,
	retention_summaries('lines', 'customer', 't', amount => 'amount', order_id => 'id', as_of => as_of) ORDER BY as_of;

-- A column that its catalog entry calls NOT NULL, which its children, a foreign
-- server or the rows of before know nothing of.  Without an id, all orders count.
CREATE TABLE family (customer int, id int, t date, amount numeric);
CREATE TABLE child () INHERITS (family);
INSERT INTO family VALUES (1, 1, '2024-01-01', 1), (1, 1, '2024-01-02', 1), (2, 2, '2024-02-01', 1);
INSERT INTO child SELECT 3 + i / 3, NULL, date '2024-01-01' + i, 1 FROM generate_series(0, 29) i;
ALTER TABLE ONLY family ALTER id SET NOT NULL;
SELECT attnotnull FROM pg_attribute WHERE attrelid = 'family'::regclass AND attname = 'id';
-- the same where a NOT NULL is not valid yet (from 18), or on another server, if the wrapper is at hand
DO $$
BEGIN
	CREATE TABLE unproven AS TABLE family;
	INSERT INTO unproven VALUES (NULL, 1, '2024-01-01', 1), (1, NULL, NULL, 1);	-- no orders
	IF current_setting('server_version_num')::int >= 180000 THEN
		EXECUTE 'ALTER TABLE unproven ADD NOT NULL id NOT VALID';
	END IF;
	IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'postgres_fdw') THEN
		CREATE EXTENSION postgres_fdw SCHEMA past;
		EXECUTE format('CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
			split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
		EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (user %L)', current_user);
		CREATE FOREIGN TABLE elsewhere (customer int NOT NULL, id int NOT NULL, t date NOT NULL, amount numeric) SERVER loopback
			OPTIONS (schema_name 'past', table_name 'unproven');
	ELSE
		CREATE TABLE elsewhere AS TABLE unproven;
	END IF;
END $$;
SELECT orders, customers(s.summary), orders(s.summary), revenue(s.summary),
	(SELECT sum(l.customers) FROM cohort_retention(orders, 'customer', 't', order_id => 'id', age_window => '1 month') l WHERE age = 0) AS by_window
FROM unnest('{family,unproven,elsewhere}'::regclass[]) orders,
	retention_summaries(orders, 'customer', 't', amount => 'amount', order_id => 'id') s ORDER BY orders::text;

SET client_min_messages = error;
DROP SCHEMA past CASCADE;
