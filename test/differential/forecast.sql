-- customer_forecast() against the long way: histories of the placed orders, counts of them, fits, and what these
-- expect of each history; bit by bit, errors as well.

CREATE FUNCTION differential.forecast_by_hand(placed oracle.placed[], with_amounts boolean, as_of date, model text, days int)
RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	cut date;
	bought retention_purchase_model;
	spent retention_spend_model;
	counts retention_rfm;
	forecast text[];
BEGIN
	TRUNCATE differential.buyer;
	IF with_amounts THEN
		INSERT INTO differential.buyer SELECT customer, history_agg(day, amount, refund)
		FROM unnest(placed) GROUP BY customer;
	ELSE
		INSERT INTO differential.buyer SELECT customer, history_agg(day) FROM unnest(placed) GROUP BY customer;
	END IF;
	cut := coalesce(as_of, (SELECT max(d.day) + 1 FROM differential.buyer, purchases(h) AS d
		WHERE first_order(h) IS NOT NULL));
	IF cut IS NULL THEN
		RETURN NULL;
	END IF;
	counts := (SELECT rfm_agg(h, cut) FROM differential.buyer);
	EXECUTE format('SELECT %s_fit($1)', model) INTO bought USING counts;
	IF with_amounts THEN
		BEGIN
			spent := gamma_gamma_fit(counts);
		EXCEPTION WHEN invalid_parameter_value THEN NULL;
		END;
	END IF;
	SELECT array_agg(f::text ORDER BY f) INTO forecast FROM (
		SELECT orders(h, NULL, cut), last_order(h, cut), p_alive(bought, h, cut),
			expected_orders(bought, h, cut, forecast_by_hand.days), expected_spend(spent, h, cut),
			customer_lifetime_value(bought, spent, h, cut, forecast_by_hand.days)
		FROM differential.buyer WHERE first_order(h) < cut) AS f;
	RETURN forecast;
END $$;
CREATE UNLOGGED TABLE differential.buyer (customer int, h retention_history) WITH (autovacuum_enabled = false);

CREATE FUNCTION differential.check_forecast(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql SET client_min_messages = error AS $$
DECLARE
	amount name := differential.pick(NULL, 'amount', 'amount');
	order_id name := differential.pick(NULL, NULL, 'order_bigint');
	refund name := differential.pick(NULL, 'refund');
	zone text := differential.draw_report_zone(p);
	as_of date := differential.draw_report_end(p);
	model text := differential.pick('mbgnbd', 'mbgnbd', 'bgnbd', 'pnbd');
	days int := differential.pick('1', '90', '1000')::int;
	placed oracle.placed[] := differential.placed(p.key, p.at, amount, order_id, zone, as_of, 'true', refund);
	found text[];
	expected text[];
BEGIN
	BEGIN
		-- the oracle knows customers by numbers of its own
		found := (SELECT array_agg(f::text ORDER BY f) FROM (SELECT orders, last_order, p_alive,
				expected_orders, expected_spend, lifetime_value
			FROM customer_forecast('differential.orders', p.key::name, p.at::name, amount => amount,
				order_id => order_id, timezone => zone, as_of => as_of, refund => refund, days => days,
				model => model)) AS f);
	EXCEPTION WHEN invalid_parameter_value THEN
		found := ARRAY[regexp_replace(SQLERRM, '\d+$', '')];
	END;
	BEGIN
		expected := differential.forecast_by_hand(placed, amount IS NOT NULL, as_of, model, days);
	EXCEPTION WHEN invalid_parameter_value THEN
		expected := ARRAY[regexp_replace(SQLERRM, '\d+$', '')];
	END;
	RETURN QUERY SELECT format('forecast by %s, amount %s, order_id %s, refund %s, zone %s, as_of %s, %s days: %s',
		model, amount, order_id, refund, zone, as_of, days, d)
	FROM differential.rows_differ('rows', ARRAY(SELECT to_json(f) FROM unnest(found) AS f),
		ARRAY(SELECT to_json(f) FROM unnest(expected) AS f)) AS d;
END $$;
