-- customer_forecast: what models expect of each customer, straight from a table.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
SET client_min_messages = warning;
CREATE SCHEMA forecasts;
SET search_path = forecasts, public;
SET client_min_messages = notice;

-- A shop without chance in it: customers who order at rates of their own until they have enough; money comes back a while after.
CREATE FUNCTION part(g int, k int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
	$$SELECT (('x' || substr(md5(g || ':' || k), 1, 7))::bit(28)::int + 0.5) / 268435456$$;
CREATE TABLE shop AS
	SELECT g AS customer, date '2024-01-01' + g % 90 + floor(sum(gap) OVER (PARTITION BY g ORDER BY k))::int AS day,
		round((5 + 60 * part(g, -3) * part(g, k + 200))::numeric, 2) AS amount, g * 100 + k AS id, false AS back
	FROM generate_series(1, 1200) g, generate_series(0, 40) k,
		LATERAL (SELECT CASE WHEN k = 0 THEN 0 ELSE -ln(part(g, k)) * 12 / (0.03 + part(g, -1) ^ 2) END AS gap) x
	WHERE k = 0 OR NOT EXISTS (SELECT FROM generate_series(1, k) j WHERE part(g, j + 100) < part(g, -2) ^ 4);
DELETE FROM shop WHERE day > '2024-11-20';
INSERT INTO shop SELECT customer, day + customer % 13, -amount / 2, id + 50, true FROM shop WHERE id % 11 = 3;
-- of some the repeat orders are worth nothing or less
INSERT INTO shop SELECT customer, max(day), -sum(amount) - customer % 2, max(id) + 90, true FROM shop WHERE customer % 40 = 7 GROUP BY customer;
INSERT INTO shop VALUES (NULL, '2024-03-01', 5, 1, false), (5, NULL, 5, 2, false), (2000, '2024-05-01', -5, 3, true);

SELECT customer, f.orders, f.last_order, round(p_alive::numeric, 4) AS alive, round(f.expected_orders::numeric, 4) AS orders,
	round(f.expected_spend::numeric, 3) AS spend, round(lifetime_value::numeric, 3) AS worth
FROM customer_forecast('shop', 'customer', 'day', 'amount') f LIMIT 5;
SELECT count(*), sum(f.orders), round(sum(p_alive)::numeric, 2) AS alive, round(sum(f.expected_orders)::numeric, 2) AS orders,
	count(f.expected_spend) AS with_spend, round(sum(lifetime_value)::numeric, 1) AS worth
FROM customer_forecast('shop', 'customer', 'day', 'amount', days => 30, model => 'pnbd', annual_discount => 0) f;

-- The long way, bit by bit: histories, counts, fits, and what they expect of each.
CREATE FUNCTION by_hand(rows text, as_of date, ahead int, model text, discount float8, fit_spend bool DEFAULT true)
RETURNS TABLE (customer text, orders bigint, last_order date, p_alive float8, expected_orders float8, expected_spend float8, lifetime_value float8)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	bought retention_purchase_model;
	spent retention_spend_model;
BEGIN
	CREATE TEMP TABLE buyer (customer text, h retention_history);
	EXECUTE format('INSERT INTO buyer %s', rows);
	EXECUTE format('SELECT %s_fit(rfm_agg(h, %L)) FROM buyer', model, as_of) INTO bought;
	IF fit_spend THEN
		EXECUTE format('SELECT gamma_gamma_fit(rfm_agg(h, %L)) FROM buyer', as_of) INTO spent;
	END IF;
	RETURN QUERY SELECT customer, orders(h, NULL, as_of), last_order(h, as_of), p_alive(bought, h, as_of), expected_orders(bought, h, as_of, ahead),
		expected_spend(spent, h, as_of), customer_lifetime_value(bought, spent, h, as_of, ahead, discount)
		FROM buyer WHERE orders(h, NULL, as_of) > 0;
	DROP TABLE buyer;
END $$;
CREATE FUNCTION differ(forecast text, hand text) RETURNS TABLE (rows bigint, with_spend bigint, differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP TABLE found AS SELECT * FROM customer_forecast(%s)', forecast);
	EXECUTE format('CREATE TEMP TABLE expected AS SELECT * FROM by_hand(%s)', hand);
	RETURN QUERY SELECT (SELECT count(*) FROM found), (SELECT count(expected_spend) FROM found),
		(SELECT count(*) FROM (TABLE found EXCEPT ALL TABLE expected) d) + (SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE found) d);
	DROP TABLE found, expected;
END $$;
\set histories '$$SELECT customer, history_agg(day, amount) FROM shop WHERE customer IS NOT NULL GROUP BY customer$$'
SELECT m, a, d.* FROM unnest('{mbgnbd,bgnbd,pnbd}'::text[]) m, unnest('{2024-07-01,2024-11-21,2025-01-01}'::date[]) a,
	differ(format('''shop'', ''customer'', ''day'', ''amount'', as_of => %L, days => 100, model => %L, annual_discount => 0.3', a, m),
		format('%L, %L, 100, %L, 0.3', :histories, a, m)) d;
-- through the last day that there is, of money that came back as well
SELECT max(day) AS last, max(day) FILTER (WHERE amount >= 0) AS last_order FROM shop \gset
SELECT :'last' > :'last_order' AS money_is_last, d.* FROM differ($$'shop', 'customer', 'day', 'amount'$$,
	format('%L, %L::date + 1, 90, %L, 0.1', :histories, :'last', 'mbgnbd')) d;
-- without amounts; what comes back is by its column; lines of orders; a filter
SELECT * FROM differ($$'shop', 'customer', 'day', as_of => '2024-11-21'$$,
	format('%L, %L, 90, %L, 0.1, false', 'SELECT customer, history_agg(day) FROM shop WHERE customer IS NOT NULL GROUP BY customer', '2024-11-21', 'mbgnbd'));
SELECT * FROM differ($$'shop', 'customer', 'day', 'amount', as_of => '2024-11-21', refund => 'back'$$,
	format('%L, %L, 90, %L, 0.1', 'SELECT customer, history_agg(day, amount, back) FROM shop WHERE customer IS NOT NULL GROUP BY customer', '2024-11-21', 'mbgnbd'));
SELECT * FROM differ($$'shop', 'customer', 'day', 'amount', order_id => 'id', as_of => '2024-11-21'$$,
	format('%L, %L, 90, %L, 0.1', :histories, '2024-11-21', 'mbgnbd'));
SELECT * FROM differ($$'shop', 'customer', 'day', 'amount', as_of => '2024-11-21', filter => 'customer % 3 = 1'$$,
	format('%L, %L, 90, %L, 0.1', 'SELECT customer, history_agg(day, amount) FROM shop WHERE customer % 3 = 1 GROUP BY customer', '2024-11-21', 'mbgnbd'));
-- in a zone; customers that are texts
CREATE VIEW instants AS SELECT 'c' || customer AS customer, (day + interval '22 hours') AT TIME ZONE 'UTC' AS at, amount FROM shop;
SELECT * FROM differ($$'instants', 'customer', 'at', 'amount', timezone => 'Asia/Kolkata', as_of => '2024-11-01'$$,
	format('%L, %L, 90, %L, 0.1', 'SELECT ''c'' || customer, history_agg(day + 1, amount) FROM shop WHERE customer IS NOT NULL GROUP BY customer', '2024-11-01', 'mbgnbd'));
-- with little memory the same rows in the same order
CREATE TABLE there AS SELECT row_number() OVER () AS n, f.* FROM customer_forecast('shop', 'customer', 'day', 'amount') f;
SET work_mem = '64kB';
SELECT count(*) AS differ FROM (SELECT row_number() OVER (), f.* FROM customer_forecast('shop', 'customer', 'day', 'amount') f EXCEPT TABLE there) d;
RESET work_mem;
-- by worth, then by orders, then by customer in the order of its type
SELECT count(*) AS rows, count(*) FILTER (WHERE n <> o) AS out_of_order
FROM (SELECT n, row_number() OVER (ORDER BY lifetime_value DESC NULLS LAST, expected_orders DESC, customer::int) AS o FROM there) x;
SELECT count(*) AS rows, count(*) FILTER (WHERE n <> o) AS out_of_order
FROM (SELECT n, row_number() OVER (ORDER BY expected_orders DESC, customer::int) AS o
	FROM (SELECT row_number() OVER () AS n, f.* FROM customer_forecast('shop', 'customer', 'day') f) f) x;

-- The model that fits best, which is told.
SELECT count(*), round(sum(f.expected_orders)::numeric, 2) AS orders,
	(SELECT model FROM (SELECT rfm_agg(h, '2024-11-21') AS c FROM (SELECT history_agg(day, amount) AS h FROM shop WHERE customer IS NOT NULL GROUP BY customer) x) y,
		LATERAL (SELECT * FROM model_info(mbgnbd_fit(c)) UNION ALL SELECT * FROM model_info(bgnbd_fit(c)) UNION ALL SELECT * FROM model_info(pnbd_fit(c))) i
		ORDER BY log_likelihood DESC LIMIT 1) AS highest
FROM customer_forecast('shop', 'customer', 'day', 'amount', as_of => '2024-11-21', model => 'best') f;

-- Nobody; nobody yet; a boundary, and where all are at one; no model of spend.
CREATE TABLE few (customer int, day date, amount numeric);
SELECT count(*) FROM customer_forecast('few', 'customer', 'day');
INSERT INTO few VALUES (1, '2024-01-01', -5), (NULL, '2024-01-01', 5);
SELECT count(*) FROM customer_forecast('few', 'customer', 'day', 'amount');
INSERT INTO few VALUES (1, '2024-01-01', 5), (2, '2024-01-01', 7), (3, '2024-01-03', 7);
SELECT count(*) FROM customer_forecast('few', 'customer', 'day', 'amount', as_of => '2024-01-01');
SELECT * FROM customer_forecast('few', 'customer', 'day', 'amount');
SELECT * FROM customer_forecast('few', 'customer', 'day', 'amount', model => 'best');
SELECT * FROM customer_forecast('few', 'customer', 'day', 'amount', as_of => '2024-01-02');
INSERT INTO few VALUES (2, '2024-02-01', 0), (3, '2024-02-02', 0), (3, '2024-03-09', 0), (1, '2024-02-25', 0), (4, '2024-02-07', 1);
SELECT f.customer, f.orders, f.last_order, expected_spend, lifetime_value FROM customer_forecast('few', 'customer', 'day', 'amount', model => 'best') f;
-- errors
SELECT * FROM customer_forecast('shop', 'customer', 'day', model => 'BG/NBD');
SELECT * FROM customer_forecast('shop', 'customer', 'day', model => 'nbd');
SELECT * FROM customer_forecast('shop', 'customer', 'day', model => NULL);
SELECT * FROM customer_forecast('shop', 'customer', 'day', days => 0);
SELECT * FROM customer_forecast('shop', 'customer', 'day', days => NULL);
SELECT * FROM customer_forecast('shop', 'customer', 'day', annual_discount => -1);
SELECT * FROM customer_forecast('shop', 'customer', 'day', annual_discount => 'NaN');
SELECT * FROM customer_forecast('shop', 'customer', 'day', annual_discount => NULL);
-- may be meant as 10 %
SELECT count(*) > 0 AS there FROM customer_forecast('shop', 'customer', 'day', annual_discount => 10);
SELECT * FROM customer_forecast('shop', 'customer', 'nowhere');
SELECT * FROM customer_forecast('shop', 'customer', 'day', as_of => 'infinity');
SELECT * FROM customer_forecast('shop', 'customer', 'day', as_of => '2324-01-01');
INSERT INTO few VALUES (5, '1724-01-01', 1), (5, '2024-01-01', 1);
SELECT * FROM customer_forecast('few', 'customer', 'day');

-- Of a tracked table: from what is kept, the same rows in the same order.
\set VERBOSITY terse
SET client_min_messages = warning;
\i test/lib/kept.sql
CREATE FUNCTION forecast(more text DEFAULT '') RETURNS text LANGUAGE sql STABLE AS
	$$SELECT kept(format('customer_forecast(''shop'', ''customer'', ''day'', ''amount''%s)', more))$$;
CREATE INDEX ON shop (customer, day);
SELECT retention_track('shop', 'customer', 'day', 'amount') IS NOT NULL AS tracked;
SELECT forecast();
CALL retention_fold();
SELECT forecast(), forecast(', days => 5, model => ''pnbd'''), forecast(', model => ''best'', annual_discount => 0'), forecast(', filter => ''amount > 1''');
-- before a day, and who waits
SELECT a, forecast(format(', as_of => %L', a)) FROM unnest('{2023-12-31,2024-01-02,2024-04-05,2024-11-01,2030-01-01}'::date[]) a;
INSERT INTO shop VALUES (1, '2024-11-25', 9.999), (7000, '2024-02-03', 1), (9, '2023-12-24', 1);
UPDATE shop SET customer = 7001 WHERE customer = 10;
DELETE FROM shop WHERE customer = 11 OR customer = 12 AND day > '2024-03-01';
SELECT a, forecast(format(', as_of => %L', a)) FROM unnest('{2024-01-02,2024-04-05,2024-11-01,NULL}'::date[]) a;
CALL retention_fold();
SELECT a, forecast(format(', as_of => %L', a)) FROM unnest('{2024-01-02,2024-04-05,2024-11-01,NULL}'::date[]) a;
SELECT retention_untrack('shop', 'customer', 'day', 'amount');
DROP SCHEMA forecasts CASCADE;
