-- Segments (definitions, section 15): each against plain SQL over the customers
-- whose first order has its value, in the frame of the whole.

-- The column of a case, and what it is called by.
CREATE FUNCTION differential.pick_segment() RETURNS text
LANGUAGE sql VOLATILE
RETURN differential.pick('segment_text', 'segment_text', 'segment_nocase',
	'segment_int', 'segment_enum', 'segment_numeric');

-- The segments in the order of their type, with the orders of their customers.
CREATE UNLOGGED TABLE differential.segment (n int, segment text, placed oracle.placed[]);

-- A segment is known by the spelling whose bytes come first among its customers'.
-- Each customer is where the main line of its first order is: of lines of one id
-- and its first day, or of orders of one instant, that which is no refund, of the
-- largest amount, of the smallest value. A customer of refunds only is where its
-- first refund is.
CREATE FUNCTION differential.fill_segments(key text, at text, amount text,
	segment text, placed oracle.placed[], order_id text DEFAULT NULL, zone text DEFAULT NULL,
	as_of date DEFAULT NULL, refund text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE differential.segment;
	EXECUTE format($sql$
		INSERT INTO differential.segment
		WITH line AS (
			SELECT min(r) OVER (PARTITION BY %1$I) AS customer, %2$I AS placed_at,
				(%2$I %6$s)::date AS day, coalesce(%3$s::numeric, 0) AS amount,
				%4$I AS segment, %5$s AS order_id, r, %7$s AS refund
			FROM differential.orders
			WHERE %1$I IS DISTINCT FROM NULL AND %2$I IS NOT NULL
				AND ($1 IS NULL OR (%2$I %6$s)::date < $1)),
		of_id AS (
			SELECT *, CASE WHEN order_id IS NULL THEN r END AS alone,
				min(placed_at) OVER (PARTITION BY customer, order_id) AS earliest,
				min(day) OVER (PARTITION BY customer, order_id) AS first_day
			FROM line),
		made AS (
			SELECT customer, order_id, alone, %8$s AS is_order
			FROM of_id WHERE alone IS NOT NULL OR day = first_day
			GROUP BY customer, order_id, alone),
		main AS (
			SELECT DISTINCT ON (of_id.customer, of_id.order_id, of_id.alone) of_id.customer, amount, segment,
				CASE WHEN of_id.alone IS NULL THEN earliest ELSE placed_at END AS placed_at, is_order
			FROM of_id JOIN made ON made.customer = of_id.customer
				AND made.order_id IS NOT DISTINCT FROM of_id.order_id
				AND made.alone IS NOT DISTINCT FROM of_id.alone
			WHERE of_id.alone IS NOT NULL OR day = first_day
			ORDER BY of_id.customer, of_id.order_id, of_id.alone, refund, amount DESC, segment,
				segment::text COLLATE "C"),
		first AS (
			SELECT DISTINCT ON (customer) customer, segment FROM main
			WHERE is_order OR $2
			ORDER BY customer, is_order DESC, placed_at, amount DESC, segment,
				segment::text COLLATE "C")
		SELECT row_number() OVER (ORDER BY first.segment),
			min(first.segment::text COLLATE "C"), array_agg(p)
		FROM unnest($3) AS p JOIN first USING (customer) GROUP BY first.segment
		$sql$, key, at, coalesce(quote_ident(amount), '0'), segment,
		coalesce(quote_ident(order_id), 'NULL::int'), 'AT TIME ZONE ' || quote_literal(zone),
		differential.refund_rule(amount, refund), differential.order_rule(refund))
	USING as_of, amount IS NOT NULL, placed;
END $$;

-- Found segments against the table, each over the days of the whole and with its
-- scale.
CREATE FUNCTION differential.segments_differ(extension retention_segment[],
	whole oracle.placed[], unit text, with_amounts boolean, as_of date,
	active_window int, report_by text, age_window interval DEFAULT NULL,
	age_bounds interval[] DEFAULT NULL)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	report record := oracle.report(whole, NULL);
	scope oracle.scope := (report.first_order, report.last_order,
		oracle.display_scale(whole), NULL, age_window, NULL, age_bounds);
BEGIN
	RETURN QUERY SELECT * FROM differential.value_differs('segments',
		ARRAY(SELECT f.segment FROM unnest(extension) AS f)::text,
		ARRAY(SELECT e.segment FROM differential.segment AS e ORDER BY n)::text);
	RETURN QUERY
	SELECT format('segment %s, as_of %s, %s', e.segment, as_of, d)
	FROM differential.segment AS e,
		differential.summary_differs(extension[n].summary, placed, unit, with_amounts,
			as_of, active_window, report_by, 100, scope) AS d;
END $$;

CREATE FUNCTION differential.check_segments(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	amount text := CASE WHEN with_amounts THEN 'amount' END;
	segment text := differential.pick_segment();
	refund text := CASE WHEN with_amounts THEN p.refund END;
	call text := format('%s(%I, %I, %s%I, %L)',
		CASE WHEN segment ~ 'text|nocase' AND random() < 0.7
			THEN 'segmented_retention_agg' ELSE 'retention_segments_agg' END,
		p.key, p.at, amount || concat(', ', refund || ', '), segment, p.unit);
	statement text := format('SELECT %s::text FROM differential.orders', call);
	whole oracle.placed[] := differential.placed(p.key, p.at, amount, refund => refund);
	found text := differential.value_of(statement, false);
BEGIN
	PERFORM differential.fill_segments(p.key, p.at, amount, segment, whole, refund => refund);
	RETURN QUERY SELECT format('%s: %s', call, d)
	FROM differential.segments_differ(found::retention_segment[], whole,
		p.unit, with_amounts, differential.draw_as_of(p,
			(oracle.report(whole, NULL)).last_order),
		p.active_window, p.report_by) AS d;

	RETURN QUERY SELECT * FROM differential.value_differs('segments in another order',
		differential.value_of(format('SELECT %s::text FROM (SELECT * FROM
			differential.orders ORDER BY random()) AS o', call), false), found);
	RETURN QUERY SELECT * FROM differential.summaries_differ('sum of segments',
		(SELECT sum(summary)::text FROM unnest(found::retention_segment[])),
		differential.value_of(format('SELECT %s FROM differential.orders',
			differential.summary_call(p)), false));
	IF random() < 0.4 THEN
		RETURN QUERY SELECT * FROM differential.value_differs('parallel segments',
			differential.value_of(statement, true), found);
	END IF;
END $$;

-- The table functions by segment and by age window, with order lines, a zone and
-- an end: the summaries against plain SQL, the reports against their readers.
CREATE FUNCTION differential.check_table_segments(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
	-- numeric where the case is about amounts that tie
	amount name := CASE WHEN p.amounts IN ('few', 'growing') THEN 'amount' ELSE
		differential.pick(NULL, 'amount', 'amount', 'amount_bigint', 'amount_float8') END;
	order_id name := differential.pick(NULL, 'order_text', 'order_bigint', 'order_numeric');
	refund name := differential.pick(NULL, 'refund', 'refund');
	segment name := CASE WHEN random() < 0.8 THEN differential.pick_segment() END;
	zone text := differential.draw_report_zone(p);
	as_of date := differential.draw_report_end(p);
	w interval := CASE WHEN random() < 0.4 THEN differential.draw_age_window(p) END;
	bounds interval[] := CASE WHEN w IS NULL AND random() < 0.4 THEN differential.draw_age_bounds(p) END;
	placed oracle.placed[] := differential.placed(p.key, p.at, amount, order_id,
		zone, as_of, refund => refund);
	found retention_segment[];
	reported json[];
	other text;
	differences text[];
BEGIN
	IF random() < 0.2 THEN
		PERFORM set_config('max_parallel_workers_per_gather', '2', false);
	END IF;
	found := ARRAY(SELECT s::retention_segment
		FROM retention_summaries('differential.orders', p.key::name, p.at::name,
			p.unit, amount, order_id, segment, zone, as_of, w, refund, age_bounds => bounds) AS s);
	IF segment IS NOT NULL THEN
		PERFORM differential.fill_segments(p.key, p.at, amount, segment, placed, order_id,
			zone, as_of, refund);
	ELSE
		TRUNCATE differential.segment;
		INSERT INTO differential.segment SELECT 1, NULL, placed
			WHERE placed IS NOT NULL;
	END IF;
	differences := ARRAY(SELECT differential.segments_differ(found, placed,
		p.unit, amount IS NOT NULL, as_of, p.active_window, p.report_by, w, bounds));

	-- today in the zone of a report is today for the readers in a session of that zone
	reported := ARRAY(SELECT to_json(r) FROM cohort_retention('differential.orders',
		p.key::name, p.at::name, p.unit, amount, order_id, segment, zone, as_of, w,
		refund, age_bounds => bounds) AS r);
	PERFORM set_config('TimeZone', coalesce(zone, p.zone), false);
	differences := differences || ARRAY(SELECT differential.rows_differ(
		'cohort_retention', reported,
		ARRAY(SELECT to_json(r) FROM (SELECT f.segment, c.* FROM unnest(found) AS f,
			cohorts(f.summary, as_of) AS c) AS r)));
	PERFORM set_config('TimeZone', p.zone, false);
	IF w IS NULL AND bounds IS NULL THEN
		reported := ARRAY(SELECT to_json(r) FROM customer_churn('differential.orders',
			p.key::name, p.at::name, p.unit, amount, order_id, segment, zone, as_of,
			p.active_window, p.report_by, refund) AS r);
		PERFORM set_config('TimeZone', coalesce(zone, p.zone), false);
		differences := differences || ARRAY(SELECT differential.rows_differ(
			'customer_churn', reported,
			ARRAY(SELECT to_json(r) FROM (SELECT f.segment, c.* FROM unnest(found) AS f,
				periods(f.summary, p.active_window, as_of, p.report_by) AS c) AS r)));
		PERFORM set_config('TimeZone', p.zone, false);
		differences := differences || ARRAY(SELECT differential.rows_differ(
			'repeat_purchase',
			ARRAY(SELECT to_json(r) FROM repeat_purchase('differential.orders',
				p.key::name, p.at::name, p.unit, amount, order_id, segment, zone, as_of, 3,
				refund) AS r),
			ARRAY(SELECT to_json(r) FROM (SELECT f.segment, c.* FROM unnest(found) AS f,
				order_ladder(f.summary, 3) AS c) AS r)));
	END IF;
	differences := differences || ARRAY(SELECT differential.summaries_differ(
		'sum of segments', (SELECT sum(summary)::text FROM unnest(found)),
		(SELECT summary::text FROM retention_summaries('differential.orders',
			p.key::name, p.at::name, p.unit, amount, order_id, NULL, zone, as_of, w, refund,
			age_bounds => bounds))));

	-- rows as lines of orders of their own, or of none: byte for byte the same
	IF order_id IS NULL THEN
		FOREACH other IN ARRAY ARRAY['r', 'no_id'] LOOP
			differences := differences || ARRAY(SELECT differential.rows_differ(
				'order_id ' || other,
				ARRAY(SELECT to_json(s) FROM retention_summaries('differential.orders', p.key::name,
					p.at::name, p.unit, amount, other::name, segment, zone, as_of, w, refund,
					age_bounds => bounds) AS s),
				ARRAY(SELECT to_json(f) FROM unnest(found) AS f)));
		END LOOP;
	END IF;
	PERFORM set_config('max_parallel_workers_per_gather', '0', false);

	RETURN QUERY SELECT format('amount %s, refund %s, order_id %s, segment %s, timezone %s, as_of %s, age_window %s, age_bounds %s: %s',
		amount, refund, order_id, segment, zone, as_of, w, bounds, d) FROM unnest(differences) AS d;
END $$;
