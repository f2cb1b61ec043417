-- pg_temp.overloads(): statements, one each, that create in the schema of the session a more specific overload of
-- every function and aggregate of the extension that SQL can call: with the very types of a column, where the
-- extension's own takes any type, or a domain's base type. To be called is an error. They return what the
-- extension's own return, unless `before` the extension there is no such type. And casts and operators of a column's
-- type. The extension's schema has to be the first on the path.
CREATE SCHEMA overload;
GRANT USAGE ON SCHEMA overload TO PUBLIC;
CREATE DOMAIN overload.moment AS timestamptz;
CREATE DOMAIN overload.instant AS timestamp;
CREATE DOMAIN overload.day AS date;
CREATE DOMAIN overload.price AS numeric;
CREATE TYPE overload.tier AS ENUM ('gold', 'silver', 'tin');

CREATE FUNCTION pg_temp.overloads(before boolean DEFAULT false) RETURNS SETOF text LANGUAGE sql AS $$
	WITH extension AS (SELECT oid FROM pg_extension WHERE extname = 'retention'),
	-- what stands for a declared type in the tables of overload.tables
	more_specific (variant, declared, actual) AS (VALUES
		(1, 'anyelement'::regtype, 'int'), (1, 'anycompatible', 'text'),
		(2, 'anyelement', 'int'), (2, 'anycompatible', 'overload.tier'), (2, 'timestamptz', 'overload.moment'), (2, 'timestamp', 'overload.instant'),
		(2, 'date', 'overload.day'), (2, 'numeric', 'overload.price'),
		(3, 'anyelement', 'overload.tier'), (3, 'anycompatible', 'overload.tier'),
		(1, '"any"', 'date'), (2, '"any"', 'overload.moment'), (3, '"any"', 'timestamp')),
	function AS (
		SELECT p.oid, p.proname, p.prokind, p.proretset, v.variant,
			CASE WHEN before AND pg_get_function_result(p.oid) ~ 'retention_' THEN 'text'
				WHEN p.prorettype = 'anyelement'::regtype THEN (SELECT actual FROM more_specific m WHERE m.variant = v.variant AND declared = p.prorettype)
				ELSE pg_get_function_result(p.oid) END AS result,
			(SELECT string_agg(coalesce(m.actual, t.o::regtype::text), ', ' ORDER BY t.n)
				FROM unnest(p.proargtypes) WITH ORDINALITY t(o, n)
				LEFT JOIN more_specific m ON m.declared = t.o AND m.variant = v.variant) AS arguments
		FROM extension e JOIN pg_depend d ON d.refobjid = e.oid AND d.deptype = 'e' AND d.classid = 'pg_proc'::regclass
			JOIN pg_proc p ON p.oid = d.objid AND p.provariadic = 0, (SELECT DISTINCT variant FROM more_specific) v
		WHERE 'internal'::regtype <> ALL (p.proargtypes) AND p.prorettype NOT IN ('internal'::regtype, 'cstring'::regtype)
			AND EXISTS (SELECT FROM more_specific m WHERE m.declared = ANY (p.proargtypes) AND m.variant = v.variant)),
	numbered AS (SELECT *, 'overload_' || row_number() OVER (ORDER BY oid) AS trap
		FROM (SELECT DISTINCT ON (oid, arguments) * FROM function ORDER BY oid, arguments) f)
	SELECT format('CREATE FUNCTION %I(%s) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION ''overload called''; END $f$',
		CASE WHEN prokind = 'a' THEN trap ELSE proname END, CASE WHEN prokind = 'a' THEN result || ', ' || arguments ELSE arguments END, result)
		|| CASE WHEN prokind = 'a' THEN format('; CREATE AGGREGATE %I(%s) (SFUNC = %s, STYPE = %s)', proname, arguments, trap, result) ELSE '' END
	FROM numbered
	UNION ALL
	SELECT format('CREATE FUNCTION overload_cast(overload.tier) RETURNS %s LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION ''overload called''; END $f$;'
		' CREATE CAST (overload.tier AS %s) WITH FUNCTION overload_cast(overload.tier) AS IMPLICIT', 'text', 'text')
	UNION ALL
	SELECT format('CREATE FUNCTION overload_%s(%s, %s) RETURNS boolean LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION ''overload called''; END $f$;'
		' CREATE OPERATOR %s (LEFTARG = %2$s, RIGHTARG = %3$s, FUNCTION = overload_%1$s)', name, a, b, operator)
	FROM (VALUES ('lt', '<'), ('eq', '='), ('ge', '>='), ('gt', '>'), ('ne', '<>')) o(name, operator),
		(VALUES ('overload.moment', 'timestamptz'), ('overload.instant', 'timestamp'), ('overload.day', 'date'), ('overload.price', 'int'),
			('overload.tier', 'overload.tier'), ('int', 'int'), ('date', 'date'), ('bigint', 'bigint')) t(a, b)
$$;

-- Orders of columns of built-in types and of those.
CREATE TABLE overload.plain AS
SELECT i AS id, i % 7 AS customer, ('{gold,silver,tin}'::text[])[1 + i % 3] AS segment, i::numeric AS amount,
	date '2024-01-01' + i * 5 AS d, timestamp '2024-01-01 12:00' + i * interval '5 days' AS s,
	timestamptz '2024-01-01 12:00+00' + i * interval '5 days' AS z FROM generate_series(1, 60) i;
CREATE TABLE overload.special (id int, customer int, segment overload.tier, amount overload.price, d overload.day,
	s overload.instant, z overload.moment);
INSERT INTO overload.special SELECT id, customer, segment::overload.tier, amount, d, s, z FROM overload.plain;
CREATE TABLE overload.tiers AS
SELECT id, segment AS customer, customer AS segment, amount, d, s, z FROM overload.special;
GRANT SELECT ON ALL TABLES IN SCHEMA overload TO PUBLIC;

-- Every way to call a table function, for format() with its schema. Those with a segment or a window 1.0 has not got.
CREATE VIEW overload.calls AS
SELECT row_number() OVER () AS n, since, format('%%1$I.%s(''overload.%s'', ''customer'', %L%s)', f, t, c,
	concat_ws(', ', '', amount, id, zone, as_of, replace(more, '@at', c))) AS call
FROM (VALUES ('cohort_retention', ARRAY[NULL, 'segment => ''segment''', 'age_window => ''30 days''', 'age_window => ''30 days'', segment => ''segment''',
			'cohort_at => ''@at''', 'age_bounds => ''{1 day,31 days}''', 'cohort_at => ''@at'', segment => ''segment'', age_bounds => ''{1 day,31 days}''']),
		('customer_churn', ARRAY[NULL, 'segment => ''segment''', 'active_window => 12, report_by => ''year''']), ('repeat_purchase', ARRAY[NULL, 'segment => ''segment''']),
		('retention_summaries', ARRAY[NULL, 'segment => ''segment''', 'age_window => ''1 month''']), ('customer_status', ARRAY[NULL]), ('customer_forecast', ARRAY[NULL]),
		('revenue_retention', ARRAY[NULL, 'segment => ''segment''']), ('repeat_timing', ARRAY[NULL, 'segment => ''segment''']), ('product_retention', ARRAY['product => ''segment''']),
		('cohort_customers', ARRAY['cohort => ''2024-01-01'', age => 1', 'cohort => ''2024-01-01'', age => 1, age_window => ''30 days''', 'cohort => ''2024-01-01'', age => 1, cohort_at => ''@at'', age_bounds => ''{1 day}'''])) f(f, mores),
	unnest(mores) more, unnest('{plain,special,tiers}'::text[]) t, unnest('{d,s,z}'::text[]) c,
	unnest(ARRAY[NULL, 'amount => ''amount''']) amount, unnest(ARRAY[NULL, 'order_id => ''id''']) id,
	unnest(CASE c WHEN 'z' THEN ARRAY[NULL, 'timezone => ''Europe/Sofia'''] ELSE ARRAY[NULL] END) zone,
	LATERAL (SELECT CASE WHEN (amount IS NULL) = (id IS NULL) THEN 'as_of => ''2024-09-01''' END AS as_of) s,
	LATERAL (SELECT CASE WHEN f IN ('customer_status', 'customer_forecast', 'cohort_customers', 'revenue_retention', 'repeat_timing') OR more IS NOT NULL THEN '1.1' ELSE '1.0' END AS since) v;
GRANT SELECT ON overload.calls TO PUBLIC;

-- What they answer, but for columns that 1.0 has not got.
CREATE FUNCTION overload.answers(schema name, version text) RETURNS TABLE (n bigint, call text, answer text) LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
	FOR n, call IN SELECT c.n, format(c.call, schema) FROM overload.calls c WHERE since <= version ORDER BY c.n LOOP
		BEGIN
			EXECUTE 'SELECT md5(string_agg((to_jsonb(r) - ''{exactly,inactive_customers,customers_within,streak_customers,within_rate,streak_rate}''::text[])::text, E''\n'')) FROM ' || call || ' r' INTO answer;
		EXCEPTION WHEN OTHERS THEN
			answer := SQLSTATE || ' ' || SQLERRM;
		END;
		RETURN NEXT;
	END LOOP;
END $$;
