-- The recipe has dates of the fixed shop.
-- Members by months since they joined, and S(t) of sBG as the product of (beta + i - 1) / (alpha + beta + i - 1); BdW's, and the months to
-- come, have their tests with the models.
WITH member AS (
	SELECT account_id, month_number(starts_on) AS first, least(coalesce(month_number(ends_on - 1), 2024 * 12 + 11), 2024 * 12 + 11) AS last
	FROM memberships WHERE starts_on >= '2023-01-01' AND starts_on < '2025-01-01'
), summed AS MATERIALIZED (
	SELECT retention_agg(account_id, month_start(m), 'month') AS now, retention_agg(account_id, month_start(m), 'month') FILTER (WHERE m < 2024 * 12) AS before
	FROM member, generate_series(first, last) m
), fitted AS MATERIALIZED (
	SELECT sbg_fit(now, '2025-01-01') AS now, sbg_fit(before, '2024-01-01') AS sbg, bdw_fit(before, '2024-01-01') AS bdw FROM summed
), p AS (
	SELECT (SELECT estimate FROM model_parameters(sbg) WHERE parameter = 'alpha') AS a, (SELECT estimate FROM model_parameters(sbg) WHERE parameter = 'beta') AS b,
		(SELECT estimate FROM model_parameters(now) WHERE parameter = 'alpha') AS now_a, (SELECT estimate FROM model_parameters(now) WHERE parameter = 'beta') AS now_b FROM fitted
)
SELECT age, CASE WHEN age <= 12 THEN (SELECT round(100.0 * count(*) FILTER (WHERE last - first >= age) / count(*), 1) FROM member WHERE first < 2024 * 12) END,
	round((100 * coalesce((SELECT exp(sum(ln((b + i - 1) / (a + b + i - 1)))) FROM generate_series(1, age) i), 1))::numeric, 1),
	round((100 * survival(bdw, age))::numeric, 1),
	round((100 * coalesce((SELECT exp(sum(ln((now_b + i - 1) / (now_a + now_b + i - 1)))) FROM generate_series(1, age) i), 1))::numeric, 1),
	round(residual_lifetime(now, age, 0.01)::numeric, 1)
FROM p, fitted, generate_series(0, 24, 3) age ORDER BY age;
