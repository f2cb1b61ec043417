-- Models of strange customers: every fit ends with a result, with a status that has a name, or with 22023 and what to do;
-- what is expected by it is a number.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = error;

-- A customer a number: x order days after the first, spread evenly over so many days, watched until `watched` days after it; worth so much each.
CREATE FUNCTION pg_temp.customer(x int, over int, watched int, amount numeric) RETURNS retention_history LANGUAGE sql IMMUTABLE AS
	$$SELECT history_agg(date '2024-01-01' - watched + CASE WHEN x > 0 THEN (k::bigint * over / x)::int ELSE 0 END, amount) FROM generate_series(0, x) k$$;
CREATE TEMP TABLE world (name text, c retention_rfm);
INSERT INTO world SELECT 'x = 5,000', rfm_agg(pg_temp.customer(x, CASE WHEN x > 0 THEN 6000 ELSE 0 END, 6001, 10 + x % 7), '2024-01-02')
	FROM unnest('{5000,5000,4999,2500,0,1}'::int[]) x;
INSERT INTO world SELECT 'x = 5,000, alone', rfm_agg(pg_temp.customer(5000, 5000, 5000, 10), '2024-01-02');
INSERT INTO world SELECT 'x = 5,000, among others', rfm_agg(pg_temp.customer(CASE g WHEN 1 THEN 5000 ELSE g % 9 END, CASE g WHEN 1 THEN 5001 WHEN 9 THEN 0 ELSE 30 * (g % 9) END, 5001 - CASE g WHEN 1 THEN 0 ELSE g END, 5 + g % 30), '2024-01-02')
	FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'T = 1', rfm_agg(pg_temp.customer(g % 3 / 2, g % 3 / 2, 1, 10 + g % 7), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'T = 1, all back', rfm_agg(pg_temp.customer(1, 1, 1, 10 + g % 7), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'T = 1 or 0', rfm_agg(pg_temp.customer(CASE WHEN g % 5 = 0 THEN 1 ELSE 0 END, CASE WHEN g % 5 = 0 THEN 1 ELSE 0 END, CASE WHEN g % 5 = 0 THEN 1 ELSE g % 2 END, 10 + g % 7), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'all the same', rfm_agg(pg_temp.customer(4, 200, 300, 12), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'all the same, to the last day', rfm_agg(pg_temp.customer(4, 300, 300, 12), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'all the same, every day', rfm_agg(pg_temp.customer(300, 300, 300, 12), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'nobody back', rfm_agg(pg_temp.customer(0, 0, g, 12), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'all on the last day', rfm_agg(pg_temp.customer(0, 0, 0, 12), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'one', rfm_agg(pg_temp.customer(3, 100, 300, 12), '2024-01-02');
INSERT INTO world SELECT 'two', rfm_agg(pg_temp.customer(x, x * 50, 300, 12 + x), '2024-01-02') FROM unnest('{0,3}'::int[]) x;
INSERT INTO world SELECT 'two, the same', rfm_agg(pg_temp.customer(2, 100, 300, 12), '2024-01-02') FROM unnest('{0,3}'::int[]) x;
INSERT INTO world SELECT '179 years', rfm_agg(pg_temp.customer(x, x * 5000, 65535, 12 + x), '2024-01-02') FROM unnest('{0,3,13,0,1,2,0}'::int[]) x;
INSERT INTO world SELECT 'large and small money', rfm_agg(pg_temp.customer(1 + g % 4, 40, 300, 10::numeric ^ (g % 60 - 30)), '2024-01-02') FROM generate_series(1, 300) g;
INSERT INTO world SELECT 'much money', rfm_agg(pg_temp.customer(1 + g % 4, 40 + g % 50, 300, 1e60 * (1 + g % 20)), '2024-01-02') FROM generate_series(1, 300) g;
-- twenty million customers, of 1200 by doubling
INSERT INTO world WITH RECURSIVE doubled(n, c) AS (
	SELECT 0, rfm_agg(pg_temp.customer(g * g % 17 * (g % 3) / 3, g * g % 17 * (g % 3) * (1 + g % 29), 500 + g % 365, 5 + g * g % 101), '2024-01-02') FROM generate_series(1, 1200) g
	UNION ALL SELECT n + 1, c + c FROM doubled WHERE n < 14)
	SELECT CASE n WHEN 0 THEN '1200' ELSE '20 million' END, c FROM doubled WHERE n IN (0, 14);

CREATE FUNCTION pg_temp.outcome(fit text, c retention_rfm) RETURNS text LANGUAGE plpgsql AS $$
DECLARE status text; numbers boolean; hint text;
BEGIN
	IF fit = 'gamma_gamma_fit' THEN
		EXECUTE 'SELECT (SELECT status FROM model_info(m)), (SELECT bool_and(estimate > 0 AND estimate < ''Infinity'') FROM model_parameters(m))
			FROM gamma_gamma_fit($1) m' INTO status, numbers USING c;
	ELSE
		EXECUTE format('SELECT (SELECT status FROM model_info(m)), (SELECT bool_and(estimate > 0 AND estimate < ''Infinity'') FROM model_parameters(m))
			AND p_alive(m, 0, 0, 300) BETWEEN 0 AND 1 AND p_alive(m, 5000, 5000, 5000) BETWEEN 0 AND 1 AND p_alive(m, 5000, 5000, 65535) BETWEEN 0 AND 1
			AND expected_orders(m, 36500) BETWEEN 0 AND 36500 * 3 AND expected_orders(m, 5000, 5000, 5000, 365) BETWEEN 0 AND 365 * 3
			AND (SELECT expected >= 0 AND expected < ''Infinity'' AND coalesce(prediction_low <= prediction_high, true) AND coalesce(ci_low <= ci_high, true) FROM expected_total(m, $1, 365))
			AND (SELECT bool_and(expected >= 0 AND expected < 1e9) FROM order_frequencies(m, $1)) FROM %I($1) m', fit)
			INTO status, numbers USING c;
	END IF;
	RETURN status || CASE WHEN numbers THEN '' ELSE ', but no numbers' END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE hint WHEN '' THEN ', without a hint' ELSE '' END;
END $$;
SELECT name, pg_temp.outcome('bgnbd_fit', c) AS bgnbd, pg_temp.outcome('mbgnbd_fit', c) AS mbgnbd, pg_temp.outcome('pnbd_fit', c) AS pnbd,
	pg_temp.outcome('gamma_gamma_fit', c) AS gamma_gamma FROM world ORDER BY name COLLATE "C";
-- more customers of the same are the same parameters with less error
SELECT a.parameter, abs(b.estimate / a.estimate - 1) < 1e-6 AS same, abs(a.std_error / b.std_error / 128 - 1) < 1e-6 AS error
	FROM world x, world y, model_parameters(mbgnbd_fit(x.c)) a JOIN model_parameters(mbgnbd_fit(y.c)) b USING (parameter) WHERE x.name = '1200' AND y.name = '20 million';

-- A value for ever is the limit of one for long, whatever the discount; and terms that would be without end are not added up.
CREATE TEMPORARY VIEW ahead AS
SELECT 'mbgnbd r=0.5 alpha=60 a=0.7 b=2 status=ok as_of=2024-07-01 customers=5000 repeat_customers=900 left_out=0 iterations=1 log_likelihood=-1 gradient=0'::retention_purchase_model AS m,
	'gamma_gamma p=6 q=4 gamma=15 status=ok as_of=2024-07-01 customers=900 repeat_customers=900 left_out=0 iterations=1 log_likelihood=-1 gradient=0'::retention_spend_model AS s,
	(SELECT history_agg(d, 10) FROM unnest('{2024-01-01,2024-03-01,2024-06-01}'::date[]) d) AS h;
-- by the definition: the sum over days of what a day adds, discounted
SELECT annual, days, abs(customer_lifetime_value(m, s, h, '2024-07-01', days, annual) / (expected_spend(s, h, '2024-07-01') * d.value) - 1) < 1e-4 AS agree
FROM ahead, unnest('{0.1,1,1000}'::float8[]) annual, unnest('{300,3000,10000}'::int[]) days,
	LATERAL (SELECT sum((expected_orders(m, h, '2024-07-01', i) - expected_orders(m, h, '2024-07-01', i - 1)) * exp(-ln(1 + annual) / 365.25 * (i - 0.5))) AS value
		FROM generate_series(1, days) i) d;
SELECT annual, customer_lifetime_value(m, s, h, '2024-07-01', 2147483647, annual) / customer_lifetime_value(m, s, h, '2024-07-01', ceil(60 / ln(1 + annual) * 365.25)::int, annual) - 1 < 1e-9 AS for_ever
FROM ahead, unnest('{0.1,1,1000}'::float8[]) annual;
SELECT customer_lifetime_value(m, s, h, '2024-07-01', 400000, -0.5) FROM ahead;
SELECT expected_orders('bgnbd r=1e-8 alpha=0.01 a=0.5 b=0.5 status=ok as_of=2020-01-01 customers=1 repeat_customers=0 left_out=0 iterations=0 log_likelihood=-1 gradient=0', 100000000)::numeric(8,6);
-- What is next to impossible has a score that is a number: who came every day for years and not in the holdout, or the other way round.
SELECT kind, model > -1000 AND model < 0 AND nbd > -1000 AND nbd < 0 AS numbers
	FROM (SELECT rfm_agg(h, date '2012-01-01' + 4365, date '2012-01-01' + 4000) AS c FROM (SELECT history_agg(date '2012-01-01' + d) AS h
		FROM (SELECT g, k * 700 FROM generate_series(1, 50) g, generate_series(0, g % 5) k UNION ALL SELECT 51, generate_series(0, 1500) UNION ALL SELECT 52, 0 UNION ALL SELECT 52, generate_series(4000, 4360)) x(g, d) GROUP BY g) y) c,
	LATERAL (SELECT 'bgnbd', bgnbd_fit(c) UNION ALL SELECT 'mbgnbd', mbgnbd_fit(c) UNION ALL SELECT 'pnbd', pnbd_fit(c)) m(kind, m), holdout_accuracy(m, c) WHERE measure = 'log_score';
-- Parameters that no fit can have are refused: with them what is expected may be no number.
SELECT 'pnbd r=1e25 alpha=60 s=2 beta=10 status=ok as_of=2020-01-01 customers=1 repeat_customers=0 left_out=0 iterations=0 log_likelihood=-1 gradient=0'::retention_purchase_model;
SELECT 'bgnbd r=1 alpha=60 a=1e-16 b=10 status=ok as_of=2020-01-01 customers=1 repeat_customers=0 left_out=0 iterations=0 log_likelihood=-1 gradient=0'::retention_purchase_model;

-- 400 customers of rates that differ, who never leave. BG/NBD has no maximum but that of the NBD, at the end of a ridge along which only the
-- ratio of its last two parameters matters; of Pareto/NBD it is at a boundary, where the curvature in one point is none of what is to be expected.
CREATE TEMP TABLE stay AS SELECT 'AQD8iAGaAuwCZ///i4AQAf//EwH//wcB//8XAf//NwH//yMB//9TAf//NwH//zcB//8TAf//HwH//wsB//9nAf//FwH//xcB//83Af//DwH//wsB//8DAf//DwH//wsB//8PAf//DwH//ycB//8fAf//EwH//wMB//8HAf//OwH//wMB//8PAf//BwH//wMB//8fAf//CwL//wMB//83Af//RwH//wMB//8HAf//EwH//wcB//8HAf//BwH//wsB//8bAf//DwH//xsB//8TAf//DwH//wMB//8PAf//EwH//xcB//8PAf//JwH//wsB//8rAf//1/YPAf//JwH//5MCAf//CwH//wMB//8bAf//DwH//xMB//8zAf//IwH//wMB//8PAf//CwH//xMB//8vAf//AwH//zcB//8HAf//IwH//xsB//8HAf//AwH//x8B//9DAf//AwH//w8B//8XAf//HwH//xcB//8TAf//CwH//yMB//8DAf//BwH//wcB//8LAv//AwH//wsB//8TAf//AwL//wsB//8PAf//FwH//wsB//8PAf//FwH//wcB//8HAf//CwH///v4DwH//y8B//+DAQH//wMB//8DAv//CwH//ysB//8DAf//HwH//0cB//8/Af//IwH//wsB//8HAf//AwH//wMB//8PAf//BwH//xMB//8HAf//GwP//x8B//83Af//CwH//wMB//8bAf//GwH//0MB//8HAf//CwL//wMB//8DAv//CwH//wsB//8PAf//JwH//6f3DwH//2cB///HAQH//7cBAf//EwH//4MBAf//CwL//wcB//9HAf//AwH//z8B//8nAv//EwH//wMB//8TAf//AwH//wcB//8LAf//AwH//wMB//8PAf//EwH//wMB//8HAf//EwH//ysC//8HAf//BwP//w8B//8LAf//AwH//wsB//8DAf//CwH//wMB//8LAf//AwH//5/6DwH//7sBAf//EwH//xMB//8DAf//EwH//0cB//8TAf//HwH//x8B//8HAf//AwH//wMB//8vAf//HwH//0cB//8DAf//AwH//wMB//8LAf//CwH//x8B//8DAf//AwH//wMB//8XAv//BwH//wMB//8PAf//CwH//wMB//+D+g8B///jAQH//4cBAf//CwH//0MB//9rAf//KwH//w8B//8PAf//CwH//wMB//8PAf//AwP//wMB//8jAf//MwH//wcB//+n+w8B//+rAQH//w8B//8rAf//DwH//xMB//87Af//DwH//xMB//8TAf//LwH//ycB//8PAf//NwH//wsB//8DAf//DwH//wMB//+L/A8B//+XAgH//2cB//8jAf//DwH//zMB//8LAf//0/0PAf//BwH///sBAf//EwH//wcB//+z+w8B///fAQH//3sB//+rAQH//zsB//8TAf//GwH//7f+DwH//8sBAf//l/8PAf//IwH//zsB/////g8B//8vAf//OwH//wMB//+n/w8B//8PAf//24AgAf//+/4PAf//XwH//wsB//8TAQ=='::retention_rfm AS r;
SELECT kind, status, round(log_likelihood::numeric, 3) AS log_likelihood, round(expected::numeric, 2) AS expected, num_nulls(ci_low, ci_high, prediction_low, prediction_high) AS nulls
FROM stay, LATERAL (VALUES ('bgnbd', bgnbd_fit(r)), ('pnbd', pnbd_fit(r))) f(kind, m), model_info(m) i, expected_total(m, r, 90);
