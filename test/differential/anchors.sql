-- Anchored cohorts (definitions, section 12) against plain SQL.

-- The orders that count, and the customers with the day of their earliest anchor;
-- the scale is that of all amounts seen, of orders left out as well.
CREATE FUNCTION differential.anchored(key text, at text, amount text, refund text,
	OUT placed oracle.placed[], OUT scope oracle.scope)
LANGUAGE plpgsql AS $$
DECLARE
	known text := format($sql$
		SELECT customer, placed_at, amount, refund, min(anchor) OVER (PARTITION BY customer)
			AS anchor
		FROM (SELECT min(r) OVER (PARTITION BY %1$I) AS customer, %2$I AS placed_at,
				coalesce(%3$s, 0) AS amount, %4$I AS anchor, %5$s AS refund
			FROM differential.orders WHERE %1$I IS DISTINCT FROM NULL) AS line
		WHERE anchor IS NOT NULL
		$sql$, key, at, coalesce(quote_ident(amount), '0'),
		replace(at, 'at_', 'cohort_'), differential.refund_rule(amount, refund));
	anchors oracle.anchor[];
	money_scale int;
BEGIN
	EXECUTE format('SELECT array_agg(ROW(customer, placed_at::date, amount, refund)::oracle.placed)
		FROM (%s) AS known WHERE placed_at >= anchor', known) INTO placed;
	EXECUTE format('SELECT array_agg(ROW(customer, anchor::date)::oracle.anchor)
		FROM (SELECT DISTINCT customer, anchor FROM (%s) AS known) AS customer', known)
	INTO anchors;
	EXECUTE format('SELECT max(scale(amount)) FROM (%s) AS known
		WHERE placed_at IS NOT NULL', known) INTO money_scale;
	scope := (NULL, NULL, coalesce(money_scale, 0), anchors, NULL, NULL, NULL);
END $$;

CREATE FUNCTION differential.check_anchors(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	expected record := differential.anchored(p.key, p.at,
		CASE WHEN with_amounts THEN 'amount' END, CASE WHEN with_amounts THEN p.refund END);
	last_order date := (oracle.report(expected.placed, NULL)).last_order;
	as_of date := CASE WHEN last_order IS NULL AND random() < 0.5
		THEN least(p.base::date + floor(random() * (p.span + 3))::int, oracle.end_of(p.unit, p.report_by))
		ELSE differential.draw_as_of(p, last_order) END;
	call text := format('anchored_retention_agg(%I, %I, %I, %s%L)', p.key, p.at,
		replace(p.at, 'at_', 'cohort_'), CASE WHEN with_amounts THEN concat('amount, ', p.refund || ', ') END,
		p.unit);
	statement text := format('SELECT %s FROM differential.orders', call);
	found text := differential.value_of(statement, false);
	shards retention_summary[];
	shard retention_summary;
	added retention_summary;
BEGIN
	RETURN QUERY SELECT format('%s, as_of %s, %s', call, as_of, d)
	FROM differential.summary_differs(found::retention_summary, expected.placed,
		p.unit, with_amounts, as_of, p.active_window, p.report_by, 100,
		expected.scope) AS d;

	RETURN QUERY SELECT * FROM differential.value_differs('anchors in another order',
		differential.value_of(format('SELECT %s FROM (SELECT * FROM
			differential.orders ORDER BY random()) AS o', call), false), found);
	IF random() < 0.4 THEN
		RETURN QUERY SELECT * FROM differential.value_differs('parallel anchors',
			differential.value_of(statement, true), found);
	END IF;
	EXECUTE format($sql$
		SELECT array_agg(s) FROM (
			SELECT %s AS s FROM (
				SELECT *, hashint4(min(r) OVER (PARTITION BY %I)) %% %s AS shard
				FROM differential.orders) AS o
			GROUP BY shard) AS shard WHERE s IS NOT NULL
		$sql$, call, p.key, differential.pick(2, 3, 50)) INTO shards;
	FOREACH shard IN ARRAY coalesce(shards, '{}') LOOP
		added := CASE WHEN added IS NULL THEN shard ELSE added + shard END;
	END LOOP;
	RETURN QUERY SELECT * FROM differential.value_differs('anchored shards added with +',
		added::text, found);
	RETURN QUERY SELECT * FROM differential.value_differs('sum of anchored shards',
		(SELECT sum(s ORDER BY random())::text FROM unnest(shards) AS s), found);
	RETURN QUERY SELECT * FROM differential.value_differs('anchored text',
		found::retention_summary::text, found);
END $$;

-- Histories of customers with their anchors, by days: the bytes of the orders', and
-- with an age window (12) against plain SQL.
CREATE FUNCTION differential.check_anchored_histories(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	columns text := CASE WHEN with_amounts THEN concat('amount', ', ' || p.refund) END;
	w interval := CASE WHEN random() < 0.4 THEN differential.draw_age_window(p) END;
	bounds interval[] := CASE WHEN w IS NULL AND random() < 0.8 THEN differential.draw_age_bounds(p) END;
	call text := format('anchored_%sretention_agg(h, day, %L%s%s)',
		CASE WHEN bounds IS NOT NULL THEN 'bracket_' END, p.unit,
		', ' || quote_literal(w) || '::interval', ', ' || quote_literal(bounds) || '::interval[]');
	expected record := differential.anchored(p.key, 'at_date',
		CASE WHEN with_amounts THEN 'amount' END, CASE WHEN with_amounts THEN p.refund END);
	last_order date := (oracle.report(expected.placed, NULL)).last_order;
	as_of date := CASE WHEN last_order IS NULL AND random() < 0.5
		THEN least(p.base::date + floor(random() * (p.span + 3))::int, oracle.end_of(p.unit, p.report_by))
		ELSE differential.draw_as_of(p, last_order) END;
	scope oracle.scope := expected.scope;
	found text;
	whole text;
BEGIN
	TRUNCATE differential.history;
	EXECUTE format('INSERT INTO differential.history (g, h, day)
		SELECT min(r), history_agg(at_date%s), min(cohort_date) FROM differential.orders
		WHERE %I IS DISTINCT FROM NULL AND cohort_date IS NOT NULL GROUP BY %2$I',
		', ' || columns, p.key);
	-- who has no day of its own is no customer
	INSERT INTO differential.history (g, h) SELECT -1 - g, h FROM differential.history LIMIT 3;
	found := differential.value_of(format('SELECT %s FROM (
		SELECT h, day FROM differential.history ORDER BY random()) AS o', call), false);
	-- nobody has a history: that there would be amounts is not known
	IF with_amounts AND NOT EXISTS (SELECT FROM differential.history WHERE h IS NOT NULL AND day IS NOT NULL) THEN
		with_amounts := false;
	END IF;
	EXECUTE format('SELECT anchored_retention_agg(%I, at_date, cohort_date, %s%L)::text
		FROM differential.orders', p.key, CASE WHEN with_amounts THEN columns || ', ' END, p.unit)
	INTO whole;
	RETURN QUERY SELECT * FROM differential.value_differs('summary of anchored histories',
		(SELECT anchored_retention_agg(h, day, p.unit)::text FROM differential.history), whole);
	RETURN QUERY SELECT * FROM differential.value_differs('summary of anchored histories in parallel',
		differential.value_of(format('SELECT %s FROM differential.history', call), true), found);
	EXECUTE format('SELECT (SELECT sum(s ORDER BY random())::text FROM (
			SELECT %s AS s FROM differential.history
			GROUP BY hashint4(g) %% %s) AS part)', call, differential.pick(2, 7, 1000))
	INTO whole;
	RETURN QUERY SELECT * FROM differential.value_differs('sum of summaries of anchored histories',
		whole, found);
	IF w IS NULL AND bounds IS NULL THEN
		RETURN;
	END IF;
	scope.age_window := w;
	scope.age_bounds := bounds;
	RETURN QUERY SELECT format('%s, as_of %s, %s', call, as_of, d)
	FROM differential.summary_differs(found::retention_summary, expected.placed, p.unit,
		with_amounts, as_of, p.active_window, p.report_by, 100, scope) AS d;
	RETURN QUERY SELECT * FROM differential.value_differs('text of an anchored summary with age window',
		found::retention_summary::text, found);
END $$;

-- cohort_at of the table functions, also with an age window, a segment, order ids, a
-- zone and an end. An order that was placed before its customer's anchor is none; the
-- money of lines from the anchor on is booked. What is not before as_of is not known:
-- no cohort_at, and of a row whose cohort_at is, not the order.
CREATE FUNCTION differential.check_table_anchors(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	cohort_at name := replace(p.at, 'at_', 'cohort_');
	amount name := differential.pick(NULL, 'amount', 'amount', 'amount_bigint', 'amount_float8');
	order_id name := differential.pick(NULL, NULL, 'order_text', 'order_numeric');
	refund name := differential.pick(NULL, 'refund');
	segment name := differential.pick(NULL, NULL, 'segment_int', 'segment_nocase');
	filter text := differential.pick(NULL, NULL, 'r % 3 > 0');
	zone text := differential.draw_report_zone(p);
	as_of date := differential.draw_report_end(p);
	w interval := CASE WHEN random() < 0.4 THEN differential.draw_age_window(p) END;
	bounds interval[] := CASE WHEN w IS NULL AND random() < 0.5 THEN differential.draw_age_bounds(p) END;
	placed oracle.placed[];
	scope oracle.scope;
	found retention_segment[];
	summed retention_summary;
	by_segment text[];
	differences text[];
BEGIN
	EXECUTE format($sql$
		WITH line AS MATERIALIZED (
			SELECT *, min(anchored_at) OVER (PARTITION BY customer) AS anchor,
				min(at) OVER (PARTITION BY customer, order_id) AS placed_at,
				min(day) OVER (PARTITION BY customer, order_id) AS first_day
			FROM (SELECT min(r) OVER (PARTITION BY %1$I) AS customer,
					CASE WHEN $1 IS NULL OR (%2$I %6$s)::date < $1 THEN %2$I END AS at,
					CASE WHEN $1 IS NULL OR (%2$I %6$s)::date < $1 THEN (%2$I %6$s)::date END AS day,
					%3$I AS anchored_at,
					coalesce(%4$s::numeric, 0) AS amount, %5$s AS order_id, %7$s AS refund,
					%10$s AS segment
				FROM differential.orders
				WHERE %1$I IS DISTINCT FROM NULL AND %3$I IS NOT NULL AND %8$s
					AND ($1 IS NULL OR (%3$I %6$s)::date < $1)) AS l),
		counted AS (
			SELECT customer, day, amount, refund OR order_id IS NOT NULL AS refund
			FROM line WHERE at >= anchor
			UNION ALL
			SELECT customer, first_day, 0, false FROM line
			WHERE order_id IS NOT NULL AND placed_at >= anchor AND day = first_day
			GROUP BY customer, order_id, first_day
			HAVING %9$s),
		-- 15: by the first order that counts, else by the earliest anchor
		told AS (
			SELECT customer, (array_agg(segment ORDER BY counts AND NOT refund DESC,
					CASE WHEN counts AND NOT refund THEN at ELSE anchored_at END,
					amount DESC, segment))[1] AS segment,
				count(*) FILTER (WHERE counts AND NOT refund) AS orders
			FROM (SELECT *, coalesce(at >= anchor AND ($2 OR NOT refund), false) AS counts
				FROM line) AS l
			GROUP BY customer)
		SELECT (SELECT array_agg(ROW(customer, day, amount, refund)::oracle.placed)
				FROM counted WHERE $2 OR NOT refund),
			(SELECT array_agg(format('%%s %%s', customers, orders) ORDER BY segment)
				FROM (SELECT segment, count(*) AS customers, sum(orders) AS orders
					FROM told GROUP BY segment) AS s),
			(SELECT coalesce(max(scale(amount)), 0) FROM line WHERE at IS NOT NULL),
			-- where clocks fall back across midnight, a day is earlier than that of the anchor
			(SELECT array_agg(ROW(customer, least((anchor %6$s)::date,
				(SELECT min(day) FROM line AS o WHERE o.customer = a.customer AND at >= anchor)
				))::oracle.anchor)
				FROM (SELECT DISTINCT customer, anchor FROM line) AS a)
		$sql$, p.key, p.at, cohort_at, coalesce(quote_ident(amount), '0'),
		coalesce(quote_ident(order_id), 'NULL::int'), 'AT TIME ZONE ' || quote_literal(zone),
		differential.refund_rule(amount, refund), coalesce('(' || filter || ')', 'true'),
		differential.order_rule(refund), coalesce(quote_ident(segment), 'NULL::int'))
	INTO placed, by_segment, scope.money_scale, scope.anchors USING as_of, amount IS NOT NULL;
	scope.age_window := w;
	scope.age_bounds := bounds;
	scope.zone := zone;

	found := ARRAY(SELECT s::retention_segment
		FROM retention_summaries('differential.orders', p.key::name, p.at::name, p.unit, amount,
			order_id, segment, zone, as_of, w, refund, filter, cohort_at, bounds) AS s);
	summed := (SELECT sum(s.summary) FROM unnest(found) AS s);
	differences := ARRAY(SELECT * FROM differential.value_differs('scalars',
		(SELECT format('%s %s %s %s', customers(summed), orders(summed),
			revenue(summed), unattributed_revenue(summed))
			WHERE summed IS NOT NULL),
		(SELECT format('%s %s %s %s', s.customers, s.orders, s.revenue, s.unattributed_revenue)
			FROM oracle.scalars(placed, p.unit, amount IS NOT NULL, scope) AS s
			WHERE scope.anchors IS NOT NULL)));
	IF segment IS NOT NULL AND order_id IS NULL THEN
		differences := differences || ARRAY(SELECT differential.value_differs('segments',
			(SELECT array_agg(format('%s %s', customers(f.summary), orders(f.summary)) ORDER BY n)
				FROM unnest(found) WITH ORDINALITY AS f (segment, summary, n))::text, by_segment::text));
	END IF;
	IF placed IS NOT NULL AND EXISTS (SELECT FROM unnest(placed) AS o WHERE NOT o.refund) THEN
		differences := differences || ARRAY(SELECT differential.cohorts_differ(
			ARRAY(SELECT ROW(cohort, age, period, sum(cohort_size), sum(customers),
					sum(customers_since), sum(repeat_customers), sum(orders), sum(revenue),
					sum(cumulative_revenue), oracle.rate(sum(customers)::int8, sum(cohort_size)::int8),
					oracle.wilson(sum(customers)::int8, sum(cohort_size)::int8, -1),
					oracle.wilson(sum(customers)::int8, sum(cohort_size)::int8, 1),
					oracle.rate(sum(customers_since)::int8, sum(cohort_size)::int8),
					oracle.rate(sum(repeat_customers)::int8, sum(cohort_size)::int8),
					bool_and(complete), sum(customers_within), sum(streak_customers),
					oracle.rate(sum(customers_within)::int8, sum(cohort_size)::int8),
					oracle.rate(sum(streak_customers)::int8, sum(cohort_size)::int8))::oracle.cohort_row
				FROM cohort_retention('differential.orders', p.key::name, p.at::name, p.unit, amount,
					order_id, NULL, zone, as_of, w, refund, filter, cohort_at, bounds)
				GROUP BY cohort, age, period ORDER BY cohort, age),
			ARRAY(SELECT oracle.cohorts(placed, p.unit, amount IS NOT NULL, as_of, scope))));
	END IF;
	RETURN QUERY SELECT format('cohort_at, amount %s, refund %s, order_id %s, segment %s, filter %s, timezone %s, as_of %s, age_window %s, age_bounds %s: %s',
		amount, refund, order_id, segment, filter, zone, as_of, w, bounds, d) FROM unnest(differences) AS d;
END $$;
