-- Models of contracts: sbg_fit, bdw_fit, and what they expect. test/model has more figures.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- So many of a thousand customers order in each of eight months: "Regular" of Fader and Hardie (2007), table 1.
CREATE FUNCTION pg_temp.lasting(survivors int[], start date) RETURNS TABLE (customer int, day date) LANGUAGE sql AS
	$$SELECT g, (start + (a - 1) * interval '1 month' + g % 28 * interval '1 day')::date
	FROM unnest(survivors) WITH ORDINALITY s(n, a), generate_series(1, n) g$$;
CREATE TEMP TABLE regular AS SELECT retention_agg(customer, day, 'month') AS s
	FROM pg_temp.lasting('{1000,631,468,382,326,289,262,241}', '2023-01-01');
CREATE TEMP TABLE m AS SELECT s, sbg_fit(s, '2023-09-01') AS sbg, bdw_fit(s, '2023-09-01') AS bdw FROM regular;
SELECT i.model, p.parameter, round(estimate::numeric, 5) AS estimate, std_error > 0 AND ci_low < estimate AND estimate < ci_high AS inside,
	round(log_likelihood::numeric, 4) AS ll, customers, repeat_customers, left_out, gradient < 1e-9 AS stationary, status
	FROM m, LATERAL (SELECT sbg UNION ALL SELECT bdw) f(f), model_info(f) i, model_parameters(f) p;
SELECT (SELECT log_likelihood FROM model_info(bdw)) > (SELECT log_likelihood FROM model_info(sbg)) AS better FROM m;
-- the month that is running is not complete, nor is one after the last order without as_of
SELECT replace(sbg_fit(s, '2023-08-31')::text, '2023-08-31', '2023-08-29') = sbg_fit(s)::text AS same, sbg_fit(s, '2023-08-29') = sbg_fit(s) AS by_default,
	sbg_fit(s, '2023-09-01') <> sbg_fit(s) AS more, (SELECT repeat_customers FROM model_info(sbg_fit(s))) AS left_to_july
	FROM (SELECT retention_agg(customer, day, 'month') AS s FROM pg_temp.lasting('{1000,631,468,382,326,289,262,241}', '2023-01-01')) x;

-- Survival is the product of retention, sBG's (beta + age - 1) / (alpha + beta + age - 1).
CREATE TEMP TABLE p AS SELECT sbg, bdw, (SELECT estimate FROM model_parameters(sbg) WHERE parameter = 'alpha') AS alpha,
	(SELECT estimate FROM model_parameters(sbg) WHERE parameter = 'beta') AS beta FROM m;
SELECT max(abs(retention_at(sbg, a) / ((beta + a - 1) / (alpha + beta + a - 1)) - 1)) < 1e-14 AS retention,
	max(abs(survival(sbg, a) / (survival(sbg, a - 1) * retention_at(sbg, a)) - 1)) < 1e-13 AS sbg,
	max(abs(survival(bdw, a) / (survival(bdw, a - 1) * retention_at(bdw, a)) - 1)) < 1e-13 AS bdw FROM p, generate_series(1, 300) a;
SELECT a, round(survival(sbg, a)::numeric, 4) AS sbg, round(survival(bdw, a)::numeric, 4) AS bdw FROM p, unnest('{0,1,7,12}'::int[]) a;
-- the residual lifetime against the sum of its terms, by the definition
SELECT a, d, round(residual_lifetime(sbg, a, d)::numeric, 4) AS sbg, abs(residual_lifetime(sbg, a, d) / sbg_sum - 1) < 1e-9 AS sbg_same,
	abs(residual_lifetime(bdw, a, d) / bdw_sum - 1) < 1e-9 AS bdw_same
	FROM p, (VALUES (0, 0.1), (5, 0.01), (40, 0.02)) v(a, d), LATERAL (SELECT sum(survival(sbg, a + k) / survival(sbg, a) * (1 + d::float8) ^ (1 - k)) AS sbg_sum,
		sum(survival(bdw, a + k) / survival(bdw, a) * (1 + d::float8) ^ (1 - k)) AS bdw_sum FROM generate_series(1, 4000) k) x;
-- without a discount (beta + age) / (alpha - 1), infinite up to alpha = 1
CREATE FUNCTION pg_temp.model(kind text, parameters text) RETURNS retention_survival_model LANGUAGE sql IMMUTABLE AS
	$$SELECT (kind || ' ' || parameters || ' status=ok as_of=2024-01-01 customers=1 repeat_customers=1 left_out=0 iterations=1 log_likelihood=-1 gradient=0')::retention_survival_model$$;
SELECT residual_lifetime(sbg, 3, 0) AS none FROM p;
SELECT parameters, a, round((residual_lifetime(m, a, 0) / expected)::numeric, 8) AS part
	FROM (VALUES ('alpha=3 beta=2', 0, 1.0::float8), ('alpha=1.001 beta=2', 7, 9000), ('alpha=1.5 beta=100000', 2000000000, 4000200000), ('alpha=2 beta=1e-6', 0, 1e-6),
		('alpha=40 beta=1e10', 12, 1e10 / 39)) v(parameters, a, expected), pg_temp.model('sbg', parameters) m;
-- c = 1 is sBG; what is far out of all data ends
SELECT max(abs(survival(pg_temp.model('bdw', 'alpha=0.7 beta=1.2 c=1'), a) / survival(pg_temp.model('sbg', 'alpha=0.7 beta=1.2'), a) - 1)) AS off FROM generate_series(0, 50) a;
SELECT parameters, survival(m, 2000000000) BETWEEN 0 AND 1 AS survival, retention_at(m, 2000000000) BETWEEN 0 AND 1 AS retention,
	residual_lifetime(m, 0, 0) >= 0 AS lifetime, residual_lifetime(m, 2000000000, 0.001) BETWEEN 0 AND 1001.000001 AS discounted
	FROM unnest('{alpha=1e30 beta=1e-30 c=1e30,alpha=1e-30 beta=1e30 c=1e-30,alpha=1e30 beta=1e30 c=1,alpha=1e-30 beta=1e-30 c=1e30,alpha=0.5 beta=3 c=60,alpha=1e30 beta=1e30 c=1e-30}'::text[]) parameters, pg_temp.model('bdw', parameters) m;

-- What the fit is of, from the cells that cohorts() shows: who left with an age, and who was left at the last complete one.
CREATE FUNCTION pg_temp.off(s retention_summary, as_of date) RETURNS float8 LANGUAGE sql AS $$
	WITH model AS MATERIALIZED (SELECT bdw_fit(s, as_of) AS m), cell AS (SELECT cohort, age, streak_customers AS n FROM cohorts(s, as_of) c WHERE complete
		AND NOT EXISTS (SELECT FROM cohorts(s, as_of) b WHERE b.cohort = c.cohort AND b.age < c.age AND NOT b.complete)),
	term AS (SELECT age, lag(n) OVER w - n AS gone, CASE WHEN lead(n) OVER w IS NULL THEN n ELSE 0 END AS stayed FROM cell WINDOW w AS (PARTITION BY cohort ORDER BY age))
	SELECT abs((SELECT log_likelihood FROM model, model_info(m)) / (SELECT sum(stayed * ln(survival(m, age)) + CASE WHEN gone > 0 THEN gone * ln(survival(m, age - 1) - survival(m, age)) ELSE 0 END)
		FROM term, model) - 1) $$;
CREATE TEMP TABLE orders AS SELECT g AS customer, g % 3 AS part, date '2023-01-01' + g % 150 AS joined, date '2023-01-01' + g % 150 + (g * 7 + k * k * 5 + k * 17) % (30 + g % 40) + k * 28 AS day
	FROM generate_series(1, 900) g, generate_series(0, 11) k WHERE k = 0 OR (g * 31 + g * g % 17) % 23 > k * 2;
SET client_min_messages = error;
SELECT n, pg_temp.off(s, '2024-04-01') < 1e-12 AS same FROM (SELECT 'months' AS n, retention_agg(customer, day, 'month') AS s FROM orders
	UNION ALL SELECT 'quarters', retention_agg(customer, day, 'quarter') FROM orders
	UNION ALL SELECT 'signed up', anchored_retention_agg(customer, day, joined, 'month') FROM orders WHERE day > joined
	UNION ALL SELECT 'windows', retention_agg(h, 'month', '45 days') FROM (SELECT history_agg(day) AS h FROM orders GROUP BY customer) x) y;
RESET client_min_messages;

-- Groups, filters, windows of a query, NULL and nothing.
SELECT part, (SELECT customers FROM model_info(f)) AS customers, f = (SELECT sbg_fit(retention_agg(customer, day, 'month'), '2024-04-01') FROM orders o WHERE o.part = x.part) AS alone
	FROM (SELECT part, sbg_fit(retention_agg(customer, day, 'month'), '2024-04-01') AS f FROM orders GROUP BY part) x ORDER BY part;
SELECT sbg_fit(retention_agg(customer, day, 'month') FILTER (WHERE part = 1), '2024-04-01') = (SELECT sbg_fit(retention_agg(customer, day, 'month'), '2024-04-01')
	FROM orders WHERE part = 1) AS same, sbg_fit(retention_agg(customer, day, 'month') FILTER (WHERE part = 9)) IS NULL AS nobody FROM orders;
SELECT sbg_fit(NULL) IS NULL, bdw_fit(NULL, '2024-04-01') IS NULL, survival(NULL, 1), retention_at(sbg, NULL), residual_lifetime(sbg, 1, NULL) FROM p;
SELECT count(*) FROM model_parameters(NULL::retention_survival_model);
-- sums of parts in any order are the whole
SELECT sbg_fit(sum(s), '2024-04-01') = (SELECT sbg_fit(retention_agg(customer, day, 'month'), '2024-04-01') FROM orders) AS same
	FROM (SELECT retention_agg(customer, day, 'month') AS s FROM orders GROUP BY part) x;

-- The type: text and binary there and back, equality, hash, order.
SELECT sbg::text::retention_survival_model = sbg AS sbg, bdw::text::retention_survival_model = bdw AS bdw, sbg <> bdw AS differ,
	retention_survival_model_hash(bdw) = retention_survival_model_hash(bdw::text::retention_survival_model) AS hash_same FROM p;
SELECT regexp_replace(sbg::text, '(\.\d\d\d)\d+', '\1', 'g') ~ '^sbg alpha=0.704 beta=1.182 status=ok as_of=2023-09-01 customers=1000 repeat_customers=759 ' AS readable FROM p;
CREATE TEMP TABLE copied (m retention_survival_model);
COPY (SELECT sbg FROM p UNION ALL SELECT bdw FROM p) TO PROGRAM 'cat > retention_survival_model.copy' (FORMAT binary);
COPY copied FROM PROGRAM 'cat retention_survival_model.copy && rm retention_survival_model.copy' (FORMAT binary);
SELECT count(*), count(DISTINCT c.m), bool_and(c.m IN (sbg, bdw)) AS same FROM copied c, p;
SELECT sbg::text::retention_purchase_model FROM p;
SELECT replace(sbg::text, 'sbg', 'bdw')::retention_survival_model FROM p;
SELECT replace(sbg::text, 'sbg', 'pnbd')::retention_survival_model FROM p;
SELECT pg_temp.model('sbg', 'alpha=0 beta=1');
SELECT ''::retention_survival_model;

-- What is refused, with what to do.
CREATE FUNCTION pg_temp.refused(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; hint text;
BEGIN
	EXECUTE query;
	RETURN 'was not';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || message || ' / ' || hint;
END $$;
SELECT pg_temp.refused(q) FROM unnest(ARRAY[
	'SELECT sbg_fit(s, ''2023-02-28'') FROM (SELECT retention_agg(customer, day, ''month'') AS s FROM pg_temp.lasting(''{9,5}'', ''2023-01-01'')) x',
	'SELECT sbg_fit(s, ''2023-04-01'') FROM (SELECT retention_agg(customer, day, ''month'') AS s FROM pg_temp.lasting(''{9,9,9}'', ''2023-01-01'')) x',
	'SELECT bdw_fit(s, ''2023-08-01'') FROM regular',
	'SELECT bdw_fit(s, ''infinity'') FROM regular',
	'SELECT sbg_fit(anchored_retention_agg(1, NULL::date, date ''2023-01-01'', ''month''))',
	'SELECT sbg_fit(anchored_retention_agg(1, NULL::date, date ''2023-01-01'', ''month''), ''2024-01-01'')',
	'SELECT sbg_fit(bracket_retention_agg(h, ''month'', ''{1 day,8 days}''), ''2024-04-01'') FROM (SELECT history_agg(day) AS h FROM orders GROUP BY customer) x',
	'SELECT survival(sbg, -1) FROM p', 'SELECT retention_at(sbg, 0) FROM p', 'SELECT residual_lifetime(sbg, -1, 0) FROM p',
	'SELECT residual_lifetime(sbg, 0, -0.1) FROM p', 'SELECT residual_lifetime(sbg, 0, ''NaN'') FROM p']) q;

-- Boundaries are results. One chance for all; everybody leaves at once; nobody after the first period; too few ages to tell; two customers.
SELECT (SELECT status FROM model_info(sbg_fit(s, '2023-03-01'))) FROM (SELECT retention_agg(customer, day, 'month') AS s FROM pg_temp.lasting('{2,1}', '2023-01-01')) x;
SET client_min_messages = error;
SELECT n, survivors, i.model, i.status, i.customers, round(survival(f, 1)::numeric, 2) AS first, count(p.std_error) AS errors
	FROM (VALUES ('one chance', '{8000,4000,2000,1000,500}'::int[]), ('all at once', '{1000,0,0,0}'), ('a core', '{1000,400,400,400,400}'), ('one age', '{1000,700}'),
		('two ages', '{1000,700,600}'), ('two', '{2,1,1}'), ('two, who leave', '{2,1,0}'), ('later and later', '{1000,999,990,900,500,10}')) v(n, survivors),
	LATERAL (SELECT retention_agg(customer, day, 'month') AS s FROM pg_temp.lasting(survivors, '2023-01-01')) a,
	LATERAL (SELECT sbg_fit(s, ('2023-01-01'::date + cardinality(survivors) * interval '1 month')::date) UNION ALL
		SELECT bdw_fit(s, ('2023-01-01'::date + cardinality(survivors) * interval '1 month')::date)) f(f), model_info(f) i, model_parameters(f) p
	GROUP BY n, survivors, i.model, i.status, i.customers, f ORDER BY survivors, n, i.model DESC;
RESET client_min_messages;
-- ten million customers and more are the same with less error
WITH RECURSIVE doubled(n, s) AS (SELECT 0, s FROM regular UNION ALL SELECT n + 1, s + s FROM doubled WHERE n < 14)
SELECT customers, round(estimate::numeric, 5) AS alpha, round((std_error * 128)::numeric, 4) AS error_of_1000 FROM doubled, LATERAL (SELECT sbg_fit(s, '2023-09-01') AS f) x, model_info(f) i, model_parameters(f) p
	WHERE n = 14 AND parameter = 'alpha';
SELECT round((std_error)::numeric, 4) AS error_of_1000 FROM m, model_parameters(sbg) WHERE parameter = 'alpha';
-- who has not left by the age of 1 hardly ever does: more periods to come than there are numbers
SELECT residual_lifetime('bdw alpha=1e6 beta=1 c=0.003 status=ok as_of=2024-01-01 customers=5 repeat_customers=4 left_out=0 iterations=0 log_likelihood=-1 gradient=0', age, 0) FROM unnest('{0,1}'::int[]) age;
