-- Models of repeat buying and of spend: rfm_agg, fits, predictions, holdout. test/model has their figures.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- A shop without chance in it: customers who order at rates of their own until they have enough.
CREATE FUNCTION pg_temp.part(g int, k int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT (('x' || substr(md5(g || ':' || k), 1, 7))::bit(28)::int + 0.5) / 268435456$$;
CREATE TEMP TABLE shop AS
	SELECT g AS customer, date '2024-01-01' + g % 90 + floor(sum(gap) OVER (PARTITION BY g ORDER BY k))::int AS day,
		round((5 + 60 * pg_temp.part(g, -3) * pg_temp.part(g, k + 200))::numeric, 2) AS amount
	FROM generate_series(1, 1200) g, generate_series(0, 40) k,
		LATERAL (SELECT CASE WHEN k = 0 THEN 0 ELSE -ln(pg_temp.part(g, k)) * 12 / (0.03 + pg_temp.part(g, -1) ^ 2) END AS gap) x
	WHERE k = 0 OR NOT EXISTS (SELECT FROM generate_series(1, k) j WHERE pg_temp.part(g, j + 100) < pg_temp.part(g, -2) ^ 4);
CREATE TEMP TABLE buyer AS SELECT customer, customer % 3 AS part, history_agg(day, amount) AS h, history_agg(day) AS bare
	FROM shop GROUP BY customer;
CREATE TEMP TABLE c AS SELECT rfm_agg(h, '2024-11-01') AS c, rfm_agg(bare, '2024-11-01') AS bare,
	rfm_agg(h, '2024-11-01', '2024-08-01') AS held FROM buyer;

-- Counts: sums of parts in any order, the same as at once; text and binary there and back; windows.
SELECT sum(p.c) = (SELECT c FROM c) AS same, count(*) FROM (SELECT rfm_agg(h, '2024-11-01') AS c FROM buyer GROUP BY part) p;
SELECT sum(p.c) = (SELECT held FROM c) AS same FROM (SELECT rfm_agg(h, '2024-11-01', '2024-08-01') AS c FROM buyer GROUP BY customer) p;
SELECT rfm_agg(h, '2024-11-01' ORDER BY customer DESC) = (SELECT c FROM c) AS same FROM buyer;
SELECT c::text::retention_rfm = c AS text_same, c <> bare AS differ, c + c = c AS doubled,
	retention_rfm_hash(c) = retention_rfm_hash(c::text::retention_rfm) AS hash_same FROM c;
SELECT count(DISTINCT w) FROM (SELECT rfm_agg(h, '2024-11-01') OVER (ORDER BY customer) AS w FROM buyer WHERE customer <= 20) w;
-- no row, NULLs, nobody before the cut
SELECT rfm_agg(h, '2024-11-01') FROM buyer WHERE false;
SELECT rfm_agg(NULL, '2024-11-01') IS NULL, rfm_agg(h, '2023-01-01') IS NULL, rfm_agg(h, '2024-01-01') IS NULL FROM buyer;
SELECT rfm_agg(h, NULL) FROM buyer;
SELECT rfm_agg(h, 'infinity') FROM buyer;
SELECT rfm_agg(h, '2024-11-01', '2024-11-01') FROM buyer;
SELECT rfm_agg(h, date '2024-11-01' + part) FROM buyer;
SELECT rfm_agg(CASE part WHEN 0 THEN h ELSE bare END, '2024-11-01') FROM buyer;
SELECT rfm_agg(h, '2324-11-01') FROM buyer;
SELECT c + bare FROM c;
SELECT c + held FROM c;
SELECT 'AQ=='::retention_rfm;
SELECT 'x'::retention_rfm;
-- money that is wide, negative, and before the first order day
SELECT rfm_agg(h, '2024-02-01') = rfm_agg(h, '2024-02-01' ORDER BY n DESC) AS same,
	(SELECT c::text::retention_rfm = c FROM (SELECT rfm_agg(h, '2024-02-01') AS c) x) AS text_same
	FROM (SELECT n, history_agg(d, CASE WHEN d < '2024-01-03' THEN 1.5 ELSE 10::numeric ^ (n * 8) - 3.123 END) AS h
		FROM generate_series(0, 3) n, unnest('{2024-01-01,2024-01-05}'::date[]) d GROUP BY n) x;

-- Parallel plans give the same bytes.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE TABLE models_buyer AS SELECT * FROM buyer;
ANALYZE models_buyer;
SELECT rfm_agg(h, '2024-11-01') = (SELECT c FROM c) AS same FROM models_buyer;
RESET max_parallel_workers_per_gather;
DROP TABLE models_buyer;

-- Fits.
CREATE TEMP TABLE m AS SELECT c, held, bgnbd_fit(c) AS bg, mbgnbd_fit(c) AS mbg, pnbd_fit(c) AS pnbd, gamma_gamma_fit(c) AS gg,
	mbgnbd_fit(held) AS before FROM c;
SELECT i.model, customers, repeat_customers, left_out, round(log_likelihood::numeric, 2) AS ll, round((aic + 2 * log_likelihood)::numeric, 6) AS penalty,
	round((bic + 2 * log_likelihood)::numeric, 3) AS bic_penalty, gradient < 1e-9 AS stationary, status
	FROM m, LATERAL (SELECT * FROM model_info(bg) UNION ALL SELECT * FROM model_info(mbg) UNION ALL
		SELECT * FROM model_info(pnbd) UNION ALL SELECT * FROM model_info(gg)) i;
SELECT p.parameter, round(estimate::numeric, 3) AS estimate, round(std_error::numeric, 3) AS error, ci_low < estimate AND ci_high > estimate AS inside
	FROM m, LATERAL (SELECT * FROM model_parameters(bg) UNION ALL SELECT * FROM model_parameters(mbg) UNION ALL
		SELECT * FROM model_parameters(pnbd) UNION ALL SELECT * FROM model_parameters(gg)) p;
SELECT bg::text::retention_purchase_model = bg AS bg, pnbd::text::retention_purchase_model = pnbd AS pnbd,
	gg::text::retention_spend_model = gg AS gg, bg <> mbg AS differ, bgnbd_fit(c + c) <> bg AS more FROM m;
SELECT regexp_replace(mbg::text, '(\.\d\d)\d+', '\1', 'g') ~ '^mbgnbd r=\S+ alpha=\S+ a=\S+ b=\S+ status=ok as_of=2024-11-01 customers=1200 ' AS readable FROM m;
SELECT bg::text::retention_spend_model FROM m;
SELECT 'bgnbd r=1 alpha=2'::retention_purchase_model;
SELECT replace(bg::text, '2024-11-01', '2024-02-30')::retention_purchase_model FROM m;
SELECT (bg::text || ' 1')::retention_purchase_model FROM m;
SELECT 'pnbd r=1 alpha=-2 s=1 beta=1 status=ok as_of=1997-10-01 customers=1 repeat_customers=1 left_out=0 iterations=1 log_likelihood=-1 gradient=0'::retention_purchase_model;
-- others' parameters may be written down: points of Fader, Hardie and Lee (2005), in days
CREATE TEMP TABLE fhl AS SELECT 'bgnbd r=0.2425945 alpha=30.8952133 a=0.7929199 b=2.4258881 status=ok as_of=1997-10-01 customers=2357 repeat_customers=946 left_out=0 iterations=1 log_likelihood=-14363 gradient=0'::retention_purchase_model AS fhl;
SELECT round(expected_orders(fhl, 2, 213, 272, 273)::numeric, 2) AS orders, round(p_alive(fhl, 26, 216, 217)::numeric, 3) AS alive,
	round(expected_orders(fhl, 364)::numeric, 4) AS new, p_alive(fhl, 0, 0, 500) AS never_back FROM fhl;
SELECT fhl, p.* FROM fhl, model_parameters(fhl) p WHERE parameter = 'r';

-- What is refused, and boundaries.
SELECT bgnbd_fit(rfm_agg(h, '2024-02-01')) FROM (SELECT history_agg(date '2024-01-01') AS h) x;
SELECT pnbd_fit(rfm_agg(h, '2024-01-02')) FROM (SELECT history_agg(date '2024-01-01') AS h) x;
SELECT gamma_gamma_fit(bare) FROM c;
SELECT gamma_gamma_fit(rfm_agg(h, '2024-02-01')) FROM (SELECT history_agg(d, 0) AS h FROM unnest('{2024-01-01,2024-01-02}'::date[]) d) x;
SELECT i.status, i.customers, p.parameter, p.std_error IS NULL AS unknown FROM (SELECT mbgnbd_fit(rfm_agg(h, '2024-02-01')) AS m FROM (SELECT g, history_agg(d) AS h
	FROM generate_series(1, 50) g, unnest('{2024-01-01,2024-01-08,2024-01-15,2024-01-22,2024-01-29}'::date[]) d GROUP BY g) x) y, model_info(m) i, model_parameters(m) p;
SELECT p_alive(bg, 1, 0, 5) FROM m;
SELECT p_alive(bg, 2, 3, 2) FROM m;
SELECT expected_orders(bg, 1, 2, 5, -1) FROM m;
SELECT expected_orders(bg, h, '2024-01-01', -1) FROM m, buyer WHERE customer = 1;
SELECT p_alive(NULL, 1, 2, 5), expected_orders(NULL::retention_purchase_model, 5);

-- Of a history what history_rfm says of it.
SELECT count(*), count(*) FILTER (WHERE p_alive(mbg, h, '2024-11-01') = p_alive(mbg, r.x, r.t_x, r.t)
	AND expected_orders(pnbd, h, '2024-11-01', 90) = expected_orders(pnbd, r.x, r.t_x, r.t, 90)) AS same,
	count(*) FILTER (WHERE p_alive(bg, h, '2024-11-01') = 1) = count(*) FILTER (WHERE r.x = 0) AS never_back
	FROM m, buyer, history_rfm(h, '2024-11-01') r;
SELECT p_alive(mbg, h, '2024-01-01') IS NULL AS alive, expected_orders(mbg, h, '2024-01-01', 9) IS NULL AS orders,
	expected_spend(gg, h, '2024-01-01') IS NULL AS spend, customer_lifetime_value(mbg, gg, h, '2024-01-01', 9) IS NULL AS worth
	FROM m, buyer WHERE customer = 1;
-- worth: without a discount the product; less with one, and by a year's tenth of half a year at most
SELECT bool_and(abs(customer_lifetime_value(mbg, gg, h, '2024-11-01', 180, 0) - o * s) <= 1e-12 * o * s) AS product,
	bool_and(v < o * s AND v > o * s * 1.1 ^ (-180 / 365.25)) AS discounted
	FROM m, buyer, LATERAL (SELECT expected_orders(mbg, h, '2024-11-01', 180) AS o, expected_spend(gg, h, '2024-11-01') AS s,
		customer_lifetime_value(mbg, gg, h, '2024-11-01', 180) AS v) x;
SELECT customer_lifetime_value(mbg, gg, h, '2024-11-01', 180, -1) FROM m, buyer WHERE customer = 1;
-- without a history of spend, or only of goods that came back, that of a new customer
SELECT count(DISTINCT expected_spend(gg, h, '2024-02-01')) FROM m, (SELECT history_agg(d, a) AS h FROM (VALUES (1, date '2024-01-01', 5), (2, '2024-01-01', 900),
	(3, '2024-01-01', 7), (3, '2024-01-02', 0), (4, '2024-01-01', 7), (4, '2024-01-03', -7), (4, '2024-01-03', 3)) v(g, d, a) GROUP BY g) x;

-- All together.
SELECT customers, abs(expected / (SELECT sum(expected_orders(mbg, h, '2024-11-01', 90)) FROM buyer) - 1) < 1e-12 AS is_sum,
	prediction_low < ci_low AND ci_low < expected AND expected < ci_high AND ci_high < prediction_high AS inside, revenue IS NULL AS no_revenue
	FROM m, expected_total(mbg, c, 90);
SELECT customers, revenue_prediction_low < revenue_ci_low AND revenue_ci_low < revenue AND revenue < revenue_ci_high
	AND revenue_ci_high < revenue_prediction_high AS inside, revenue / expected BETWEEN 10 AND 60 AS an_order
	FROM m, expected_total(pnbd, c, gg, 90);
SELECT expected, prediction_high FROM m, expected_total(bg, c, 0);
SELECT expected_total(mbg, bare, gg, 90) FROM m, c;
SELECT count(*), sum(actual), round(sum(expected)) AS expected, bool_and(abs(actual - expected) < 60) AS near FROM m, order_frequencies(mbg, m.c);

-- The holdout.
SELECT sum(customers) AS customers, sum(actual) = (SELECT sum(order_days(h, '2024-08-01', '2024-11-01')) FROM buyer) AS actual,
	abs(sum(expected) / (SELECT sum(expected_orders(before, h, '2024-08-01', 92)) FROM m, buyer) - 1) < 1e-12 AS expected,
	min(orders) AS least, bool_and(customers > 0) AS there FROM m, holdout_check(before, held);
SELECT measure, round(model::numeric, 3) AS model, round(zero::numeric, 3) AS zero, round(own_rate::numeric, 3) AS own_rate, round(nbd::numeric, 3) AS nbd
	FROM m, holdout_accuracy(before, held);
SELECT holdout_check(mbg, c) FROM m;
SELECT holdout_accuracy(mbg, c) FROM m;

-- Money of any size is modelled in its own size; none of it is too much.
SELECT i.status, abs(p.estimate / p1.estimate / 1e100 - 1) < 1e-6 AS as_much, s::text::retention_spend_model = s AS same, expected_spend(s, h, '2024-11-01') > 1e99 AS spend
	FROM (SELECT gamma_gamma_fit(rfm_agg(history_agg, '2024-11-01')) AS s, min(history_agg::text)::retention_history AS h FROM (SELECT history_agg(day, amount * 1e100) FROM shop GROUP BY customer) x) y,
	m, model_info(s) i, model_parameters(s) p, model_parameters(gg) p1 WHERE p.parameter = 'gamma' AND p1.parameter = 'gamma';
SELECT gamma_gamma_fit(rfm_agg(history_agg, '2024-11-01')) FROM (SELECT history_agg(day, amount * 1e290) FROM shop GROUP BY customer) x;

-- What came though it was next to impossible counts as much as the model says: somebody who ordered once, and 4,000 days
-- later on n = 360 of t = 365 days. Of BG/NBD that has the probability, with z = t / (alpha + T + t), by its definition
--	B(a, b + n) / B(a, b) (NBD(n) + a / (b + n - 1) (NBD(n) + NBD(n + 1) + ...)).
WITH outlier AS (SELECT rfm_agg(h, date '2012-01-01' + 4366, date '2012-01-01' + 4001) AS c
	FROM (SELECT history_agg(date '2012-01-01' + d) AS h FROM (SELECT 0 UNION ALL SELECT generate_series(4001, 4360)) d(d)) x),
	p AS (SELECT 0.5::float8 AS r, 60::float8 AS alpha, 0.7::float8 AS a, 2::float8 AS b),
	ratio AS (SELECT j, r, alpha, a, b, ln(365 / (alpha + 4365) * (r + j) / (j + 1)) AS ln_next FROM p, generate_series(0, 1000) j)
SELECT o.kind, o.score::numeric(10, 4), abs(o.score / (nbd + passed + ln(1 + 0.7 / 361 * tail)) - 1) < 1e-12 AS by_definition
FROM (SELECT sum(ln_next) FILTER (WHERE j < 360) + max(r) * ln(max(alpha + 4000) / max(alpha + 4365)) AS nbd, sum(ln((b + j) / (a + b + j))) FILTER (WHERE j < 360) AS passed FROM ratio) d,
	(SELECT 1 + sum(exp(s)) AS tail FROM (SELECT sum(ln_next) OVER (ORDER BY j) AS s FROM ratio WHERE j BETWEEN 360 AND 460) x) t,
	(SELECT 'bgnbd' AS kind, model AS score FROM outlier, holdout_accuracy('bgnbd r=0.5 alpha=60 a=0.7 b=2 status=ok as_of=2022-12-15 customers=1 repeat_customers=0 left_out=0 iterations=0 log_likelihood=-1 gradient=0', c) WHERE measure = 'log_score') o;
