-- Histories (definitions, section 11): what is read from them against plain SQL
-- over the same orders, merging in any order against all at once, and summaries
-- of them.

-- Each group with its history, and its days as plain SQL has them; a group is
-- known by its first row.
CREATE UNLOGGED TABLE differential.history (g int, h retention_history, day date)
	WITH (parallel_workers = 2, autovacuum_enabled = false);
CREATE UNLOGGED TABLE differential.purchase (g int, day date, orders bigint, amount numeric)
	WITH (parallel_workers = 2, autovacuum_enabled = false);
CREATE UNLOGGED TABLE differential.money_scale (g int, digits int);
CREATE UNLOGGED TABLE differential.batch (g int, h retention_history);

-- history_agg() with the operator || alone.
CREATE AGGREGATE differential.merge(retention_history) (
	SFUNC = retention_history_merge, STYPE = retention_history);

-- The orders of each day, and their sum with the largest scale of the group; days
-- of which nothing is left are none.
CREATE FUNCTION differential.fill_purchases(key text, at text, with_amounts boolean,
	refund text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE differential.purchase, differential.money_scale;
	EXECUTE format($sql$
		WITH line AS MATERIALIZED (
			SELECT min(r) OVER (PARTITION BY %s) AS g, %I::date AS day,
				CASE WHEN $1 THEN coalesce(amount, 0) ELSE 0 END AS amount,
				CASE WHEN $1 THEN %s ELSE false END AS refund
			FROM differential.orders),
		scales AS (
			INSERT INTO differential.money_scale
			SELECT g, max(scale(amount)) FROM line WHERE day IS NOT NULL GROUP BY g
			RETURNING *)
		INSERT INTO differential.purchase
		SELECT g, day, count(*) FILTER (WHERE NOT refund),
			CASE WHEN $1 THEN round(sum(amount), max(digits)) END
		FROM line JOIN scales USING (g)
		WHERE day IS NOT NULL GROUP BY g, day
		HAVING bool_or(NOT refund) OR sum(amount) <> 0
		$sql$, key, at, differential.refund_rule('amount', refund)) USING with_amounts;
END $$;

-- Numbers of the days from one until before another, NULL for open ends.
CREATE FUNCTION differential.history_numbers(g int, from_day date, before_day date,
	with_amounts boolean)
RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH range AS (
		SELECT * FROM differential.purchase AS p
		WHERE p.g = history_numbers.g AND (from_day IS NULL OR day >= from_day)
			AND (before_day IS NULL OR day < before_day)),
	placed AS (
		SELECT day, row_number() OVER (ORDER BY day) AS n
		FROM differential.purchase AS p, generate_series(1, orders)
		WHERE p.g = history_numbers.g)
	SELECT ROW(
		(SELECT coalesce(sum(orders), 0) FROM range),
		(SELECT CASE WHEN with_amounts THEN
			round(coalesce((SELECT sum(amount) FROM range), 0), digits) END
			FROM differential.money_scale AS m WHERE m.g = history_numbers.g),
		(SELECT max(day) FROM placed WHERE before_day IS NULL OR day < before_day),
		(SELECT count(DISTINCT day) FROM placed), (SELECT min(day) FROM placed),
		(SELECT (max(day) - min(day))::float8 / nullif(count(DISTINCT day) - 1, 0) FROM placed),
		(SELECT max(day) - min(day) FROM placed WHERE n <= 2 HAVING count(*) = 2))::text;
END;

CREATE FUNCTION differential.check_histories(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	call text := format('history_agg(%I%s)', p.at,
		CASE WHEN with_amounts THEN concat(', amount', ', ' || p.refund) END);
	key text := differential.pick(quote_ident(p.key), 'cohort_group', 'r - r');
	from_day date := differential.pick(NULL, '-infinity', 'infinity',
		(p.base::date + floor(p.span * random())::int)::text,
		(p.base::date + floor(p.span * random())::int)::text);
	before_day date := differential.pick(NULL, '-infinity', 'infinity',
		(p.base::date + floor((p.span + 2) * random())::int)::text,
		(p.base::date + floor((p.span + 2) * random())::int)::text);
	statement text;
BEGIN
	TRUNCATE differential.history;
	EXECUTE format('INSERT INTO differential.history
		SELECT min(r), %s FROM differential.orders GROUP BY %s', call, key);
	PERFORM differential.fill_purchases(key, p.at, with_amounts, p.refund);

	RETURN QUERY
	SELECT differential.apart('purchases by ' || key, g, to_json(e), to_json(o))
	FROM (SELECT g, d.* FROM differential.history, purchases(h) AS d) AS e
		FULL JOIN differential.purchase AS o USING (g, day)
	WHERE (e.orders, e.amount::text) IS DISTINCT FROM (o.orders, o.amount::text)
		OR e.g IS NULL OR o.g IS NULL;
	RETURN QUERY
	SELECT differential.value_differs(format('numbers by %s from %s before %s',
			key, from_day, before_day),
		ROW(orders(h, from_day, before_day), revenue(h, from_day, before_day),
			last_order(h, before_day), order_days(h), first_order(h), mean_gap_days(h),
			days_to_repeat(h))::text,
		differential.history_numbers(g, from_day, before_day, with_amounts))
	FROM differential.history WHERE h IS NOT NULL;
	RETURN QUERY
	SELECT format('all of %s: %s', h, d)
	FROM differential.history, LATERAL (VALUES
		('orders', orders(h)::text, orders(h, NULL, NULL)::text),
		('revenue', revenue(h)::text, revenue(h, NULL, NULL)::text),
		('last_order', last_order(h)::text, last_order(h, NULL)::text),
		('text', h::text::retention_history::text, h::text)) AS v (what, a, b),
		differential.value_differs(what, a, b) AS d;

	-- 11: back from their days; of no day nothing is left.
	RETURN QUERY
	SELECT format(E'days of %s\n  history_agg  %s', h, back)
	FROM differential.history, LATERAL (
		SELECT history_agg(d.day, d.orders, d.amount ORDER BY random()) AS back
		FROM purchases(h) AS d) AS b
	WHERE back IS DISTINCT FROM CASE WHEN EXISTS (SELECT FROM purchases(h)) THEN h END;
	RETURN QUERY SELECT * FROM differential.value_differs('history of days',
		differential.value_of('SELECT history_agg(day, orders, amount)
			FROM differential.purchase', random() < 0.4),
		(SELECT history_agg(h)::text FROM differential.history
			WHERE EXISTS (SELECT FROM purchases(h))));

	-- Rows in another order, and batches of them merged in any order.
	TRUNCATE differential.batch;
	EXECUTE format('INSERT INTO differential.batch SELECT g, %s
		FROM (SELECT *, min(r) OVER (PARTITION BY %s) AS g, floor(random() * %s) AS batch
			FROM differential.orders ORDER BY random()) AS o GROUP BY g, batch',
		call, key, differential.pick(1, 2, 5, 30));
	RETURN QUERY
	SELECT format(E'merged by %s\n  all at once  %s\n  history_agg  %s\n  ||           %s',
		key, h, together, one_by_one)
	FROM differential.history FULL JOIN (
		SELECT g, history_agg(h ORDER BY random()) AS together,
			differential.merge(h ORDER BY random()) AS one_by_one
		FROM differential.batch GROUP BY g) AS b USING (g)
	WHERE together IS DISTINCT FROM h OR one_by_one IS DISTINCT FROM h;

	IF random() < 0.4 THEN
		statement := format('SELECT array_agg(h::text ORDER BY cohort_group)
			FROM (SELECT cohort_group, %s AS h FROM differential.orders
				GROUP BY cohort_group) AS g', call);
		RETURN QUERY SELECT * FROM differential.value_differs('parallel histories by group',
			differential.value_of(statement, true), differential.value_of(statement, false));
		statement := format('SELECT %s FROM differential.orders', call);
		RETURN QUERY SELECT * FROM differential.value_differs('parallel history',
			differential.value_of(statement, true), differential.value_of(statement, false));
	END IF;
END $$;

-- Windows whose number stays within reason for the span of a case.
CREATE FUNCTION differential.draw_age_window(p differential.parameters)
RETURNS interval LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT w FROM unnest(ARRAY['1 day', '7 days', '10 days', '30 days', '30 days', '91 days',
		'4000 days', '1 month', '1 month', '1 month', '1 month', '2 months', '2 months',
		'3 months', '1 year', '7 years']::interval[]) AS w
	WHERE extract(epoch FROM w) / 86400 > p.span / 300
	ORDER BY random() LIMIT 1;
END;

-- Brackets: bounds in days, then in months, often as close as they may be.
CREATE FUNCTION differential.draw_age_bounds(p differential.parameters)
RETURNS interval[] LANGUAGE sql VOLATILE
BEGIN ATOMIC
	WITH days AS MATERIALIZED (
		SELECT DISTINCT 1 + floor(random() * random() * least(p.span * 1.3, 900))::int AS d
		FROM generate_series(1, floor(random() * 6)::int)),
	later AS MATERIALIZED (
		SELECT DISTINCT greatest(ceil(coalesce((SELECT max(d) FROM days), 1) / 28.0), 1)::int
			+ floor(random() * random() * greatest(p.span / 28, 3))::int AS m
		FROM generate_series(1, floor(random() * 4)::int)),
	bound AS (
		SELECT 1 AS k, d AS n, make_interval(days => d) AS b FROM days
		UNION ALL SELECT 2, m, make_interval(months => m) FROM later)
	SELECT coalesce(array_agg(b ORDER BY k, n), '{7 days}') FROM bound;
END;

-- Summaries of histories: the bytes of those of the orders; and with an age window
-- (12) against plain SQL.
CREATE FUNCTION differential.check_history_summaries(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	w interval := CASE WHEN random() < 0.4 THEN differential.draw_age_window(p) END;
	bounds interval[] := CASE WHEN w IS NULL AND random() < 0.8 THEN differential.draw_age_bounds(p) END;
	call text := format('%sretention_agg(h, %L%s%s)', CASE WHEN bounds IS NOT NULL THEN 'bracket_' END,
		p.unit, ', ' || quote_literal(w) || '::interval', ', ' || quote_literal(bounds) || '::interval[]');
	found text;
	placed oracle.placed[] := differential.placed(p.key, p.at,
		CASE WHEN with_amounts THEN 'amount' END,
		refund => CASE WHEN with_amounts THEN p.refund END);
	whole text := differential.value_of(format('SELECT %s FROM differential.orders',
		differential.summary_call(p)), false);
	as_of date := differential.draw_as_of(p, (oracle.report(placed, NULL)).last_order);
BEGIN
	-- batches of rows, merged
	TRUNCATE differential.history;
	EXECUTE format('INSERT INTO differential.history
		SELECT g, history_agg(h ORDER BY random()) FROM (
			SELECT g, history_agg(%I%s) AS h
			FROM (SELECT *, min(r) OVER (PARTITION BY %3$I) AS g, floor(random() * %s) AS batch
				FROM differential.orders WHERE %3$I IS DISTINCT FROM NULL) AS o
			GROUP BY g, batch) AS batch
		GROUP BY g', p.at, CASE WHEN with_amounts THEN concat(', amount', ', ' || p.refund) END, p.key,
		differential.pick(1, 2, 5));
	found := differential.value_of(format('SELECT %s FROM (
		SELECT h FROM differential.history ORDER BY random()) AS o', call), false);

	RETURN QUERY SELECT * FROM differential.summaries_differ('summary of histories',
		(SELECT retention_agg(h, p.unit)::text FROM differential.history), whole);
	RETURN QUERY SELECT * FROM differential.summaries_differ('summary of histories in parallel',
		differential.value_of(format('SELECT %s FROM differential.history', call), true),
		found);
	EXECUTE format('SELECT (SELECT sum(s ORDER BY random())::text FROM (
			SELECT %s AS s FROM differential.history
			GROUP BY hashint4(g) %% %s) AS part)', call, differential.pick(2, 7, 1000))
	INTO whole;
	RETURN QUERY SELECT * FROM differential.summaries_differ('sum of summaries of histories',
		whole, found);
	IF bounds IS NOT NULL THEN
		RETURN QUERY SELECT * FROM differential.value_differs('retention_ages',
			(SELECT array_agg(from_window ORDER BY age)::text || array_agg(before_window ORDER BY age)::text
				FROM retention_ages(found::retention_summary)),
			(array_prepend(interval '0', bounds))::text || (bounds || NULL::interval)::text)
		WHERE found IS NOT NULL;
	END IF;
	IF w IS NOT NULL OR bounds IS NOT NULL THEN
		RETURN QUERY SELECT format('age_window %s, age_bounds %s, as_of %s, %s', w, bounds, as_of, d)
		FROM differential.summary_differs(found::retention_summary, placed, p.unit,
			with_amounts, as_of, p.active_window, p.report_by, 100,
			(NULL, NULL, NULL, NULL, w, NULL, bounds)::oracle.scope) AS d;
		RETURN QUERY SELECT * FROM differential.value_differs('text with ages',
			found::retention_summary::text, found);
	END IF;
END $$;
