-- Whoever may create objects in the extension's schema cannot have them called by
-- the table functions: of each function, a more specific overload is there.
SET timezone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set ECHO none
\i test/lib/overloads.sql
\set ECHO all
CREATE ROLE regress_retention_mallory;
GRANT CREATE ON SCHEMA public TO regress_retention_mallory;
ALTER TYPE overload.tier OWNER TO regress_retention_mallory;
CREATE TABLE overload.expected AS SELECT * FROM overload.answers('public', '1.1');
SELECT count(*) > 400 AS calls, count(*) FILTER (WHERE answer !~ '^[0-9a-f]{32}$') AS failed FROM overload.expected;
SET ROLE regress_retention_mallory;
SET search_path = public;
SELECT count(*) > 100 AS overloads FROM pg_temp.overloads();
DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN SELECT pg_temp.overloads() LOOP EXECUTE statement; END LOOP;
END $$;
RESET ROLE;
SET search_path = public;
SELECT retention_agg(customer, d, 'month') FROM overload.plain;	-- the parser prefers it
SELECT e.call, e.answer, a.answer AS instead FROM overload.expected e JOIN overload.answers('public', '1.1') a USING (n)
WHERE e.answer IS DISTINCT FROM a.answer ORDER BY n LIMIT 10;

-- A function that takes the place of a built-in one is not called either.
CREATE FUNCTION pg_catalog.isfinite(overload.moment) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'overload called'; END $$;
SELECT count(*) FROM cohort_retention('overload.special', 'customer', 'z', as_of => '2024-09-01');
DROP FUNCTION pg_catalog.isfinite(overload.moment);

-- Nor do they become the extension's by being added to it, by its owner who is no superuser.
UPDATE pg_extension SET extowner = 'regress_retention_mallory'::regrole WHERE extname = 'retention';
SET ROLE regress_retention_mallory;
ALTER EXTENSION retention ADD AGGREGATE retention_agg(integer, date, text);
SELECT extname FROM pg_depend d JOIN pg_extension e ON e.oid = refobjid WHERE objid = 'retention_agg(integer, date, text)'::regprocedure AND deptype = 'e';
RESET ROLE;
SELECT count(*) FROM cohort_retention('overload.plain', 'customer', 'd');
ALTER EXTENSION retention DROP AGGREGATE retention_agg(integer, date, text);
UPDATE pg_extension SET extowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) WHERE extname = 'retention';

SET client_min_messages = error;
RESET search_path;
DROP OWNED BY regress_retention_mallory CASCADE;
DROP ROLE regress_retention_mallory;
DROP SCHEMA overload CASCADE;
