-- Random shops and their summaries, and control charts in plain SQL.
-- psql variables: seed.

SELECT setseed(:seed / 2147483648.0) \g /dev/null

-- Of each shop: its rate, by how much cohorts differ, from where on it is another one. Some shops have cohorts of a few.
CREATE TABLE shop AS
SELECT shop, (ARRAY['day', 'week', 'month'])[1 + shop % 3] AS unit, 10 + floor(random() * 40)::int AS cohorts,
	CASE WHEN shop % 7 = 0 THEN 2 ELSE 30 + random() * 100 END AS size, 0.05 + 0.6 * random() AS rate, random() ^ 2 * 0.1 AS spread,
	CASE WHEN shop % 2 = 0 THEN 8 + floor(random() * 30)::int ELSE 100 END AS change_at, (random() - 0.5) * 0.6 AS change
FROM generate_series(1, 150) AS shop;
CREATE TABLE orders AS
SELECT shop, unit, customer, (date '2020-01-06' + make_interval(days => CASE unit WHEN 'day' THEN 1 WHEN 'week' THEN 7 ELSE 0 END * (i + age),
		months => CASE unit WHEN 'month' THEN i + age ELSE 0 END))::date AS day
FROM (SELECT shop, unit, cohorts, i, row_number() OVER () AS customer,
		greatest(0, least(1, rate + noise + CASE WHEN i >= change_at THEN change ELSE 0 END)) AS rate
	FROM (SELECT *, (random() + random() - 1) * 2 * spread AS noise, 1 + floor(random() * 2 * size)::int AS customers
		FROM shop, generate_series(0, cohorts) AS i OFFSET 0) AS c, generate_series(1, customers)) AS c,
	generate_series(0, 2) AS age
WHERE age = 0 OR random() < rate;
CREATE TABLE summary AS SELECT shop, retention_agg(customer, day, unit) AS summary, max(day) + 1 + (shop % 4) * 20 AS as_of FROM orders GROUP BY shop;
-- Cohorts and ages without calendar.
INSERT INTO summary
SELECT 1000 + shop, retention_agg(history, unit, '10 days'), NULL
FROM (SELECT shop, unit, history_agg(day) AS history FROM orders WHERE shop % 10 = 0 GROUP BY shop, unit, customer) AS h GROUP BY shop, unit;

CREATE TYPE rate AS (at date, size bigint, part bigint);
CREATE TYPE chart_row AS (at date, size bigint, part bigint, rate float8, center float8, lower float8, upper float8, z float8, signal text);

-- t(.995; .62 (m - 1)) of m from 8 on, by mpmath; from m = 26 on the limits are three.
CREATE FUNCTION limit_width(m bigint) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN CASE WHEN m > 25 THEN 3 ELSE greatest(3, (ARRAY[4.3668687083056993208, 4.0489295565565826385, 3.8248078866703765599, 3.6588146216095697426,
	3.5311733652232328589, 3.430095796423644346, 3.348141734363496929, 3.2803944178898047274, 3.2234796594331351845, 3.1750076854533663472,
	3.1332400752786599071, 3.0968828820674857609, 3.0649536366044940088, 3.0366932634708370849, 3.0115062032258464488, 2.9889187625493310762,
	2.9685495459417286119, 2.9500880776954498186])[m - 7]::float8 * sqrt(1 + 1.0::float8 / m)) END;

CREATE FUNCTION plain_chart(rates rate[], baseline int) RETURNS SETOF chart_row LANGUAGE sql STABLE AS $$
	WITH r AS (
		SELECT i, at, size AS n, part AS x, part / size::float8 AS rate FROM unnest(rates) WITH ORDINALITY AS u (at, size, part, i)
	), basis AS (
		SELECT r.i, m, p, (SELECT greatest(1, avg(abs(z - before)) / 1.128) FROM (
				SELECT (b.rate - p) / sqrt(p * (1 - p) / b.n) AS z, lag((b.rate - p) / sqrt(p * (1 - p) / b.n)) OVER (ORDER BY b.i) AS before
				FROM r AS b WHERE b.i <= m) AS moved) AS s_z
		FROM r, LATERAL (SELECT coalesce(baseline, r.i - 1) AS m) AS of_m, LATERAL (SELECT sum(x)::float8 / sum(n)::float8 AS p FROM r AS b WHERE b.i <= m) AS of_p
		WHERE m >= 8 AND r.i > m AND p > 0 AND p < 1
	), judged AS (
		SELECT r.*, p, greatest(0, p - limit_width(m) * sqrt(p * (1 - p) / n) * s_z) AS lower, least(1, p + limit_width(m) * sqrt(p * (1 - p) / n) * s_z) AS upper,
			(rate - p) / (sqrt(p * (1 - p) / n) * s_z) AS z, coalesce(sign(rate - p), 0) AS side
		FROM r LEFT JOIN basis USING (i)
	)
	-- greatest and least pass over a NULL
	SELECT at, n, x, rate, p, CASE WHEN p > 0 THEN lower END, CASE WHEN p > 0 THEN upper END, z, CASE WHEN p IS NULL THEN NULL WHEN rate > upper THEN 'above' WHEN rate < lower THEN 'below'
		WHEN side <> 0 AND i >= 8 AND (SELECT count(*) FROM judged AS b WHERE b.i BETWEEN j.i - 7 AND j.i AND b.side = j.side) = 8
		THEN CASE side WHEN 1 THEN 'run above' ELSE 'run below' END END
	FROM judged AS j ORDER BY i;
$$;
