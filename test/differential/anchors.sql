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
	scope := (NULL, NULL, coalesce(money_scale, 0), anchors, NULL, NULL);
END $$;

CREATE FUNCTION differential.check_anchors(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	expected record := differential.anchored(p.key, p.at,
		CASE WHEN with_amounts THEN 'amount' END, CASE WHEN with_amounts THEN p.refund END);
	last_order date := (oracle.report(expected.placed, NULL)).last_order;
	as_of date := CASE WHEN last_order IS NULL AND random() < 0.5
		THEN p.base::date + floor(random() * (p.span + 3))::int
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
