-- The functions behind the aggregates say so when they are called by hand, and
-- every object has its labels and its comment.
SET client_min_messages = warning;
CREATE TEMP VIEW members AS
SELECT p.* FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'retention');

-- By hand: those without an internal argument can be called as they are …
SELECT retention_transfn(NULL, VARIADIC ARRAY[true, false]);
SELECT retention_combinefn('{t,f}', '{f,t}');
-- … the others cannot, unless a superuser declares them again, here with bigint
-- for internal: an error with every argument NULL, and with a state of 42
CREATE FUNCTION pg_temp.by_hand(f members, state text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	declared text; given text; answer text;
BEGIN
	SELECT string_agg(CASE WHEN t = 'internal'::regtype THEN 'bigint' ELSE t::regtype::text END, ', ' ORDER BY i),
		string_agg(CASE WHEN t = 'internal'::regtype THEN state || '::bigint' WHEN t IN ('anyelement'::regtype,
			'anycompatible'::regtype, '"any"'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN '1'
			WHEN t = 'boolean'::regtype THEN 'true' WHEN t = 'retention_history'::regtype THEN '''AQABAQ=='''
			WHEN t = 'bytea'::regtype THEN '''\x00''' WHEN t = 'numeric'::regtype THEN '1.5'
				WHEN t = 'text'::regtype THEN '''month''' ELSE quote_literal('2024-01-31') || '::' || t::regtype END, ', '
				ORDER BY i)
	INTO declared, given FROM unnest(f.proargtypes) WITH ORDINALITY a(t, i);
	EXECUTE format('CREATE FUNCTION pg_temp.again(%s) RETURNS %s LANGUAGE c %s AS %L, %L', declared,
		replace(f.prorettype::regtype::text, 'internal', 'bigint'), CASE WHEN f.proisstrict THEN 'STRICT' ELSE '' END,
			f.probin, f.prosrc);
	EXECUTE format('SELECT pg_temp.again(%s)', given) INTO answer;
	EXECUTE format('DROP FUNCTION pg_temp.again(%s)', declared);
	RETURN coalesce(answer, 'null');
EXCEPTION WHEN feature_not_supported THEN
	RETURN SQLSTATE;
END $$;
SELECT count(*) > 10 AS functions, count(*) FILTER (WHERE pg_temp.by_hand(m, '42') <> '0A000') AS not_refused,
	count(*) FILTER (WHERE pg_temp.by_hand(m, 'NULL') <>
		CASE WHEN proisstrict THEN 'null' ELSE '0A000' END) AS null_not_refused
FROM members m WHERE 'internal'::regtype = ANY (proargtypes)
	AND proname ~ '_(transfn|combinefn|serialfn|deserialfn|finalfn)$';

-- Labels: nothing SECURITY DEFINER or LEAKPROOF, nothing VOLATILE but what tracks tables; aggregates, their functions
-- and readers are PARALLEL SAFE, table functions and what tracks are not.
SELECT oid::regprocedure AS wrong FROM members
WHERE prosecdef OR proleakproof
	OR provolatile = 'v' AND prokind = 'f' AND proname !~ '^retention_(track|untrack)'
	OR proparallel <> CASE WHEN proname ~ '^retention_(track|untrack|fold$|verify$)' OR proname IN ('cohort_retention', 'customer_churn', 'repeat_purchase',
		'retention_summaries', 'cohort_customers', 'customer_status', 'revenue_retention', 'repeat_timing', 'retention_check',
		'bought_together', 'product_retention', 'replenishment', 'product_report', 'bought_next', 'next_basket', 'next_basket_test', 'customer_forecast') THEN 'u' ELSE 's' END
ORDER BY 1;
-- what looks at the session's zone or at current_date is STABLE
SELECT count(*) AS not_stable FROM members
WHERE provolatile <> 's' AND (proname IN ('cohorts', 'periods', 'retention_curve', 'time_to_repeat', 'revenue_periods',
	'cohort_retention', 'customer_churn', 'repeat_purchase', 'retention_summaries', 'cohort_customers', 'customer_status', 'revenue_retention', 'repeat_timing', 'retention_check', 'sbg_fit', 'bdw_fit', 'bought_together', 'product_retention', 'replenishment', 'product_report', 'bought_next', 'next_basket', 'next_basket_test', 'customer_forecast')
	OR proname = 'retention_agg_transfn' AND 'timestamptz'::regtype = ANY (proargtypes));
-- readers take a NULL argument, so they are not strict; aggregates can be combined
SELECT proname FROM members WHERE proisstrict AND proname IN ('cohorts', 'periods', 'retention_curve', 'order_ladder',
	'time_to_repeat', 'revenue_periods');
SELECT aggfnoid::regprocedure AS without_combine FROM pg_aggregate JOIN members ON oid = aggfnoid
WHERE aggcombinefn = 0 OR aggtranstype = 'internal'::regtype AND (aggserialfn = 0 OR aggdeserialfn = 0);
-- what kinds of objects the extension is made of
SELECT DISTINCT classid::regclass::text AS kinds FROM pg_depend
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension
	WHERE extname = 'retention') ORDER BY 1;
SELECT oid::regprocedure AS without_comment FROM members WHERE obj_description(oid, 'pg_proc') IS NULL;
-- (a package that tests itself before it is installed is not among those available)
SELECT extrelocatable, coalesce(extversion = (SELECT default_version FROM pg_available_extensions
	WHERE name = 'retention'), true) AS current FROM pg_extension WHERE extname = 'retention';

DROP VIEW members CASCADE;
