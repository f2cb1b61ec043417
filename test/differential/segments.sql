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
CREATE FUNCTION differential.fill_segments(key text, at text, amount text,
	segment text, order_id text DEFAULT NULL, zone text DEFAULT NULL,
	as_of date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	in_zone text := 'AT TIME ZONE ' || quote_literal(zone);
	line text := format($sql$
		SELECT min(r) OVER (PARTITION BY %1$I) AS customer, %2$I AS placed_at,
			coalesce(%3$s::numeric, 0) AS amount, %4$I AS segment, %5$s AS order_id, r
		FROM differential.orders
		WHERE %1$I IS DISTINCT FROM NULL AND %2$I IS NOT NULL
			AND ($1 IS NULL OR (%2$I %6$s)::date < $1)
		$sql$, key, at, coalesce(quote_ident(amount), '0'), segment,
		coalesce(quote_ident(order_id), 'NULL::int'), in_zone);
BEGIN
	-- an order of several lines has what its earliest has
	IF order_id IS NOT NULL THEN
		line := format($sql$
			SELECT customer, min(placed_at) AS placed_at, sum(amount) AS amount,
				(array_agg(segment ORDER BY placed_at, segment,
					segment::text COLLATE "C"))[1] AS segment
			FROM (%s) AS line
			GROUP BY customer, order_id, CASE WHEN order_id IS NULL THEN r END
			$sql$, line);
	END IF;
	TRUNCATE differential.segment;
	EXECUTE format($sql$
		INSERT INTO differential.segment
		WITH placed AS MATERIALIZED (
			SELECT *, (placed_at %s)::date AS day FROM (%s) AS o),
		-- a customer of refunds only is where its first refund is
		first AS (
			SELECT DISTINCT ON (customer) customer, segment FROM placed
			ORDER BY customer, amount < 0, placed_at, segment,
				segment::text COLLATE "C")
		SELECT row_number() OVER (ORDER BY first.segment),
			min(first.segment::text COLLATE "C"),
			array_agg(ROW(customer, day, amount)::oracle.placed)
		FROM placed JOIN first USING (customer) GROUP BY first.segment
		$sql$, in_zone, line) USING as_of;
END $$;

-- Which of two equal numbers is shown is not said.
CREATE FUNCTION differential.shown(segment text, of text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE of WHEN 'segment_numeric' THEN trim_scale(segment::numeric)::text
	ELSE segment END;

-- Found segments against the table, each over the days of the whole and, unless
-- they were summarized one by one, with its scale.
CREATE FUNCTION differential.segments_differ(extension retention_segment[],
	of text, whole oracle.placed[], unit text, with_amounts boolean, as_of date,
	active_window int, report_by text, age_window interval DEFAULT NULL)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	report record := oracle.report(whole, NULL);
	scope oracle.scope := (report.first_order, report.last_order,
		CASE WHEN age_window IS NULL THEN oracle.display_scale(whole) END,
		NULL, age_window, NULL);
BEGIN
	RETURN QUERY SELECT * FROM differential.value_differs('segments',
		ARRAY(SELECT differential.shown(f.segment, of) FROM unnest(extension) AS f)::text,
		ARRAY(SELECT differential.shown(e.segment, of) FROM differential.segment AS e
			ORDER BY n)::text);
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
	call text := format('%s(%I, %I, %s%I, %L)',
		CASE WHEN segment ~ 'text|nocase' AND random() < 0.7
			THEN 'segmented_retention_agg' ELSE 'retention_segments_agg' END,
		p.key, p.at, amount || ', ', segment, p.unit);
	statement text := format('SELECT %s::text FROM differential.orders', call);
	whole oracle.placed[] := differential.placed(p.key, p.at, amount);
	found text := differential.value_of(statement, false);
BEGIN
	PERFORM differential.fill_segments(p.key, p.at, amount, segment);
	RETURN QUERY SELECT format('%s: %s', call, d)
	FROM differential.segments_differ(found::retention_segment[], segment, whole,
		p.unit, with_amounts, differential.draw_as_of(p,
			(oracle.report(whole, NULL)).last_order),
		p.active_window, p.report_by) AS d;

	RETURN QUERY SELECT * FROM differential.value_differs('segments in another order',
		differential.value_of(format('SELECT %s::text FROM (SELECT * FROM
			differential.orders ORDER BY random()) AS o', call), false), found);
	RETURN QUERY SELECT * FROM differential.value_differs('sum of segments',
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
	amount name := differential.pick(NULL, 'amount', 'amount_bigint', 'amount_float8');
	order_id name := differential.pick(NULL, 'order_text', 'order_bigint', 'order_numeric');
	segment name := CASE WHEN random() < 0.8 THEN differential.pick_segment() END;
	zone text := differential.draw_report_zone(p);
	as_of date := differential.draw_report_end(p);
	w interval := CASE WHEN random() < 0.5 THEN differential.draw_age_window(p) END;
	placed oracle.placed[] := differential.placed(p.key, p.at, amount, order_id,
		zone, as_of);
	found retention_segment[];
	reported text;
	differences text[];
BEGIN
	IF random() < 0.2 THEN
		PERFORM set_config('max_parallel_workers_per_gather', '2', false);
	END IF;
	found := ARRAY(SELECT s::retention_segment
		FROM retention_summaries('differential.orders', p.key::name, p.at::name,
			p.unit, amount, order_id, segment, zone, as_of, w) AS s);
	IF segment IS NOT NULL THEN
		PERFORM differential.fill_segments(p.key, p.at, amount, segment, order_id,
			zone, as_of);
	ELSE
		TRUNCATE differential.segment;
		INSERT INTO differential.segment SELECT 1, NULL, placed
			WHERE placed IS NOT NULL;
	END IF;
	differences := ARRAY(SELECT differential.segments_differ(found, segment, placed,
		p.unit, amount IS NOT NULL, as_of, p.active_window, p.report_by, w));

	-- today in the zone of a report is today for the readers in a session of that zone
	reported := ARRAY(SELECT r::text FROM cohort_retention('differential.orders',
		p.key::name, p.at::name, p.unit, amount, order_id, segment, zone, as_of, w) AS r);
	PERFORM set_config('TimeZone', coalesce(zone, p.zone), false);
	differences := differences || ARRAY(SELECT differential.value_differs(
		'cohort_retention', reported,
		ARRAY(SELECT r::text FROM (SELECT f.segment, c.* FROM unnest(found) AS f,
			cohorts(f.summary, as_of) AS c) AS r)::text));
	PERFORM set_config('TimeZone', p.zone, false);
	IF w IS NULL THEN
		reported := ARRAY(SELECT r::text FROM customer_churn('differential.orders',
			p.key::name, p.at::name, p.unit, amount, order_id, segment, zone, as_of,
			p.active_window, p.report_by) AS r);
		PERFORM set_config('TimeZone', coalesce(zone, p.zone), false);
		differences := differences || ARRAY(SELECT differential.value_differs(
			'customer_churn', reported,
			ARRAY(SELECT r::text FROM (SELECT f.segment, c.* FROM unnest(found) AS f,
				periods(f.summary, p.active_window, as_of, p.report_by) AS c) AS r)::text));
		PERFORM set_config('TimeZone', p.zone, false);
		differences := differences || ARRAY(SELECT differential.value_differs(
			'repeat_purchase',
			ARRAY(SELECT r::text FROM repeat_purchase('differential.orders',
				p.key::name, p.at::name, p.unit, amount, order_id, segment, zone, as_of, 3)
				AS r)::text,
			ARRAY(SELECT r::text FROM (SELECT f.segment, c.* FROM unnest(found) AS f,
				order_ladder(f.summary, 3) AS c) AS r)::text));
	END IF;
	differences := differences || ARRAY(SELECT differential.value_differs(
		'sum of segments', (SELECT sum(summary)::text FROM unnest(found)),
		(SELECT summary::text FROM retention_summaries('differential.orders',
			p.key::name, p.at::name, p.unit, amount, order_id, NULL, zone, as_of, w))));
	PERFORM set_config('max_parallel_workers_per_gather', '0', false);

	RETURN QUERY SELECT format('amount %s, order_id %s, segment %s, timezone %s, as_of %s, age_window %s: %s',
		amount, order_id, segment, zone, as_of, w, d) FROM unnest(differences) AS d;
END $$;
