-- The extension against the figures of R in this session's tables, to nine digits; a line "ok - ..." or
-- "not ok - ..." for each data set. None is recorded for random ones.

\pset tuples_only on
\pset format unaligned

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-9 * greatest(abs(a), abs(b)), false);

CREATE TEMP TABLE ours AS
SELECT data, t.*
FROM (SELECT data, as_of, retention_agg(customer, day, 'month') AS summary
	FROM orders JOIN data_set USING (data) GROUP BY data, as_of) AS s, time_to_repeat(summary, as_of) AS t;

SELECT CASE WHEN bool_and(of.data IS NOT NULL AND (f.days IS NULL AND o.days IS NULL
			OR (f.days, f.n_risk, f.n_event, f.n_censored)
				IS NOT DISTINCT FROM (o.days, o.n_risk, o.n_event, o.n_censored)
			AND pg_temp.near(f.repeat_probability, o.repeat_probability) AND pg_temp.near(f.std_error, o.std_error)
			AND pg_temp.near(f.ci_low, o.ci_low) AND pg_temp.near(f.ci_high, o.ci_high)))
		THEN 'ok' ELSE 'not ok' END
	|| format(' - time_to_repeat: survfit, %s (%s)', data, :'whose')
FROM data_set LEFT JOIN figure_set AS of USING (data)
	LEFT JOIN (repeat_figure AS f FULL JOIN ours AS o USING (data, days)) USING (data)
WHERE of.data IS NOT NULL OR :'whose' <> 'recorded' OR data NOT LIKE 'random %'
GROUP BY data ORDER BY data;

SELECT CASE WHEN count(*) > 0 AND bool_and(pg_temp.near(f.p_value, c.p_value)) THEN 'ok' ELSE 'not ok' END
	|| format(' - compare_rates: prop.test, %s pairs (%s)', count(*), :'whose')
FROM rate_figure AS f, compare_rates(x_a, n_a, x_b, n_b) AS c;
