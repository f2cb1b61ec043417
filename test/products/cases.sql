-- Random shops, and what is called on them. Everything comes from random() after setseed(), so that seed and case number
-- give the same rows again.

CREATE FUNCTION products.pick(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE
RETURN choices[1 + floor(random() * cardinality(choices))::int];

CREATE TABLE products.difference (number int, details text);

-- A number from 0 on, small ones more often.
CREATE FUNCTION products.often(n int, power float8) RETURNS int LANGUAGE sql VOLATILE
RETURN floor(n * random() ^ power)::int;

CREATE FUNCTION products.generate(seed int, number int) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	customers int;
	things int;
	baskets int;
	span int;
	step int;			-- minutes between times that there are
	power float8;
	base timestamp;
	zoned boolean;
	by_ids boolean;
	ids int;
	c products.chosen;
BEGIN
	PERFORM setseed(((seed * 100003::bigint + number * 7919::bigint) % 1000000) / 1000000.0);
	PERFORM random();
	customers := 1 + products.often(CASE WHEN random() < 0.1 THEN 200 ELSE 30 END, 1);
	things := 1 + products.often(CASE WHEN random() < 0.1 THEN 150 ELSE 25 END, 1);
	baskets := products.often(CASE WHEN random() < 0.1 THEN 600 ELSE 150 END, 1);
	span := 1 + products.often(400, 2);
	step := products.pick('1', '60', '1440', '1440')::int;
	power := 1 + 2 * random();
	base := timestamp '2023-01-01' + products.often(900, 1) * interval '1 day';
	ids := 1 + baskets;
	TRUNCATE products.line;
	TRUNCATE products.chosen;
	INSERT INTO products.line (r, padding, customer_int, at_timestamp, product_int, order_int, amount, sent_back, kept)
	SELECT row_number() OVER (), CASE WHEN random() < 0.5 THEN 'x' END,
		CASE WHEN random() > 0.02 THEN customer END,
		CASE WHEN random() > 0.02 THEN at + CASE WHEN random() < 0.1 THEN floor(random() * 3)::int * step * interval '1 minute' ELSE '0' END END,
		CASE WHEN random() > 0.02 THEN 1 + products.often(things, power) END,
		CASE WHEN random() > 0.05 THEN id END,
		CASE WHEN random() > 0.05 THEN round(((random() - CASE WHEN random() < 0.5 THEN 0.1 ELSE 0 END) * 100)::numeric, 2) END,
		CASE WHEN random() < 0.05 THEN NULL ELSE random() < 0.1 END,
		CASE WHEN random() < 0.05 THEN NULL ELSE random() < 0.85 END
	FROM (SELECT b, 1 + products.often(customers, 1.5) AS customer,
			base + products.often(span * 1440 / step, 1) * step * interval '1 minute' AS at,
			1 + CASE WHEN random() < 0.03 THEN 2 * things ELSE products.often(8, 1.5) END AS size,
			-- an id of several baskets, also of other customers
			CASE WHEN random() < 0.1 THEN 1 + products.often(ids, 1) ELSE b END AS id
		FROM generate_series(1, baskets) AS b) AS basket, generate_series(1, size);
	UPDATE products.line SET customer_text = 'c' || customer_int, customer_numeric = customer_int + 0.5,
		at_timestamptz = at_timestamp AT TIME ZONE 'UTC', at_date = at_timestamp::date,
		product_text = 'p' || product_int, product_numeric = product_int * 1.25, product_array = ARRAY[product_int % 3, product_int],
		order_text = 'o' || order_int;
	c.customer := products.pick('customer_int', 'customer_text', 'customer_numeric');
	c.ordered_at := products.pick('at_timestamptz', 'at_timestamptz', 'at_timestamp', 'at_date');
	c.product := products.pick('product_int', 'product_int', 'product_text', 'product_numeric', 'product_array');
	c.order_id := CASE WHEN random() < 0.6 THEN products.pick('order_int', 'order_text') END;
	c.amount := CASE WHEN random() < 0.6 THEN 'amount' END;
	c.refund := CASE WHEN random() < 0.3 THEN 'sent_back' END;
	c.filter := CASE WHEN random() < 0.2 THEN 'kept' END;
	c.timezone := CASE WHEN c.ordered_at = 'at_timestamptz' AND random() < 0.6
		THEN products.pick('Europe/Sofia', 'America/New_York', 'Pacific/Kiritimati', 'UTC') END;
	c.as_of := CASE WHEN random() < 0.4 THEN base::date + products.often(span * 3 / 2 + 2, 1) END;
	c.least := 1 + products.often(6, 2);
	c.per_product := 1 + products.often(CASE WHEN random() < 0.3 THEN 100 ELSE 12 END, 1);
	c.max_basket := CASE WHEN random() < 0.5 THEN 200 ELSE 1 + products.often(12, 1) END;
	c.reach := products.pick('30 days', '90 days', '7 days', '1 day', '2 days', '365 days')::interval;
	c.first_only := random() < 0.5;
	c.per_customer := 1 + products.often(CASE WHEN random() < 0.3 THEN 100 ELSE 12 END, 1);
	c.decay := products.pick('0.95', '0.95', '1', '0.5', '0.8')::float8;
	INSERT INTO products.chosen SELECT c.*;
END $$;

-- The arguments that all functions have, by name; those of the two that can do without a customer and a time, and more.
CREATE FUNCTION products.arguments(first text, more text) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT format('''products.line'', product => %L, order_id => %L, amount => %L, refund => %L, filter => %L, timezone => %L, as_of => %L',
		product, order_id, amount, refund, filter, timezone, as_of) || CASE first WHEN 'all' THEN
			format(', customer => %L, ordered_at => %L', customer, ordered_at) ELSE first END || more
	FROM products.chosen
$$;

CREATE FUNCTION products.near(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL
	WHEN a = b OR abs(a) < 1e-290 AND abs(b) < 1e-290 THEN true
	WHEN abs(a) = 'infinity' OR abs(b) = 'infinity' THEN false
	ELSE abs(a - b) <= 1e-8 * greatest(abs(a), abs(b)) OR abs(a - b) < 1e-6 AND abs(b) BETWEEN 0 AND 0.6 AND abs(b) > 0.4
		OR abs(a) < 1e-7 AND abs(b) < 1e-7 AND abs(a - b) < 1e-12 END;

-- Are two values the same, floats but for rounding? As JSON: numbers, texts, null.
CREATE FUNCTION products.same(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN a = b OR (jsonb_typeof(a) = 'number' AND jsonb_typeof(b) = 'number' AND products.near((a #>> '{}')::float8, (b #>> '{}')::float8));

-- Rows of the extension against those of the oracle, in their order: what differs, or NULL.
CREATE FUNCTION products.compared(called text, oracle text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	found jsonb;
	expected jsonb;
	details text;
BEGIN
	BEGIN
		EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(f) - ''n'' ORDER BY n), ''[]'') FROM (SELECT *, row_number() OVER () AS n FROM %s) f', called) INTO found;
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS details = MESSAGE_TEXT;
		RETURN format(E'%s\n  ERROR: %s\n', called, details);
	END;
	EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(f) - ''n'' ORDER BY n), ''[]'') FROM (SELECT *, row_number() OVER () AS n FROM %s) f', oracle) INTO expected;
	SELECT string_agg(format(E'  row %s\n    has      %s\n    expected %s\n', n, f, e), '' ORDER BY n) INTO details
	FROM (SELECT n, f, e FROM jsonb_array_elements(found) WITH ORDINALITY AS x (f, n)
			FULL JOIN jsonb_array_elements(expected) WITH ORDINALITY AS y (e, n) USING (n)
		WHERE f IS NULL OR e IS NULL
			OR EXISTS (SELECT FROM jsonb_each(e) AS k (key, value) WHERE NOT products.same(k.value, f -> k.key))
			OR (SELECT count(*) FROM jsonb_object_keys(f)) <> (SELECT count(*) FROM jsonb_object_keys(e))
		ORDER BY n LIMIT 3) AS d;
	IF details IS NOT NULL THEN
		details := format(E'%s: %s rows, expected %s\n%s', called, jsonb_array_length(found), jsonb_array_length(expected), details);
	END IF;
	RETURN details;
END $$;

-- How many rows were compared, by function: a function that never gave a row was not tested.
CREATE TABLE products.compared_with (function text PRIMARY KEY, calls int, rows bigint);

CREATE PROCEDURE products.compare(function text, called text, columns text, number int, oracle text)
LANGUAGE plpgsql AS $$
DECLARE
	details text := products.compared(format('(SELECT %s FROM %s) c', columns, called), format('(SELECT %s FROM %s) c', columns, oracle));
	rows bigint;
BEGIN
	IF details IS NOT NULL THEN
		INSERT INTO products.difference VALUES (number, details);
	ELSE
		EXECUTE format('SELECT count(*) FROM %s', called) INTO rows;
		INSERT INTO products.compared_with AS c VALUES (function, 1, rows)
		ON CONFLICT ON CONSTRAINT compared_with_pkey DO UPDATE SET calls = c.calls + 1, rows = c.rows + EXCLUDED.rows;
	END IF;
END $$;

CREATE PROCEDURE products.run(seed int, first int, last int) LANGUAGE plpgsql AS $$
DECLARE
	c products.chosen;
	customer text;
BEGIN
	FOR number IN first .. last LOOP
		PERFORM products.generate(seed, number);
		SELECT * INTO c FROM products.chosen;
		CALL products.compare('bought_next', format('bought_next(%s)', products.arguments('all', format(
				', within => %L, min_customers => %s, per_product => %s', c.reach, c.least, c.per_product))),
			'product, next, customers, watched, followed, share, base_share, lift, median_days, p_value, p_adjusted',
			number, 'products.bought_next()');
		CALL products.compare('next_basket', format('next_basket(%s)', products.arguments('all', format(
				', per_customer => %s, decay => %s', c.per_customer, c.decay))),
			'customer, rank, product, score, reason', number, 'products.next_basket()');
		CALL products.compare('next_basket_test', format('next_basket_test(%s)', products.arguments('all', format(
				', per_customer => %s, decay => %s', c.per_customer, c.decay))),
			'measure, next_basket, own_frequency, popular', number, 'products.next_basket_test()');
		CALL products.compare('product_retention', format('product_retention(%s)', products.arguments('all', format(
				', within => %L, first_only => %L', c.reach, c.first_only))),
			'product, customers, watched, repeat_customers, repeat_rate, ci_low, ci_high, same_product_customers,'
			' same_product_rate, median_days, revenue_per_customer', number, 'products.product_retention()');
		CALL products.compare('replenishment', format('replenishment(%s)', replace(products.arguments('all', ''),
				format('order_id => %L, ', c.order_id), '')),
			'customer, product, times, last_day, usual_gap_days, due_day, gap_ratio', number, 'products.replenishment()');
		-- what only this one does without: customers, times
		IF c.order_id IS NOT NULL AND c.timezone IS NULL AND number % 2 = 0 THEN
			UPDATE products.chosen SET customer = CASE WHEN number % 4 = 0 THEN c.customer END, ordered_at = NULL, as_of = NULL;
		END IF;
		CALL products.compare('bought_together', format('bought_together(%s)', products.arguments('all', format(
				', min_orders => %s, per_product => %s, max_basket => %s', c.least, c.per_product, c.max_basket))),
			'product, other, together, orders_product, orders_other, orders_all, support, confidence, lift, conviction,'
			' g2, p_value, p_adjusted', number, 'products.bought_together()');
		COMMIT;
	END LOOP;
END $$;
