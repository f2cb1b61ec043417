-- The extension against the figures of R in this session's tables, to nine digits; a line "ok - ..." or
-- "not ok - ..." for each data set. None is recorded for random ones.

\pset tuples_only on
\pset format unaligned

CREATE FUNCTION pg_temp.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN a IS NOT DISTINCT FROM b OR coalesce(abs(a - b) <= 1e-9 * greatest(abs(a), abs(b)), false);

CREATE TEMP TABLE summary AS
SELECT data, as_of, retention_agg(customer, day, 'month') AS summary
FROM orders JOIN data_set USING (data) GROUP BY data, as_of;
CREATE TEMP TABLE ours AS SELECT data, t.* FROM summary, time_to_repeat(summary, as_of) AS t;

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

-- Of what was counted from the times themselves nothing may differ: not even in the last bit.
CREATE TEMP TABLE counted AS SELECT data, survival_agg(time, status = 1) AS times FROM watched GROUP BY data;
SELECT CASE WHEN count(*) > 0 AND bool_and(c.curve IS NOT DISTINCT FROM s.curve) THEN 'ok' ELSE 'not ok' END
	|| format(' - survival_curve: time_to_repeat, %s data sets', count(*))
FROM (SELECT data, (SELECT array_agg(t) FROM survival_curve(times) AS t) AS curve FROM counted) AS c
	JOIN (SELECT data, (SELECT array_agg(t) FROM time_to_repeat(summary, as_of) AS t) AS curve FROM summary) AS s USING (data);

SELECT CASE WHEN count(*) > 0 AND bool_and((f.n_risk, f.n_event) IS NOT DISTINCT FROM (a.n_risk, a.n_event)
			AND pg_temp.near(f.repeat_probability, a.repeat_probability) AND pg_temp.near(f.std_error, a.std_error)
			AND pg_temp.near(f.ci_low, a.ci_low) AND pg_temp.near(f.ci_high, a.ci_high)
			AND a IS NOT DISTINCT FROM s) THEN 'ok' ELSE 'not ok' END
	|| format(' - survival_at: summary of survfit at %s days (%s)', count(*), :'whose')
FROM at_figure AS f JOIN counted USING (data) JOIN summary USING (data)
	LEFT JOIN LATERAL survival_at(times, (SELECT array_agg(days) FROM at_figure AS all_days WHERE all_days.data = f.data)) AS a
		ON a.days = f.days
	LEFT JOIN LATERAL survival_at(summary, (SELECT array_agg(days) FROM at_figure AS all_days WHERE all_days.data = f.data), as_of) AS s
		ON s.days = f.days;

SELECT CASE WHEN count(*) > 0 AND bool_and((f.days, f.ci_low, f.ci_high) IS NOT DISTINCT FROM (q.days, q.ci_low, q.ci_high)
			AND q IS NOT DISTINCT FROM s) THEN 'ok' ELSE 'not ok' END
	|| format(' - survival_quantile: quantile of survfit at %s shares (%s)', count(*), :'whose')
FROM quantile_figure AS f JOIN counted USING (data) JOIN summary USING (data), survival_quantile(times, p) AS q,
	survival_quantile(summary, p, as_of) AS s;

-- To ten digits; where there is next to no difference, as many of what it is the difference of.
CREATE FUNCTION pg_temp.alike(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(abs(a - b) <= 1e-10 * greatest(abs(a), abs(b)) + 1e-14, false);
CREATE TEMP TABLE grouped AS
SELECT data, k, customer % k AS rest, survival_agg(time, status = 1) AS times FROM watched, unnest('{2,3,7}'::int[]) AS k GROUP BY 1, 2, 3;
CREATE TEMP TABLE log_rank AS
SELECT data, k, rests[group_number] AS rest, c.* FROM (SELECT data, k, array_agg(times ORDER BY rest) AS times, array_agg(rest ORDER BY rest) AS rests
	FROM grouped GROUP BY data, k) AS g, compare_survival(times) AS c;
SELECT CASE WHEN count(*) > 0 AND bool_and((f.customers, f.events, f.df) IS NOT DISTINCT FROM (c.customers, c.events, c.df)
			AND pg_temp.alike(f.expected, c.expected) AND pg_temp.alike(f.chi2, c.chi2)
			AND abs(f.p_value - c.p_value) <= 1e-10 * f.p_value) THEN 'ok' ELSE 'not ok' END
	|| format(' - compare_survival: survdiff, %s groups of %s tests (%s)', count(*), count(DISTINCT (data, k)), :'whose')
FROM log_rank_figure AS f LEFT JOIN log_rank AS c USING (data, k, rest);
-- Of summaries in groups: bit by bit the same.
SELECT CASE WHEN count(*) > 0 AND bool_and(c IS NOT DISTINCT FROM l) THEN 'ok' ELSE 'not ok' END
	|| format(' - compare_time_to_repeat: compare_survival, %s groups', count(*))
FROM (SELECT data, k, as_of, array_agg(summary ORDER BY rest) AS summaries FROM (
		SELECT data, as_of, k, customer % k AS rest, retention_agg(customer, day, 'month') AS summary
		FROM orders JOIN data_set USING (data), unnest('{2,3,7}'::int[]) AS k GROUP BY 1, 2, 3, 4) AS g GROUP BY 1, 2, 3) AS s,
	compare_time_to_repeat(summaries, as_of) AS c
	JOIN LATERAL (SELECT g.* FROM (SELECT array_agg(times ORDER BY rest) AS times FROM grouped WHERE (data, k) = (s.data, s.k)) AS t, compare_survival(times) AS g) AS l USING (group_number);

SELECT CASE WHEN count(*) > 0 AND bool_and(pg_temp.near(f.p_value, c.p_value)) THEN 'ok' ELSE 'not ok' END
	|| format(' - compare_rates: prop.test, %s pairs (%s)', count(*), :'whose')
FROM rate_figure AS f, compare_rates(x_a, n_a, x_b, n_b) AS c;

-- Of a bound that is 0 or 1 or nearly so R keeps a difference of two numbers that are not.
SELECT CASE WHEN count(*) > 0 AND bool_and(abs(f.ci_low - w.ci_low) <= 1e-9 * f.ci_low + 1e-15
			AND abs(f.ci_high - w.ci_high) <= 1e-9 * f.ci_high) THEN 'ok' ELSE 'not ok' END
	|| format(' - wilson_interval: prop.test, %s intervals (%s)', count(*), :'whose')
FROM wilson_figure AS f, wilson_interval(successes, size, confidence) AS w;

-- Where neither side is more likely, fisher.test may be on either.
CREATE TABLE two_by_two AS
SELECT number, row_number() OVER (PARTITION BY number) AS basket, cell FROM (SELECT *, row_number() OVER () AS number FROM g2_figure) AS f,
	LATERAL (VALUES (k11, '{a,b}'::text[]), (k12, '{a}'), (k21, '{b}'), (k22, '{c}')) AS c (n, cell), generate_series(1, n);
CREATE VIEW two_by_two_line AS SELECT number, basket, product FROM two_by_two, unnest(cell) AS product;
SELECT CASE WHEN count(*) > 60 AND bool_and(abs(f.g2 - t.g2) <= 1e-9 * abs(f.g2) + 1e-11 AND abs(f.p_value - t.p_value) <= 1e-8 * f.p_value + 1e-300
			AND chisq = sign(t.g2) AND (fisher = sign(t.g2) OR abs(t.g2) < 0.1)) THEN 'ok' ELSE 'not ok' END
	|| format(' - bought_together: G2 by hand, direction by fisher.test and chisq.test, %s tables (%s)', count(t.*), :'whose')
FROM (SELECT *, row_number() OVER () AS number FROM g2_figure) AS f
	LEFT JOIN LATERAL (SELECT * FROM bought_together('two_by_two_line', 'basket', 'product', min_orders => 1, filter => format('number = %s', number))
		WHERE (product, other) = ('a', 'b')) AS t ON true;
DROP VIEW two_by_two_line;
DROP TABLE two_by_two;
