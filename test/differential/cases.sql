-- One case: random orders, the extension and the oracle over them, compared.

-- The orders and refunds that the oracle is to count. A row without customer or
-- time is none; the customer is known by the first row of its GROUP BY group; a
-- NULL amount counts as 0; what is a refund is told by a column or the sign
-- (definitions 1). Order lines are money only, each on its own day, and beside
-- them is the order that they belong to, on the first of their days, if the
-- lines of that day make one. With as_of, lines before it are read. Without
-- amounts nothing is left of refunds.
CREATE FUNCTION differential.placed(key text, at text, amount text,
	order_id text DEFAULT NULL, zone text DEFAULT NULL, as_of date DEFAULT NULL,
	filter text DEFAULT 'true', refund text DEFAULT NULL) RETURNS oracle.placed[]
LANGUAGE plpgsql AS $$
DECLARE
	line text := format($sql$
		SELECT min(r) OVER (PARTITION BY %1$I) AS customer, (%2$I %6$s)::date AS day,
			coalesce(%3$s::numeric, 0) AS amount, %4$s AS order_id, r,
			%7$s AS refund
		FROM differential.orders
		WHERE %1$I IS DISTINCT FROM NULL AND %2$I IS NOT NULL AND %5$s
			AND ($1 IS NULL OR (%2$I %6$s)::date < $1)
		$sql$, key, at, coalesce(quote_ident(amount), '0'),
		coalesce(quote_ident(order_id), 'NULL::int'), filter,
		'AT TIME ZONE ' || quote_literal(zone),
		differential.refund_rule(amount, refund));
	result oracle.placed[];
BEGIN
	IF order_id IS NOT NULL THEN
		line := format($sql$
			WITH line AS (
				SELECT *, min(day) OVER (PARTITION BY customer, order_id) AS first_day
				FROM (%s) AS l)
			SELECT customer, day, amount, refund OR order_id IS NOT NULL AS refund
			FROM line
			UNION ALL
			SELECT customer, first_day, 0, false
			FROM line WHERE order_id IS NOT NULL AND day = first_day
			GROUP BY customer, order_id, first_day
			HAVING %s
			$sql$, line, differential.order_rule(refund));
	END IF;
	EXECUTE format($sql$
		SELECT array_agg(ROW(customer, day, amount, refund)::oracle.placed)
		FROM (%s) AS p WHERE %s
		$sql$, line, CASE WHEN amount IS NULL THEN 'NOT refund' ELSE 'true' END)
	INTO result USING as_of;
	RETURN result;
END $$;

-- 1: is a row, or a line, a refund? And do lines of one day make an order?
CREATE FUNCTION differential.refund_rule(amount text, refund text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN refund IS NOT NULL THEN format('coalesce(%I, false)', refund)
	ELSE format('coalesce(%s < 0, false)', coalesce(quote_ident(amount), '0')) END;
CREATE FUNCTION differential.order_rule(refund text) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN refund IS NOT NULL THEN 'bool_or(NOT refund)' ELSE 'sum(amount) >= 0' END;

-- True, and in half of the parallel plans after a while: a small table would be
-- read before there is anybody to share it with.
CREATE FUNCTION differential.pause() RETURNS boolean
LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN coalesce(pg_sleep(nullif(current_setting('differential.pause', true), '')::float8)
	IS NOT NULL, true);

-- The text of a statement's one value, from a serial plan or from one that
-- really aggregates in parallel; either may have a scan node, which takes no
-- workers with segments.
CREATE FUNCTION differential.value_of(statement text, parallel boolean)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
	result text;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', '0', false);
	PERFORM set_config('retention.enable_scan', differential.pick('on', 'off'), false);
	IF parallel THEN
		IF statement ~ 'segment' THEN
			PERFORM set_config('retention.enable_scan', 'off', false);
		END IF;
		PERFORM set_config('max_parallel_workers_per_gather',
			differential.pick('2', '2', '3', '4'), false);
		PERFORM set_config('parallel_leader_participation',
			differential.pick('on', 'off'), false);
		-- few rows, but dear to read and dear to hand over
		PERFORM set_config('cpu_tuple_cost', '100', false);
		PERFORM set_config('parallel_tuple_cost', '10', false);
		IF random() < 0.5 THEN
			statement := regexp_replace(statement, '(FROM\s+differential\.(orders|history))$',
				'\1 WHERE differential.pause()');
			PERFORM set_config('differential.pause', (SELECT (0.04 / greatest(count(*), 1))::text
				FROM differential.orders), false);
		END IF;
		EXECUTE 'EXPLAIN (FORMAT json) ' || statement INTO plan;
		IF plan::text !~ 'Gather' THEN
			RAISE 'not a parallel aggregate: %', statement;
		END IF;
	END IF;
	EXECUTE statement INTO result;
	PERFORM set_config('max_parallel_workers_per_gather', '0', false);
	PERFORM set_config('differential.pause', '', false);
	RESET cpu_tuple_cost;
	RESET parallel_tuple_cost;
	RESET retention.enable_scan;
	RETURN result;
END $$;

CREATE FUNCTION differential.summary_call(p differential.parameters)
RETURNS text LANGUAGE sql IMMUTABLE
RETURN format('retention_agg(%I, %I, %s%L)', p.key, p.at,
	CASE WHEN p.amounts <> 'none' THEN concat('amount, ', p.refund || ', ') END, p.unit);

-- When a report on these orders may end: by default, with a period, in one, or
-- long after.
CREATE FUNCTION differential.draw_as_of(p differential.parameters,
	last_order date) RETURNS date
LANGUAGE plpgsql AS $$
DECLARE
	next int := oracle.period_no(oracle.period_of(last_order, p.unit), p.unit) + 1;
	as_of date;
BEGIN
	IF p.unit LIKE 'calendar%' THEN		-- which may end before the next period but one
		RETURN CASE differential.pick('default', 'boundary', 'boundary', 'inside', 'end')
			WHEN 'boundary' THEN (SELECT start FROM oracle.listed WHERE calendar = p.unit AND start > last_order
				AND start <= oracle.end_of(p.unit, p.report_by) ORDER BY start, random() LIMIT 1)
			WHEN 'inside' THEN last_order + 1 + floor(random() * least(90,
				oracle.end_of(p.unit, p.report_by) - last_order - 1))::int
			WHEN 'end' THEN least(oracle.end_of(p.unit, p.report_by), last_order + 200)
			END;
	END IF;
	as_of := CASE differential.pick('default', 'default', 'boundary', 'inside', 'years')
		WHEN 'boundary' THEN
			oracle.period_at(next + floor(random() * 3)::int, p.unit)
		WHEN 'inside' THEN last_order + 1 + floor(random() * 1.5 *
			(oracle.period_at(next + 1, p.unit) - oracle.period_at(next, p.unit)))::int
		WHEN 'years' THEN CASE WHEN p.unit = 'day' AND p.row_count > 12
			THEN last_order + 60 ELSE (last_order + interval '2 years')::date END
		END;
	RETURN CASE WHEN as_of IS NOT NULL THEN least(as_of, oracle.end_of(p.report_by)) END;
END $$;

-- The readers over one summary, and the refusal to rewind it.
CREATE FUNCTION differential.check_summary(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	placed oracle.placed[] := differential.placed(p.key, p.at,
		CASE WHEN with_amounts THEN 'amount' END,
		refund => CASE WHEN with_amounts THEN p.refund END);
	last_order date := (oracle.report(placed, NULL)).last_order;
	as_of date := differential.draw_as_of(p, last_order);
	s retention_summary := differential.value_of(format('SELECT %s
		FROM differential.orders', differential.summary_call(p)),
		false)::retention_summary;
	difference text;
BEGIN
	FOR difference IN SELECT differential.summary_differs(s, placed, p.unit,
			with_amounts, as_of, p.active_window, p.report_by,
			differential.pick(1, 2, 3, 100, 100)::int) LOOP
		RETURN NEXT format('as_of %s, %s', as_of, difference);
	END LOOP;

	IF last_order IS NOT NULL AND random() < 0.1 THEN
		BEGIN
			PERFORM cohorts(s, last_order - floor(random() * 3)::int);
			RETURN NEXT 'as_of on or before the last order was accepted';
		EXCEPTION WHEN invalid_parameter_value THEN
			NULL;
		END;
	END IF;
END $$;

-- The same bytes in any order of rows, in parallel, and added up from shards of
-- the customers.
CREATE FUNCTION differential.check_bytes(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	call text := differential.summary_call(p);
	whole text := differential.value_of(
		format('SELECT %s FROM differential.orders', call), false);
	shards retention_summary[];
	shard retention_summary;
	added retention_summary;
BEGIN
	RETURN QUERY SELECT * FROM differential.summaries_differ('rows in another order',
		differential.value_of(format('SELECT %s FROM (SELECT * FROM
			differential.orders ORDER BY random()) AS o', call), false), whole);
	IF random() < 0.4 THEN
		RETURN QUERY SELECT * FROM differential.summaries_differ('parallel',
			differential.value_of(format(
				'SELECT %s FROM differential.orders', call), true), whole);
	END IF;

	EXECUTE format($sql$
		SELECT array_agg(s) FROM (
			SELECT %s AS s FROM (
				SELECT *, min(r) OVER (PARTITION BY %I) %% 3 AS shard
				FROM differential.orders) AS o
			GROUP BY shard) AS shard WHERE s IS NOT NULL
		$sql$, call, p.key) INTO shards;
	FOREACH shard IN ARRAY coalesce(shards, '{}') LOOP
		added := CASE WHEN added IS NULL THEN shard ELSE added + shard END;
	END LOOP;
	RETURN QUERY SELECT * FROM differential.summaries_differ('shards added with +',
		added::text, whole);
	RETURN QUERY SELECT * FROM differential.summaries_differ('sum of shards',
		(SELECT sum(s)::text FROM unnest(shards) AS s), whole);
	IF added <> whole::retention_summary THEN
		RETURN NEXT 'equal texts, but <>';
	END IF;
END $$;

-- GROUP BY: each group as if it were alone.
CREATE FUNCTION differential.check_groups(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	with_amounts boolean := p.amounts <> 'none';
	statement text := format($sql$
		SELECT array_agg(ARRAY[cohort_group::text, s::text] ORDER BY cohort_group)
		FROM (SELECT cohort_group, %s AS s FROM differential.orders
			GROUP BY cohort_group OFFSET 0) AS g
		$sql$, differential.summary_call(p));
	serial text;
	group_of text[];
	difference text;
BEGIN
	PERFORM set_config('enable_hashagg', differential.pick('on', 'off'), false);
	serial := differential.value_of(statement, false);
	IF random() < 0.3 THEN
		RETURN QUERY SELECT * FROM differential.value_differs('parallel groups',
			differential.value_of(statement, true), serial);
	END IF;
	RESET enable_hashagg;

	IF serial IS NULL THEN		-- no group at all
		RETURN;
	END IF;
	FOREACH group_of SLICE 1 IN ARRAY serial::text[] LOOP
		FOR difference IN SELECT differential.summary_differs(
				group_of[2]::retention_summary,
				differential.placed(p.key, p.at,
					CASE WHEN with_amounts THEN 'amount' END,
					filter => 'cohort_group = ' || group_of[1],
					refund => CASE WHEN with_amounts THEN p.refund END),
				p.unit, with_amounts, NULL, p.active_window, p.report_by, 100) LOOP
			RETURN NEXT format('group %s, %s', group_of[1], difference);
		END LOOP;
	END LOOP;
END $$;

-- The rates of one window (6), repeat_purchase_rate (7).
CREATE FUNCTION differential.check_rates(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	type text := substr(p.at, 4);
	-- two columns of text have to agree on a collation
	order_id text := CASE WHEN p.key ~ 'nocase' THEN 'order_bigint' ELSE
		differential.pick('order_text', 'order_bigint', 'order_numeric') END;
	times text[];
	bounds text;
	statement text;
	serial text;
	expected text;
BEGIN
	-- Window bounds that are times of orders, so that "before" and "at" differ.
	EXECUTE format($sql$
		SELECT array_agg(%1$I::text ORDER BY %1$I) FROM (
			SELECT DISTINCT %1$I FROM (
				SELECT %1$I FROM differential.orders WHERE %1$I IS NOT NULL
				UNION ALL
				SELECT (date %3$L + i)::%2$s FROM generate_series(-1, 3) AS i) AS t
			ORDER BY 1) AS t
		$sql$, p.at, type, p.base::date) INTO times;
	SELECT string_agg(quote_literal(time) || '::' || type, ', ' ORDER BY i)
	INTO bounds
	FROM (SELECT * FROM unnest(times) WITH ORDINALITY AS t (time, i)
		ORDER BY random() LIMIT 3) AS three;

	statement := format($sql$
		SELECT ARRAY[retention_rate(%1$I, %2$I, %3$s),
			churn_rate(%1$I, %2$I, %3$s),
			retention_rate(%1$I, %2$I, %4$s),
			churn_rate(%1$I, %2$I, %4$s),
			repeat_purchase_rate(%1$I), repeat_purchase_rate(%1$I, %5$I)]
		FROM differential.orders
		$sql$, p.key, p.at, bounds, substr(bounds, strpos(bounds, ', ') + 2), order_id);
	serial := differential.value_of(statement, false);
	EXECUTE format($sql$
		WITH line AS (
			SELECT CASE WHEN %1$I IS DISTINCT FROM NULL
				THEN min(r) OVER (PARTITION BY %1$I) END AS customer,
				%2$I AS t, %4$I AS id
			FROM differential.orders),
		data AS (
			SELECT array_agg(customer) AS customers, array_agg(t) AS times,
				array_agg(id) AS ids, array_agg(NULL::int) AS no_ids FROM line),
		bound AS (
			SELECT * FROM (VALUES (%3$s)) AS b (a, b, c))
		SELECT ARRAY[oracle.rate(since.retained, since.s),
			oracle.rate(since.s - since.retained, since.s),
			oracle.rate(ever.retained, ever.s),
			oracle.rate(ever.s - ever.retained, ever.s),
			oracle.repeat_purchase_rate(customers, no_ids),
			oracle.repeat_purchase_rate(customers, ids)]
		FROM data, bound,
			oracle.window_counts(customers, times, a, b, c) AS since,
			oracle.window_counts(customers, times, NULL, b, c) AS ever
		$sql$, p.key, p.at, bounds, order_id) INTO expected;
	RETURN QUERY SELECT * FROM differential.value_differs(
		statement, serial, expected);
	IF random() < 0.3 THEN
		RETURN QUERY SELECT * FROM differential.value_differs(
			'parallel rates', differential.value_of(statement, true), serial);
	END IF;
END $$;

-- retention(VARIADIC conditions) (9).
CREATE FUNCTION differential.check_conditions(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	statement constant text :=
		'SELECT retention(VARIADIC conditions) FROM differential.orders';
	expected boolean[] := (SELECT oracle.retention(array_agg(conditions::text))
		FROM differential.orders);
BEGIN
	RETURN QUERY SELECT * FROM differential.value_differs('retention(VARIADIC)',
		differential.value_of(statement, random() < 0.3), expected::text);
	RETURN QUERY SELECT * FROM differential.value_differs('retention(c1, c2)',
		differential.value_of('SELECT retention(conditions[1],
			conditions[cardinality(conditions) / 2 + 1])
			FROM differential.orders', false),
		CASE WHEN expected IS NOT NULL THEN
			ARRAY[expected[1], expected[cardinality(expected) / 2 + 1]] END::text);
END $$;

-- Straight from a table: order lines, time zone, as_of.
CREATE FUNCTION differential.check_table_functions(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	source regclass := differential.pick('differential.orders',
		'differential.orders_view');
	-- numeric where the case is about amounts that tie
	amount name := CASE WHEN p.amounts IN ('few', 'growing') THEN 'amount' ELSE
		differential.pick(NULL, 'amount', 'amount', 'amount_bigint', 'amount_float8') END;
	order_id name := differential.pick(NULL, 'order_text', 'order_bigint', 'order_numeric');
	refund name := differential.pick(NULL, 'refund', 'refund');
	filter text := differential.pick(NULL, NULL, 'r % 3 > 0', 'cohort_group = 1 OR refund',
		'EXISTS (SELECT FROM differential.key_kind k WHERE length(k.key) > r % 12)');
	zone text := differential.draw_report_zone(p);
	scope oracle.scope := (NULL, NULL, NULL, NULL, NULL, zone, NULL);
	as_of date := differential.draw_report_end(p);
	placed oracle.placed[] := differential.placed(p.key, p.at, amount, order_id,
		zone, as_of, coalesce('(' || filter || ')', 'true'), refund);
	with_amounts boolean := amount IS NOT NULL;
	s retention_summary;
	differences text[];
BEGIN
	IF random() < 0.2 THEN
		PERFORM set_config('max_parallel_workers_per_gather', '2', false);
	END IF;
	differences := ARRAY(SELECT differential.cohorts_differ(
		ARRAY(SELECT ROW(cohort, age, period, cohort_size, customers,
				customers_since, repeat_customers, orders, revenue,
				cumulative_revenue, retention_rate, ci_low, ci_high,
				unbounded_rate, repeat_rate, complete, customers_within,
				streak_customers, within_rate, streak_rate)::oracle.cohort_row
			FROM cohort_retention(source, p.key::name, p.at::name,
				period => p.unit, amount => amount, order_id => order_id,
				timezone => zone, as_of => as_of, refund => refund, filter => filter) AS c),
		ARRAY(SELECT oracle.cohorts(placed, p.unit, with_amounts, as_of, scope))));
	differences := differences || ARRAY(SELECT differential.periods_differ(
		ARRAY(SELECT ROW(period, opening_customers, new_customers,
				retained_customers, reactivated_customers, churned_customers,
				active_customers, ordering_customers, orders, revenue,
				retention_rate, churn_rate, crr, quick_ratio,
				complete, inactive_customers)::oracle.period_row
			FROM customer_churn(source, p.key::name, p.at::name,
				period => p.unit, amount => amount, order_id => order_id,
				timezone => zone, as_of => as_of, refund => refund, filter => filter,
				active_window => p.active_window,
				report_by => p.report_by) AS c),
		ARRAY(SELECT oracle.periods(placed, p.unit, with_amounts,
			p.active_window, as_of, p.report_by, scope))));
	differences := differences || ARRAY(SELECT differential.ladder_differ(
		ARRAY(SELECT ROW(order_number, customers, conversion_rate,
				share, exactly)::oracle.ladder_row
			FROM repeat_purchase(source, p.key::name, p.at::name,
				period => p.unit, amount => amount, order_id => order_id,
				timezone => zone, as_of => as_of, refund => refund, filter => filter, max_orders => 5) AS r),
		ARRAY(SELECT oracle.order_ladder(placed, 5))));
	differences := differences || ARRAY(SELECT differential.revenue_differ(
		ARRAY(SELECT ROW(period, opening_revenue, new_revenue, reactivated_revenue,
				expansion_revenue, contraction_revenue, churned_revenue, revenue,
				gross_revenue_retention, net_revenue_retention, complete)::oracle.revenue_row
			FROM revenue_retention(source, p.key::name, p.at::name,
				period => p.unit, amount => amount, order_id => order_id,
				timezone => zone, as_of => as_of, refund => refund, filter => filter) AS r),
		ARRAY(SELECT oracle.revenue_periods(placed, p.unit, with_amounts, as_of, scope))));
	differences := differences || ARRAY(SELECT differential.repeat_differ(
		ARRAY(SELECT ROW(days, n_risk, n_event, n_censored, repeat_probability,
				std_error, ci_low, ci_high)::oracle.repeat_row
			FROM repeat_timing(source, p.key::name, p.at::name,
				period => p.unit, amount => amount, order_id => order_id,
				timezone => zone, as_of => as_of, refund => refund, filter => filter) AS r),
		ARRAY(SELECT oracle.time_to_repeat(placed, as_of, scope))));
	s := (SELECT summary FROM retention_summaries(source, p.key::name,
		p.at::name, period => p.unit, amount => amount, order_id => order_id,
		timezone => zone, as_of => as_of, refund => refund, filter => filter));
	IF placed IS NOT NULL OR s IS NOT NULL THEN
		differences := differences || ARRAY(SELECT differential.rows_differ('scalars',
			ARRAY[to_json(ROW(customers(s), orders(s), revenue(s),
				unattributed_revenue(s), first_order(s), last_order(s),
				repeat_purchase_rate(s))::oracle.scalar_row)],
			ARRAY[to_json(oracle.scalars(placed, p.unit, with_amounts))]));
	END IF;
	PERFORM set_config('max_parallel_workers_per_gather', '0', false);

	RETURN QUERY SELECT format('%s, amount %s, refund %s, order_id %s, filter %s, timezone %s, as_of %s: %s',
		source, amount, refund, order_id, filter, zone, as_of, d) FROM unnest(differences) AS d;
END $$;

-- 2: a calendar that ends on the day of the last row, or begins after that of the
-- first, refuses it.
CREATE FUNCTION differential.check_bounds(p differential.parameters)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	first date;
	last date;
	unit text;
BEGIN
	EXECUTE format('SELECT min(%1$I::date), max(%1$I::date) FROM differential.orders
		WHERE %1$I IS NOT NULL AND %2$I IS DISTINCT FROM NULL', p.at, p.key) INTO first, last;
	FOREACH unit IN ARRAY ARRAY[format('calendar(%s, %s)', first - 40, last),
			format('calendar(%s, %s, %s)', first + 1, last + 2, last + 3)] LOOP
		CONTINUE WHEN last IS NULL;
		BEGIN
			p.unit := unit;
			PERFORM differential.value_of(format('SELECT %s FROM differential.orders',
				differential.summary_call(p)), random() < 0.3);
			RETURN NEXT format('%s takes rows from %s to %s', unit, first, last);
		EXCEPTION WHEN datetime_field_overflow THEN
			NULL;
		END;
	END LOOP;
END $$;

-- Cases number first to last of a seed. Differences go to the table, an
-- unexpected error is one. Ends early with five of them, and says where.
CREATE UNLOGGED TABLE differential.difference (number int, details text);

CREATE PROCEDURE differential.run(seed int, first int, INOUT last int)
LANGUAGE plpgsql AS $$
DECLARE
	p differential.parameters;
	found text[];
	context text;
BEGIN
	FOR number IN first .. last LOOP
		p := differential.draw(seed, number);
		PERFORM set_config('TimeZone', p.zone, false);
		TRUNCATE differential.orders;
		PERFORM differential.fill(p);
		p := differential.tighten(p);
		found := '{}';
		BEGIN
			found := ARRAY(SELECT differential.check_summary(p));
			IF random() < 0.4 THEN
				found := found || ARRAY(SELECT differential.check_bytes(p));
			END IF;
			IF random() < 0.1 THEN
				found := found || ARRAY(SELECT differential.check_bounds(p));
			END IF;
			IF random() < 0.15 THEN
				found := found || ARRAY(SELECT differential.check_groups(p));
			END IF;
			IF random() < 0.25 THEN
				found := found || ARRAY(SELECT differential.check_rates(p));
			END IF;
			IF random() < 0.1 THEN
				found := found || ARRAY(SELECT differential.check_conditions(p));
			END IF;
			IF p.ends_now OR random() < 0.3 THEN
				found := found || ARRAY(SELECT differential.check_table_functions(p));
			END IF;
			IF random() < 0.3 THEN
				found := found || ARRAY(SELECT differential.check_histories(p));
			END IF;
			IF random() < 0.4 THEN
				found := found || ARRAY(SELECT differential.check_history_summaries(p));
			END IF;
			IF random() < 0.4 THEN
				found := found || ARRAY(SELECT differential.check_segments(p));
			END IF;
			IF random() < 0.3 THEN
				found := found || ARRAY(SELECT differential.check_table_segments(p));
			END IF;
			IF random() < 0.4 THEN
				found := found || ARRAY(SELECT differential.check_anchors(p));
			END IF;
			IF random() < 0.4 THEN
				found := found || ARRAY(SELECT differential.check_anchored_histories(p));
			END IF;
			IF random() < 0.3 THEN
				found := found || ARRAY(SELECT differential.check_table_anchors(p));
			END IF;
			IF random() < 0.3 THEN
				found := found || ARRAY(SELECT differential.check_forecast(p));
			END IF;
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
			found := found || format(E'error %s: %s\n%s', SQLSTATE, SQLERRM, context);
		END;
		INSERT INTO differential.difference
			SELECT number, differential.named(to_json(p)) || E'\n' || d FROM unnest(found) AS d;
		IF (SELECT count(*) FROM differential.difference) >= 5 THEN
			last := number;
			EXIT;
		END IF;
	END LOOP;
END $$;
