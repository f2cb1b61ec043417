-- A line for each object of the extension: a statement that creates one of its name and arguments, which leaves
-- a table `loot` when it is called. Arguments without names: PL/pgSQL refuses one that a column of the result has too.
SET client_min_messages = warning;
SELECT format('CREATE %s %I(%s) %s LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE loot (); RETURN%s; END $$',
	CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.proname, oidvectortypes(p.proargtypes), 'RETURNS ' || pg_get_function_result(p.oid),
	CASE WHEN NOT p.proretset AND p.prokind <> 'p' AND p.prorettype NOT IN ('void'::regtype, 'event_trigger'::regtype) THEN ' NULL' END)
FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'retention')
WHERE 'internal'::regtype <> ALL (p.proargtypes) AND p.prorettype <> 'internal'::regtype
	AND NOT EXISTS (SELECT FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]) || p.prorettype) t(o) JOIN pg_type y ON y.oid = t.o OR y.typarray = t.o
		JOIN pg_depend x ON x.classid = 'pg_type'::regclass AND x.objid = y.oid AND x.deptype = 'e' AND x.refobjid = d.refobjid)
	AND 'cstring'::regtype NOT IN (p.prorettype) AND '"any"'::regtype <> ALL (p.proargtypes)
UNION ALL
SELECT format('CREATE %s %I AS %s', CASE WHEN i % 2 = 0 THEN 'TYPE' ELSE 'DOMAIN' END, t,
	CASE WHEN i % 2 = 0 THEN '(x int)' ELSE 'text' END)
FROM unnest('{retention_summary,retention_history,retention_segment,retention_summary_state,retention_history_state}'::text[]) WITH ORDINALITY u(t, i)
UNION ALL
SELECT 'CREATE TABLE retention_summary (x int)'
UNION ALL
SELECT 'CREATE FUNCTION eq(date, date) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$; CREATE OPERATOR = (LEFTARG = date, RIGHTARG = date, FUNCTION = eq)';
