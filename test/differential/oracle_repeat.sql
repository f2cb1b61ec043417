-- Single numbers, repeat purchases, rates of a window and conditions
-- (definitions, sections 1, 6 to 9) in plain SQL; see oracle.sql.

-- 7: the order ladder.
CREATE FUNCTION oracle.order_ladder(placed oracle.placed[],
	max_orders int DEFAULT 100)
RETURNS SETOF oracle.ladder_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH buyer AS (
		SELECT customer, count(*) AS orders
		FROM unnest(placed) WHERE NOT refund GROUP BY customer),
	rung AS (
		SELECT n, count(*) FILTER (WHERE orders >= n) AS customers,
			count(*) FILTER (WHERE orders = n) AS exactly
		FROM buyer, generate_series(1, (SELECT max(orders)::int FROM buyer)) AS n
		GROUP BY n)
	SELECT n, customers,
		oracle.rate(customers, lag(customers) OVER (ORDER BY n)),
		oracle.rate(customers, first_value(customers) OVER (ORDER BY n)), exactly
	FROM rung WHERE n <= max_orders
	ORDER BY n;
END $$;

-- 8: days to the second order, by Kaplan and Meier: every product in numeric.
CREATE FUNCTION oracle.time_to_repeat(placed oracle.placed[],
	as_of date DEFAULT NULL, scope oracle.scope DEFAULT NULL) RETURNS SETOF oracle.repeat_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	event record;
	survival numeric := round(1, 60);
	greenwood numeric := round(0, 60);
	width numeric;
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of, scope);
	FOR event IN
		WITH nth AS (
			SELECT customer, day,
				row_number() OVER (PARTITION BY customer ORDER BY day) AS n
			FROM unnest(placed) WHERE NOT refund),
		watched AS (
			SELECT coalesce(second.day, report.report_end - 1) - first.day AS days,
				second.day IS NOT NULL AS repeated
			FROM (SELECT * FROM nth WHERE n = 1) AS first
				LEFT JOIN (SELECT * FROM nth WHERE n = 2) AS second USING (customer)),
		repeat AS (
			SELECT days, count(*) AS n_event, lead(days) OVER (ORDER BY days) AS next
			FROM watched WHERE repeated GROUP BY days)
		SELECT days, n_event,
			(SELECT count(*) FROM watched AS w WHERE w.days >= r.days) AS n_risk,
			(SELECT count(*) FROM watched AS w WHERE NOT repeated
				AND w.days >= r.days AND (w.days < r.next) IS NOT false) AS n_censored
		FROM repeat AS r ORDER BY days
	LOOP
		survival := survival * (event.n_risk - event.n_event) / event.n_risk;
		IF survival = 0 THEN
			RETURN NEXT ROW(event.days, event.n_risk, event.n_event,
				event.n_censored, 1, NULL, NULL, NULL)::oracle.repeat_row;
			CONTINUE;
		END IF;
		greenwood := greenwood + round(event.n_event, 60)
			/ (event.n_risk * (event.n_risk - event.n_event));
		-- of log(-log S)
		width := 1.959963984540054 * sqrt(greenwood) / -ln(survival);
		RETURN NEXT ROW(event.days, event.n_risk, event.n_event, event.n_censored,
			1 - survival, survival * sqrt(greenwood),
			1 - exp(-exp(ln(-ln(survival)) - width)),
			1 - exp(-exp(ln(-ln(survival)) + width)))::oracle.repeat_row;
	END LOOP;
END $$;

-- 1 and 7: the scalar accessors. Of the customers of anchored cohorts (12) some
-- may not have ordered.
CREATE FUNCTION oracle.scalars(placed oracle.placed[], unit text,
	with_amounts boolean, scope oracle.scope DEFAULT NULL)
RETURNS oracle.scalar_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	result oracle.scalar_row;
	money_scale int := oracle.display_scale(placed, scope);
BEGIN
	WITH buyer AS (
		SELECT customer, count(*) AS orders
		FROM unnest(placed) WHERE NOT refund GROUP BY customer)
	SELECT coalesce(sum(orders), 0),
		oracle.rate(count(*) FILTER (WHERE orders >= 2), count(*))
	INTO result.orders, result.repeat_purchase_rate
	FROM buyer;
	result.customers := (SELECT count(*) FROM oracle.members(placed, unit, scope));

	SELECT first_order, last_order INTO result.first_order, result.last_order
	FROM oracle.report(placed, NULL, scope);

	IF with_amounts THEN
		WITH booked AS (
			SELECT amount, coalesce(CASE
				WHEN scope.age_window IS NULL AND scope.age_bounds IS NULL
				THEN day >= oracle.period_at(first_no, unit)
				ELSE oracle.age_at(origin, day, scope)
					>= oracle.age_at(origin, first_day, scope)
				END, false) AS attributed
			FROM unnest(placed)
				LEFT JOIN oracle.members(placed, unit, scope) USING (customer))
		SELECT round(coalesce(sum(amount) FILTER (WHERE attributed), 0), money_scale),
			round(coalesce(sum(amount) FILTER (WHERE NOT attributed), 0), money_scale)
		INTO result.revenue, result.unattributed_revenue
		FROM booked;
	END IF;
	RETURN result;
END $$;

-- 6: S, and those of S with an order in [period_start, period_end). Without
-- active_from (NULL) S is everybody who ordered before.
CREATE FUNCTION oracle.window_counts(customers int[], times anyarray,
	active_from anyelement, period_start anyelement, period_end anyelement,
	OUT s bigint, OUT retained bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	WITH buyer AS (
		SELECT customer,
			bool_or(t < period_start AND (active_from IS NULL OR t >= active_from))
				AS before,
			bool_or(t >= period_start AND t < period_end) AS inside
		FROM unnest(customers, times) AS o (customer, t)
		WHERE customer IS NOT NULL AND t IS NOT NULL
		GROUP BY customer)
	SELECT count(*) FILTER (WHERE before), count(*) FILTER (WHERE before AND inside)
	INTO s, retained
	FROM buyer;
END $$;

-- 7: customers with at least two orders; with order ids, two distinct ones,
-- a row without one being an order of its own (1).
CREATE FUNCTION oracle.repeat_purchase_rate(customers int[],
	order_ids anyarray) RETURNS float8
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		WITH line AS (
			SELECT customer, id
			FROM unnest(customers, order_ids) AS o (customer, id)
			WHERE customer IS NOT NULL),
		buyer AS (
			SELECT customer, count(DISTINCT id)
				+ count(*) FILTER (WHERE id IS NULL) AS orders
			FROM line GROUP BY customer)
		SELECT oracle.rate(count(*) FILTER (WHERE orders >= 2), count(*))
		FROM buyer);
END $$;

-- 9: one text element a row, each a boolean[] literal.
CREATE FUNCTION oracle.retention(conditions text[]) RETURNS boolean[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (
		WITH met AS (
			SELECT i, bool_or(coalesce(condition, false)) AS met
			FROM unnest(conditions) AS r (text),
				unnest(r.text::boolean[]) WITH ORDINALITY AS c (condition, i)
			GROUP BY i)
		SELECT array_agg(met.met AND first.met ORDER BY met.i)
		FROM met JOIN met AS first ON first.i = 1);
END $$;
