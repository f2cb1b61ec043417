-- The extension against the charts of shops.sql; lines "ok - ..." or "not ok - ...".

\pset tuples_only on
\pset format unaligned

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-11 * greatest(abs(a), abs(b)) + 1e-13, false);

CREATE TEMP TABLE compared AS
SELECT what, shop, extension[n] AS extension, oracle[n] AS oracle
FROM (SELECT format('retention_signals, age %s, baseline %s, as_of %s', age, baseline, given) AS what, shop,
		(SELECT array_agg(ROW(s.*)::chart_row) FROM retention_signals(summary, age, baseline, given) AS s) AS extension,
		(SELECT array_agg(o) FROM plain_chart((SELECT array_agg(ROW(cohort, cohort_size, customers)::rate ORDER BY cohort)
			FROM cohorts(summary, given) AS c WHERE c.age = a.age AND complete), baseline) AS o) AS oracle
	FROM summary, unnest('{0,1,2,3}'::int[]) AS a (age), unnest('{NULL,8,20}'::int[]) AS baseline, unnest(ARRAY[NULL, as_of]) AS given
	WHERE given IS NOT NULL OR shop % 2 = 0
	UNION ALL
	SELECT format('churn_signals, active_window %s, as_of %s', w, given), shop,
		(SELECT array_agg(ROW(s.*)::chart_row) FROM churn_signals(summary, w, given) AS s),
		(SELECT array_agg(o) FROM plain_chart((SELECT array_agg(ROW(period, opening_customers, churned_customers)::rate ORDER BY period)
			FROM (SELECT *, lag(ordering_customers, w) OVER (ORDER BY period) AS could_churn FROM periods(summary, w, given)) AS p
			WHERE complete AND opening_customers > 0 AND could_churn > 0), NULL) AS o)
	FROM summary, unnest('{1,2,5}'::int[]) AS w, unnest(ARRAY[NULL, as_of]) AS given
	WHERE shop < 1000 AND (given IS NOT NULL OR shop % 2 = 0)) AS both_sides,
	generate_series(1, greatest(cardinality(extension), cardinality(oracle))) AS n;

SELECT CASE WHEN wrong = 0 AND rows > 10000 THEN 'ok' ELSE 'not ok' END || format(' - %s, seed %s: %s rows of %s charts, %s of them not alike', function, :seed, rows, charts, wrong)
FROM (SELECT split_part(what, ',', 1) AS function, count(*) AS rows, count(DISTINCT (what, shop)) AS charts,
		count(*) FILTER (WHERE ((e).at, (e).size, (e).part, (e).rate, (e).signal) IS DISTINCT FROM ((o).at, (o).size, (o).part, (o).rate, (o).signal)
			OR NOT pg_temp.near((e).center, (o).center) OR NOT pg_temp.near((e).lower, (o).lower) OR NOT pg_temp.near((e).upper, (o).upper)
			OR NOT pg_temp.near((e).z, (o).z)) AS wrong
	FROM (SELECT what, shop, extension AS e, oracle AS o FROM compared) AS c GROUP BY 1) AS f ORDER BY function;
SELECT format('# %s, shop %s: %s, plain %s', what, shop, extension, oracle) FROM compared WHERE extension::text IS DISTINCT FROM oracle::text
	AND ((extension).at, (extension).signal) IS DISTINCT FROM ((oracle).at, (oracle).signal) LIMIT 3;
SELECT CASE WHEN count(*) = 5 AND min(n) > 20 THEN 'ok' ELSE 'not ok' END || ' - every signal, and none, is among them: '
	|| string_agg(format('%s %s', n, coalesce(signal, 'none')), ', ' ORDER BY n)
FROM (SELECT (extension).signal, count(*) AS n FROM compared WHERE (extension).center IS NOT NULL GROUP BY 1) AS s;
