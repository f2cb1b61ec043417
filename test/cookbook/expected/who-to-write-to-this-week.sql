-- The recipe has dates of the fixed shop.
WITH fitted AS MATERIALIZED (
	SELECT mbgnbd_fit(c) AS m, gamma_gamma_fit(c) AS s FROM (SELECT rfm_agg(history, '2025-01-16') AS c FROM histories) x
), p AS MATERIALIZED (
	SELECT max(estimate) FILTER (WHERE parameter = 'r') AS r, max(estimate) FILTER (WHERE parameter = 'alpha') AS alpha,
		max(estimate) FILTER (WHERE parameter = 'a') AS a, max(estimate) FILTER (WHERE parameter = 'b') AS b,
		max(estimate) FILTER (WHERE parameter = 'p') AS p, max(estimate) FILTER (WHERE parameter = 'q') AS q,
		max(estimate) FILTER (WHERE parameter = 'gamma') AS gamma
	FROM fitted, LATERAL (SELECT * FROM model_parameters(m) UNION ALL SELECT * FROM model_parameters(s)) e
), chances AS (
	SELECT now.customer_id, now.last_day, spend_of(p.p, q, gamma, now.x, now.money) AS spend,
		1 / (1 + a / (b + before.x) * ((alpha + before.t) / (alpha + before.t_x)) ^ (r + before.x)) AS week_ago,
		1 / (1 + a / (b + now.x) * ((alpha + now.t) / (alpha + now.t_x)) ^ (r + now.x)) AS now
	FROM buyers('2025-01-16') now JOIN buyers('2025-01-09') before USING (customer_id), p
)
SELECT customer_id, last_day, round(week_ago::numeric, 3), round(now::numeric, 3), round(spend::numeric, 2),
	round(((week_ago - now) * spend)::numeric, 2)
FROM chances WHERE now < week_ago ORDER BY (week_ago - now) * spend DESC, customer_id LIMIT 10;
