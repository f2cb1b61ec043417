-- What the extension says against what the oracle says, row by row in the order
-- given: a text for each difference, with all columns of both, nothing when there
-- is none.

CREATE FUNCTION differential.named(columns json) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN coalesce((SELECT string_agg(concat(key, '=', coalesce(value, 'NULL')), ' ' ORDER BY n)
	FROM json_each_text(columns) WITH ORDINALITY AS c (key, value, n)), 'no row');

CREATE FUNCTION differential.apart(what text, n bigint, extension json, oracle json)
RETURNS text LANGUAGE sql IMMUTABLE
RETURN format(E'%s, row %s%s\n  extension %s\n  oracle    %s', what, n,
	(SELECT ': ' || string_agg(key, ', ' ORDER BY n)
		FROM json_each_text(extension) WITH ORDINALITY AS e (key, value, n)
		JOIN json_each_text(oracle) AS o (key, value) USING (key)
		WHERE e.value IS DISTINCT FROM o.value),
	differential.named(extension), differential.named(oracle));

-- The first of the rows that are not alike, by the text of every column.
CREATE FUNCTION differential.rows_differ(what text, extension json[], oracle json[])
RETURNS SETOF text LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT differential.apart(what, n, extension[n], oracle[n])
	FROM generate_series(1, greatest(cardinality(extension), cardinality(oracle))) AS n
	WHERE extension[n]::text IS DISTINCT FROM oracle[n]::text
	ORDER BY n LIMIT 3;
END;

-- Equal, or within 1e-12 relative (1e-15 absolute, for a bound that is 0).
CREATE FUNCTION differential.near(a float8, b float8) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN a IS NOT DISTINCT FROM b
	OR coalesce(abs(a - b) <= 1e-12 * greatest(abs(a), abs(b)) + 1e-15, false);
CREATE FUNCTION differential.near(a numeric, b numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN a IS NOT DISTINCT FROM b
	OR coalesce(abs(a - b) <= 1e-12 * greatest(abs(a), abs(b)), false);

-- Money is compared as text: its display scale is fixed, too.
CREATE FUNCTION differential.cohorts_differ(extension oracle.cohort_row[],
	oracle oracle.cohort_row[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT differential.apart('cohorts', n, to_json(extension[n]), to_json(oracle[n]))
	FROM unnest(extension) WITH ORDINALITY AS e (cohort, age, period,
			cohort_size, customers, customers_since, repeat_customers, orders,
			revenue, cumulative_revenue, retention_rate, ci_low, ci_high,
			unbounded_rate, repeat_rate, complete, customers_within,
			streak_customers, within_rate, streak_rate, n)
		FULL JOIN unnest(oracle) WITH ORDINALITY AS o (cohort, age, period,
			cohort_size, customers, customers_since, repeat_customers, orders,
			revenue, cumulative_revenue, retention_rate, ci_low, ci_high,
			unbounded_rate, repeat_rate, complete, customers_within,
			streak_customers, within_rate, streak_rate, n) USING (n)
	WHERE (e.cohort, e.age, e.period, e.cohort_size, e.customers,
			e.customers_since, e.repeat_customers, e.orders, e.revenue::text,
			e.cumulative_revenue::text, e.retention_rate, e.unbounded_rate,
			e.repeat_rate, e.complete, e.customers_within,
			e.streak_customers, e.within_rate, e.streak_rate)
		IS DISTINCT FROM (o.cohort, o.age, o.period, o.cohort_size, o.customers,
			o.customers_since, o.repeat_customers, o.orders, o.revenue::text,
			o.cumulative_revenue::text, o.retention_rate, o.unbounded_rate,
			o.repeat_rate, o.complete, o.customers_within,
			o.streak_customers, o.within_rate, o.streak_rate)
		OR NOT differential.near(e.ci_low, o.ci_low)
		OR NOT differential.near(e.ci_high, o.ci_high)
	ORDER BY n;
END $$;

CREATE FUNCTION differential.periods_differ(extension oracle.period_row[],
	oracle oracle.period_row[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT differential.apart('periods', n, to_json(extension[n]), to_json(oracle[n]))
	FROM generate_series(1, greatest(cardinality(extension),
		cardinality(oracle))) AS n
	-- the text of a row has every digit of its money and of its floats
	WHERE extension[n]::text IS DISTINCT FROM oracle[n]::text
	ORDER BY n;
END $$;

CREATE FUNCTION differential.curve_differ(extension oracle.curve_row[],
	oracle oracle.curve_row[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT differential.apart('retention_curve', n, to_json(extension[n]), to_json(oracle[n]))
	FROM unnest(extension) WITH ORDINALITY AS e (age, cohorts, cohort_size,
			customers, customers_since, repeat_customers, retention_rate, ci_low,
			ci_high, unbounded_rate, repeat_rate, revenue_per_customer,
			customers_within, streak_customers, within_rate, streak_rate, n)
		FULL JOIN unnest(oracle) WITH ORDINALITY AS o (age, cohorts, cohort_size,
			customers, customers_since, repeat_customers, retention_rate, ci_low,
			ci_high, unbounded_rate, repeat_rate, revenue_per_customer,
			customers_within, streak_customers, within_rate, streak_rate, n) USING (n)
	WHERE (e.age, e.cohorts, e.cohort_size, e.customers, e.customers_since,
			e.repeat_customers, e.retention_rate, e.unbounded_rate, e.repeat_rate,
			e.customers_within, e.streak_customers, e.within_rate, e.streak_rate)
		IS DISTINCT FROM (o.age, o.cohorts, o.cohort_size, o.customers,
			o.customers_since, o.repeat_customers, o.retention_rate,
			o.unbounded_rate, o.repeat_rate, o.customers_within,
			o.streak_customers, o.within_rate, o.streak_rate)
		OR NOT differential.near(e.ci_low, o.ci_low)
		OR NOT differential.near(e.ci_high, o.ci_high)
		OR NOT differential.near(e.revenue_per_customer, o.revenue_per_customer)
	ORDER BY n;
END $$;

CREATE FUNCTION differential.ladder_differ(extension oracle.ladder_row[],
	oracle oracle.ladder_row[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT differential.apart('order_ladder', n, to_json(extension[n]), to_json(oracle[n]))
	FROM generate_series(1, greatest(cardinality(extension),
		cardinality(oracle))) AS n
	WHERE extension[n]::text IS DISTINCT FROM oracle[n]::text
	ORDER BY n;
END $$;

CREATE FUNCTION differential.repeat_differ(extension oracle.repeat_row[],
	oracle oracle.repeat_row[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT differential.apart('time_to_repeat', n, to_json(extension[n]), to_json(oracle[n]))
	FROM unnest(extension) WITH ORDINALITY AS e (days, n_risk, n_event, n_censored,
			repeat_probability, std_error, ci_low, ci_high, n)
		FULL JOIN unnest(oracle) WITH ORDINALITY AS o (days, n_risk, n_event,
			n_censored, repeat_probability, std_error, ci_low, ci_high, n) USING (n)
	WHERE (e.days, e.n_risk, e.n_event, e.n_censored)
		IS DISTINCT FROM (o.days, o.n_risk, o.n_event, o.n_censored)
		OR NOT differential.near(e.repeat_probability, o.repeat_probability)
		OR NOT differential.near(e.std_error, o.std_error)
		OR NOT differential.near(e.ci_low, o.ci_low)
		OR NOT differential.near(e.ci_high, o.ci_high)
	ORDER BY n;
END $$;

CREATE FUNCTION differential.revenue_differ(extension oracle.revenue_row[],
	oracle oracle.revenue_row[]) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT differential.apart('revenue_periods', n, to_json(extension[n]), to_json(oracle[n]))
	FROM generate_series(1, greatest(cardinality(extension),
		cardinality(oracle))) AS n
	WHERE extension[n]::text IS DISTINCT FROM oracle[n]::text
		-- 13: what comes and goes adds up
		OR extension[n].opening_revenue + extension[n].new_revenue
			+ extension[n].reactivated_revenue + extension[n].expansion_revenue
			- extension[n].contraction_revenue - extension[n].churned_revenue
			<> extension[n].revenue
	ORDER BY n;
END $$;

-- Any single value, by its text.
CREATE FUNCTION differential.value_differs(what text, extension text,
	oracle text) RETURNS SETOF text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT format(E'%s\n  extension %s\n  oracle    %s', what,
		coalesce(extension, 'NULL'), coalesce(oracle, 'NULL'))
	WHERE extension IS DISTINCT FROM oracle;
END;

-- Two summaries that should be of the same bytes; if not, the first cells in which
-- they differ as well.
CREATE FUNCTION differential.summaries_differ(what text, extension text,
	oracle text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	IF extension IS DISTINCT FROM oracle THEN
		RETURN QUERY SELECT differential.value_differs(what, extension, oracle);
		RETURN QUERY SELECT differential.rows_differ(what,
			ARRAY(SELECT to_json(c) FROM cohorts(extension::retention_summary) AS c),
			ARRAY(SELECT to_json(c) FROM cohorts(oracle::retention_summary) AS c));
	END IF;
END $$;

-- What is counted by period is refused where age is a window (12).
CREATE FUNCTION differential.refuses_periods(s retention_summary)
RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	reader text;
BEGIN
	IF first_order(s) IS NULL THEN
		RETURN;
	END IF;
	FOREACH reader IN ARRAY ARRAY['periods', 'revenue_periods'] LOOP
		BEGIN
			EXECUTE format('SELECT count(*) FROM %s($1)', reader) USING s;
			RETURN NEXT reader || ' of a summary with an age window was accepted';
		EXCEPTION WHEN invalid_parameter_value THEN
			NULL;
		END;
	END LOOP;
END $$;

-- Every reader of one summary.
CREATE FUNCTION differential.summary_differs(s retention_summary,
	placed oracle.placed[], unit text, with_amounts boolean, as_of date,
	active_window int, report_by text, max_orders int,
	scope oracle.scope DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	scalars oracle.scalar_row;
BEGIN
	-- 16: nothing to aggregate
	IF placed IS NULL AND scope.anchors IS NULL THEN
		RETURN QUERY SELECT * FROM differential.value_differs(
			'summary of no orders', s::text, NULL);
	ELSIF s IS NULL THEN
		RETURN NEXT 'summary is NULL although there were orders';
		RETURN;
	ELSE
		scalars := oracle.scalars(placed, unit, with_amounts, scope);
		RETURN QUERY SELECT * FROM differential.rows_differ('scalars',
			ARRAY[to_json(ROW(customers(s), orders(s), revenue(s), unattributed_revenue(s),
				first_order(s), last_order(s), repeat_purchase_rate(s))::oracle.scalar_row)],
			ARRAY[to_json(scalars)]);
	END IF;

	RETURN QUERY SELECT * FROM differential.cohorts_differ(
		ARRAY(SELECT c::oracle.cohort_row FROM (
			SELECT * FROM cohorts(s, as_of)) AS c),
		ARRAY(SELECT oracle.cohorts(placed, unit, with_amounts, as_of, scope)));
	RETURN QUERY SELECT * FROM differential.curve_differ(
		ARRAY(SELECT c::oracle.curve_row FROM (
			SELECT * FROM retention_curve(s, as_of)) AS c),
		ARRAY(SELECT oracle.retention_curve(placed, unit, with_amounts, as_of,
			scope)));
	RETURN QUERY SELECT * FROM differential.ladder_differ(
		ARRAY(SELECT l::oracle.ladder_row FROM (
			SELECT * FROM order_ladder(s, max_orders)) AS l),
		ARRAY(SELECT oracle.order_ladder(placed, max_orders)));
	RETURN QUERY SELECT * FROM differential.repeat_differ(
		ARRAY(SELECT t::oracle.repeat_row FROM (
			SELECT * FROM time_to_repeat(s, as_of)) AS t),
		ARRAY(SELECT oracle.time_to_repeat(placed, as_of, scope)));

	IF scope.age_window IS NOT NULL OR scope.age_bounds IS NOT NULL THEN
		RETURN QUERY SELECT * FROM differential.refuses_periods(s);
		RETURN;
	END IF;
	RETURN QUERY SELECT * FROM differential.periods_differ(
		ARRAY(SELECT p::oracle.period_row FROM (
			SELECT * FROM periods(s, active_window, as_of, report_by)) AS p),
		ARRAY(SELECT oracle.periods(placed, unit, with_amounts, active_window, as_of,
			report_by, scope)));
	RETURN QUERY SELECT * FROM differential.revenue_differ(
		ARRAY(SELECT r::oracle.revenue_row FROM (
			SELECT * FROM revenue_periods(s, as_of)) AS r),
		ARRAY(SELECT oracle.revenue_periods(placed, unit, with_amounts, as_of,
			scope)));
END $$;
