-- Everything that the catalogs say of the extension, a line for each row, without OIDs: whatever refers to another
-- object is written as that object's identity. Generic over the columns there are, which differ between majors.
SET client_min_messages = warning;
SET datestyle = 'ISO, MDY';

CREATE FUNCTION pg_temp.identity(class regclass, object oid) RETURNS text LANGUAGE sql STABLE
	RETURN CASE WHEN object <> 0 THEN (SELECT type || ' ' || identity FROM pg_identify_object(class, object, 0)) END;

-- The columns of a catalog, as an expression: text of "name=value, …".
CREATE FUNCTION pg_temp.columns(catalog regclass) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT 'concat_ws('', ''' || string_agg(format(', %L || coalesce(%s, ''null'')', attname || '=',
		CASE WHEN k.is_array THEN format('(SELECT string_agg(pg_temp.identity(%L, o), '' '' ORDER BY i) FROM unnest(%I::oid[]) WITH ORDINALITY u(o, i))', k.pktable, attname)
			WHEN k.pktable IS NOT NULL THEN format('pg_temp.identity(%L, %I::oid)', k.pktable, attname)
			WHEN atttypid = 'pg_node_tree'::regtype THEN format('pg_get_expr(%I, 0)', attname)
			ELSE format('%I::text', attname) END), '' ORDER BY attname) || ')'
	FROM pg_attribute LEFT JOIN pg_get_catalog_foreign_keys() k ON k.fktable = attrelid AND k.fkcols = ARRAY[attname::text] AND k.pkcols = '{oid}'
	-- attoptions: the server of Debian writes a stamp there, which differs from one CREATE TYPE to the next; files and
	-- transactions: of the relation that was created then
	WHERE attrelid = catalog AND attnum > 0
		AND attname NOT IN ('oid', 'attoptions', 'relfilenode', 'relfrozenxid', 'relminmxid', 'reltoastrelid');
END;

CREATE TEMP TABLE member AS
SELECT classid, objid, objsubid FROM pg_depend
WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
	AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'retention');
CREATE TEMP TABLE catalog_row (catalog regclass, line text);

DO $$
DECLARE
	source record;
BEGIN
	FOR source IN
		SELECT DISTINCT classid::regclass AS catalog, format('oid IN (SELECT objid FROM member WHERE classid = %s)', classid) AS condition
		FROM member
		UNION ALL
		VALUES ('pg_extension'::regclass, 'extname = ''retention'''),
			('pg_aggregate', 'aggfnoid IN (SELECT objid FROM member WHERE classid = ''pg_proc''::regclass)'),
			('pg_amop', 'amopfamily IN (SELECT objid FROM member WHERE classid = ''pg_opfamily''::regclass)'),
			('pg_amproc', 'amprocfamily IN (SELECT objid FROM member WHERE classid = ''pg_opfamily''::regclass)'),
			('pg_attribute', 'attrelid IN (SELECT typrelid FROM pg_type JOIN member ON classid = ''pg_type''::regclass AND objid = oid WHERE typrelid <> 0)')
	LOOP
		EXECUTE format('INSERT INTO catalog_row SELECT %L::regclass, %s FROM %s WHERE %s',
			source.catalog, pg_temp.columns(source.catalog), source.catalog, source.condition);
	END LOOP;
END $$;

SELECT format('%s: %s', catalog, line) FROM catalog_row
UNION ALL
SELECT format('member: %s', pg_temp.identity(classid, objid)) FROM member
UNION ALL
SELECT format('comment: %s: %s', pg_temp.identity(classid, objid), description)
FROM member LEFT JOIN pg_description ON objoid = objid AND classoid = classid
UNION ALL
SELECT format('initial privileges: %s: %s', pg_temp.identity(classid, objid), initprivs)
FROM member JOIN pg_init_privs i ON i.objoid = objid AND i.classoid = classid
UNION ALL
SELECT format('dependency: %s: %s of %s', pg_temp.identity(classid, objid), deptype, pg_temp.identity(refclassid, refobjid))
FROM member JOIN pg_depend d USING (classid, objid)
UNION ALL
SELECT format('arguments: %s: %s', pg_temp.identity(classid, objid), pg_get_function_arguments(objid))
FROM member WHERE classid = 'pg_proc'::regclass
ORDER BY 1;
