-- retention(VARIADIC boolean[]): which conditions the rows of a group met.
-- result[1] = any row had condition 1; result[i] = result[1] and any row had i.

CREATE TEMP TABLE visits (usr int, page text, day int);
INSERT INTO visits VALUES
	(1, 'shop', 1), (1, 'cart', 2), (1, 'paid', 3),	-- all three
	(2, 'shop', 1), (2, 'paid', 1),					-- the middle one is missing
	(3, 'cart', 1), (3, 'paid', 2),					-- never the first: all false
	(4, 'paid', 1), (4, 'cart', 2), (4, 'shop', 3),	-- order of rows is ignored
	(5, 'blog', 1),									-- none
	(6, NULL, 1),									-- conditions are NULL: false
	(6, 'shop', 2);

SELECT usr, retention(page = 'shop', page = 'cart', page = 'paid')
FROM visits GROUP BY usr ORDER BY usr;

-- no row, one NULL, one row, two rows, NULL among rows
SELECT retention(b) FROM (VALUES (true)) v(b) WHERE false;
SELECT retention(NULL::boolean), retention(VARIADIC NULL::boolean[]);
SELECT retention(true), retention(false), retention(true, NULL, true);
SELECT retention(a, b) FROM (VALUES (true, false), (false, true)) v(a, b);
SELECT retention(a, b) FROM (VALUES (NULL, true), (true, NULL), (NULL, NULL)) v(a, b);
SELECT retention(VARIADIC a) FROM (VALUES (NULL), ('{f,t}'::boolean[]), (NULL), ('{t,f}')) v(a);
SELECT retention(VARIADIC a) FROM (VALUES (NULL::boolean[]), (NULL)) v(a);

-- mismatch: as many conditions in every row of a group, 22023 otherwise
SELECT retention(VARIADIC a) FROM (VALUES ('{t,t}'::boolean[]), ('{t}')) v(a);
SELECT retention(VARIADIC a) FROM (VALUES ('{}'::boolean[]), ('{t}')) v(a);
SELECT n, retention(VARIADIC array_fill(true, ARRAY[n]))
FROM generate_series(1, 3) n GROUP BY n ORDER BY n;	-- another number in another group

-- an empty array has no condition; dimensions and bounds do not matter
SELECT retention(VARIADIC '{}'::boolean[]);
SELECT retention(VARIADIC '[5:6]={t,f}'::boolean[]), retention(VARIADIC '{{t,f},{f,t}}'::boolean[]);

-- a row without any NULL, with NULL in every place, and more than eight of them
SELECT retention(VARIADIC a)
FROM (VALUES ('{t,f,f,f,f,f,f,f,f,t}'::boolean[]), ('{NULL,t,NULL,f,t,NULL,NULL,NULL,t,NULL}')) v(a);

-- any number of conditions: 1,600 of them, all of which some row has
SELECT retention(VARIADIC c) = array_fill(true, ARRAY[1600]) AS all_met
FROM (SELECT array_agg(i % 7 = r ORDER BY i) FROM generate_series(0, 1599) i, generate_series(0, 6) r
	GROUP BY r) v(c);

-- Against bool_or over made-up rows, null or not: prints only differences.
CREATE TEMP TABLE rows AS
SELECT i % 97 AS usr,
	CASE i * 31 % 11 WHEN 0 THEN NULL ELSE i * 31 % 11 < 3 END AS a,
	CASE i * 17 % 13 WHEN 0 THEN NULL ELSE i * 17 % 13 < 2 END AS b,
	CASE i * 5 % 7 WHEN 0 THEN NULL ELSE i * 5 % 7 < 1 END AS c,
	CASE i * i % 19 WHEN 0 THEN NULL ELSE i * i % 19 < 5 END AS d
FROM generate_series(1, 600) i;
SELECT count(*) AS users, count(DISTINCT r) AS results
FROM (SELECT retention(a, b, c, d) FROM rows GROUP BY usr) t(r);
SELECT usr, retention(a, b, c, d) FROM rows GROUP BY usr
EXCEPT ALL
SELECT usr, ARRAY[x, x AND coalesce(bool_or(b), false), x AND coalesce(bool_or(c), false),
	x AND coalesce(bool_or(d), false)]
FROM (SELECT *, coalesce(bool_or(a) OVER (PARTITION BY usr), false) AS x FROM rows) r GROUP BY usr, x;

-- The state is changed in place: a final result taken early must not move.
SELECT day, retention(page = 'shop', page = 'paid') OVER (ORDER BY day, page) FROM visits
WHERE usr IN (1, 4) ORDER BY day, page;

DROP TABLE visits, rows;

-- the functions are no use outside an aggregate, and an aggregate that somebody makes of them with a state
-- of nulls, which has no byte for each condition, is an error
SELECT retention_finalfn('{t,f}');
DO $$ BEGIN EXECUTE format('CREATE AGGREGATE forged(boolean[]) (SFUNC = retention_combinefn, STYPE = boolean[],
	INITCOND = %L)', array_fill(NULL::boolean, ARRAY[1000000])::text); END $$;
SELECT length(forged(array_fill(true, ARRAY[1000000]))::text);
DROP AGGREGATE forged(boolean[]);
