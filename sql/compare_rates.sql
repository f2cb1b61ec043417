-- Whether two rates differ: compare_rates; a rate with its interval: wilson_interval.  test/r compares both with R.
SET extra_float_digits = 0;

SELECT rate_a, rate_b, round(difference::numeric, 12) AS difference, round(ci_low::numeric, 6) AS ci_low,
	round(ci_high::numeric, 6) AS ci_high, round(p_value::numeric, 6) AS p_value FROM compare_rates(56, 70, 48, 80);
-- Newcombe's examples, intervals of his method 10 (Statistics in Medicine 17 (1998) 873-890, table II)
SELECT x_a, n_a, x_b, n_b, round(ci_low::numeric, 4) AS low, round(ci_high::numeric, 4) AS high,
	(round(ci_low::numeric, 4), round(ci_high::numeric, 4)) = (published_low, published_high) AS as_published
FROM (VALUES (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
	(5, 56, 0, 29, -0.0381, 0.1926), (0, 10, 0, 20, -0.1611, 0.2775), (0, 10, 0, 10, -0.2775, 0.2775),
	(10, 10, 0, 20, 0.6791, 1.0000), (10, 10, 0, 10, 0.6075, 1.0000)) t(x_a, n_a, x_b, n_b, published_low, published_high),
	compare_rates(x_a, n_a, x_b, n_b);
-- the other way round: the same with the sign turned
SELECT count(*) AS wrong FROM generate_series(0, 12) x, generate_series(0, 9) y, compare_rates(x, 12, y, 9) a,
	compare_rates(y, 9, x, 12) b
WHERE (a.rate_a, a.rate_b, a.p_value) IS DISTINCT FROM (b.rate_b, b.rate_a, b.p_value) OR a.difference <> -b.difference
	OR a.ci_low <> -b.ci_high OR a.ci_high <> -b.ci_low
	OR NOT (-1 <= a.ci_low AND a.ci_low <= a.difference AND a.difference <= a.ci_high AND a.ci_high <= 1)
	OR a.ci_low = a.ci_high OR NOT a.p_value BETWEEN 0 AND 1;
-- in plain SQL, from the Wilson intervals of cohorts() and the chi-square of the four counts
CREATE TEMP TABLE wilson AS
SELECT x, n, c.retention_rate AS p, ci_low AS l, ci_high AS u FROM (VALUES (12), (30)) s(n), generate_series(0, n) x,
	LATERAL cohorts((SELECT retention_agg(i, make_date(2020 + t, 1, 1), 'year') FROM generate_series(1, n) i,
		generate_series(0, CASE WHEN i <= x THEN 1 ELSE 0 END) t), '2022-01-01') c WHERE age = 1;
SELECT count(*) AS pairs, count(*) FILTER (WHERE abs(a.p - b.p - sqrt((a.p - a.l) ^ 2 + (b.u - b.p) ^ 2) - ci_low) > 1e-14
		OR abs(a.p - b.p + sqrt((a.u - a.p) ^ 2 + (b.p - b.l) ^ 2) - ci_high) > 1e-14) AS wrong
FROM wilson a, wilson b, compare_rates(a.x, a.n, b.x, b.n);
SELECT p_value IS NULL AS nothing_to_tell, count(*), min(x_a + x_b), max(x_a + x_b),
	-- chi-square = n (ad - bc)² / ..., of one degree of freedom; 3.841459 is its 95 % point
	bool_and((42 * (x_a * (30 - x_b) - x_b * (12 - x_a)) ^ 2 / ((x_a + x_b) * (42 - x_a - x_b) * 12 * 30) > 3.841459)
		= (p_value < 0.05)) AS as_chi_square, bool_or(p_value < 0.05) AS significant, bool_or(p_value > 0.05) AS not_significant
FROM (SELECT x_a, x_b, p_value FROM generate_series(0, 12) x_a, generate_series(0, 30) x_b, compare_rates(x_a, 12, x_b, 30)) t
WHERE x_a + x_b BETWEEN 1 AND 41 OR p_value IS NOT NULL GROUP BY 1;
-- nobody or everybody succeeded: no p-value; a group of nobody: no rate and nothing about it; NULL: NULL
SELECT x_a, n_a, x_b, n_b, rate_a, rate_b, difference, round(ci_low::numeric, 4) AS low, round(ci_high::numeric, 4) AS high,
	p_value
FROM (VALUES (0, 5, 0, 7), (5, 5, 7, 7), (0, 0, 3, 4), (3, 4, 0, 0), (0, 0, 0, 0), (NULL, 70, 48, 80), (56, NULL, 48, 80),
	(56, 70, NULL, 80), (56, 70, 48, NULL)) t(x_a, n_a, x_b, n_b), compare_rates(x_a, n_a, x_b, n_b);
-- large counts, and rates so different that chance is out of the question
SELECT rate_a, round(difference::numeric, 12) AS difference, p_value < 1e-100 AS never, p_value > 0 AS but_not_0
FROM compare_rates(600000, 1000000, 500000, 1000000)
UNION ALL SELECT rate_a, round(difference::numeric, 12), p_value < 1e-100, p_value > 0
FROM compare_rates(9223372036854775807, 9223372036854775807, 0, 9223372036854775807);
SELECT difference, p_value FROM compare_rates(1, 3, 3000000000000000000, 9000000000000000000);
-- nearly all of 2^60, or of more: the same as for those who did not succeed, and as chi-square of exact numbers says
WITH counts AS (
	SELECT n::bigint AS n_a, m::bigint AS n_b, x_a::bigint, x_b::bigint
	FROM (VALUES (1152921504606846976, 1152921504606846976), (9223372036854775807, 9223372036854775807),
		(9223372036854775807, 1000), (1000000, 2000000)) s(n, m), (VALUES (0, 1), (1, 0), (1, 2), (10, 20), (100, 50), (500, 501)) f(x_a, x_b)
), exact AS (
	SELECT *, (n_a::numeric + n_b) * (x_a::numeric * (n_b - x_b) - x_b::numeric * (n_a - x_a)) ^ 2
			/ ((x_a + x_b) * ((n_a - x_a)::numeric + (n_b - x_b)) * n_a * n_b) AS chi_square FROM counts
)
SELECT count(*), count(DISTINCT a.p_value) > 10 AS different,
	count(*) FILTER (WHERE a.p_value IS DISTINCT FROM b.p_value OR NOT a.p_value BETWEEN 0 AND 1) AS not_alike,
	-- 0.454936, 3.841459 and 10.827566 are the chi-square of p = 0.5, 0.05 and 0.001
	count(*) FILTER (WHERE (chi_square > 0.454936, chi_square > 3.841459, chi_square > 10.827566)
		<> (a.p_value < 0.5, a.p_value < 0.05, a.p_value < 0.001)) AS wrong
FROM exact, compare_rates(x_a, n_a, x_b, n_b) a, compare_rates(n_a - x_a, n_a, n_b - x_b, n_b) b;
SELECT round(p_value::numeric, 12) FROM compare_rates(1152921504606846966, 1152921504606846976, 1152921504606846956, 1152921504606846976)
UNION ALL SELECT round(p_value::numeric, 12) FROM compare_rates(4611686018427387904, 9223372036854775807, 4611686018427387904 - 3000000000, 9223372036854775807);
-- not counts
SELECT * FROM compare_rates(-1, 5, 1, 5);
SELECT * FROM compare_rates(1, 5, -2, 5);
SELECT * FROM compare_rates(6, 5, 1, 5);
SELECT * FROM compare_rates(1, 5, 6, 5);
SELECT * FROM compare_rates(0, -1, 1, 5);

-- of 95 %, every bit as in cohorts(), and in compare_rates
SELECT count(*) AS rates, count(*) FILTER (WHERE (rate, ci_low, ci_high) IS DISTINCT FROM (p, l, u)) AS wrong
FROM wilson, wilson_interval(x, n);
SELECT count(*) AS pairs, count(*) FILTER (WHERE (ci_low_a, ci_high_a, ci_low_b, ci_high_b) IS DISTINCT FROM (a.l, a.u, b.l, b.u)) AS wrong
FROM wilson a, wilson b, compare_rates(a.x, a.n, b.x, b.n);
-- the point of the normal distribution behind it, which z² = n (p - l)² / (l (1 - l)) gives back
SELECT confidence, round((sqrt(1000000 * (0.5 - ci_low) ^ 2 / (ci_low * (1 - ci_low))))::numeric, 9) AS z
FROM unnest('{0.5, 0.6826894921370859, 0.9, 0.95, 0.99, 0.999, 0.999999, 0.9999999999}'::float8[]) confidence,
	wilson_interval(500000, 1000000, confidence);
-- it grows with the confidence, as far as that goes
SELECT count(*) AS confidences, count(*) FILTER (WHERE ci_low > rate OR ci_high < rate OR ci_low < 0 OR ci_high > 1) AS outside,
	count(*) FILTER (WHERE ci_low > low_before OR ci_high < high_before) AS shrunk, min(ci_low) > 0 AS above_0, max(ci_high) < 1 AS below_1
FROM (SELECT w.*, lag(ci_low) OVER (ORDER BY confidence) AS low_before, lag(ci_high) OVER (ORDER BY confidence) AS high_before
	FROM (SELECT i / 1000.0::float8 AS confidence FROM generate_series(1, 999) i
		UNION ALL SELECT 10 ^ -i::float8 FROM generate_series(4, 323) i UNION ALL SELECT 4.94065645841247e-324
		UNION ALL SELECT 1 - 2 ^ -i::float8 FROM generate_series(10, 53) i) c, wilson_interval(3, 10, confidence) w) t;
-- nobody, everybody, nobody to count, NULL
SELECT * FROM (VALUES (0, 5), (5, 5), (0, 0), (NULL, 5), (5, NULL)) t(successes, size), wilson_interval(successes, size);
SELECT * FROM wilson_interval(1, 2, NULL);
-- not counts, not a confidence
SELECT * FROM wilson_interval(-1, 5);
SELECT * FROM wilson_interval(6, 5);
SELECT * FROM wilson_interval(0, -1);
SELECT * FROM wilson_interval(1, 5, 0);
SELECT * FROM wilson_interval(1, 5, 1);
SELECT * FROM wilson_interval(1, 5, 95);
SELECT * FROM wilson_interval(1, 5, 'NaN');

DROP TABLE wilson;
