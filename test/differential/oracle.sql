-- The definitions (docs/definitions.md) written out once more in plain SQL,
-- without the extension: slow, literal, and independent of its code.
-- Numbers in comments are sections of the definitions.

CREATE SCHEMA oracle;

-- What a row of orders comes to (1): one order, or one refund (amount < 0), of
-- one customer on one local day. Rows that are skipped never get this far, and
-- a NULL amount has become 0.
CREATE TYPE oracle.placed AS (customer int, day date, amount numeric);

CREATE TYPE oracle.cohort_row AS (
	cohort date, age int, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate float8,
	ci_low float8, ci_high float8, unbounded_rate float8, repeat_rate float8,
	complete boolean);

CREATE TYPE oracle.period_row AS (
	period date, opening_customers bigint, new_customers bigint,
	retained_customers bigint, reactivated_customers bigint,
	churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate float8, churn_rate float8, crr float8, quick_ratio float8,
	complete boolean);

CREATE TYPE oracle.curve_row AS (
	age int, cohorts bigint, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, retention_rate float8,
	ci_low float8, ci_high float8, unbounded_rate float8, repeat_rate float8,
	revenue_per_customer numeric);

CREATE TYPE oracle.ladder_row AS (
	order_number int, customers bigint, conversion_rate float8, share float8);

CREATE TYPE oracle.repeat_row AS (
	days int, n_risk bigint, n_event bigint, n_censored bigint,
	repeat_probability float8, std_error float8, ci_low float8, ci_high float8);

CREATE TYPE oracle.revenue_row AS (
	period date, opening_revenue numeric, new_revenue numeric,
	reactivated_revenue numeric, expansion_revenue numeric,
	contraction_revenue numeric, churned_revenue numeric, revenue numeric,
	gross_revenue_retention float8, net_revenue_retention float8,
	complete boolean);

CREATE TYPE oracle.scalar_row AS (
	customers bigint, orders bigint, revenue numeric,
	unattributed_revenue numeric, first_order date, last_order date,
	repeat_purchase_rate float8);

-- 2: the period a day is in, by its first day.
CREATE FUNCTION oracle.period_of(day date, unit text) RETURNS date
LANGUAGE sql IMMUTABLE
RETURN date_trunc(unit, day::timestamp)::date;

-- 2: distances are differences of period numbers; 1 BC is the year before 1 AD.
CREATE FUNCTION oracle.period_no(period date, unit text) RETURNS int
LANGUAGE sql IMMUTABLE
RETURN CASE unit
	WHEN 'day' THEN period - date '2000-01-01'
	WHEN 'week' THEN (period - date '2000-01-03') / 7
	ELSE (extract(year FROM period)
		+ CASE WHEN extract(year FROM period) < 0 THEN 1 ELSE 0 END)::int
		* CASE unit WHEN 'month' THEN 12 WHEN 'quarter' THEN 4 ELSE 1 END
		+ CASE unit WHEN 'month' THEN extract(month FROM period)::int - 1
			WHEN 'quarter' THEN extract(quarter FROM period)::int - 1
			ELSE 0 END
	END;

-- 2: the first day of the period with that number.
CREATE FUNCTION oracle.period_at(no int, unit text) RETURNS date
LANGUAGE sql IMMUTABLE
RETURN CASE unit
	WHEN 'day' THEN date '2000-01-01' + no
	WHEN 'week' THEN date '2000-01-03' + 7 * no
	WHEN 'month' THEN (timestamp '2000-01-01'
		+ (no - 24000) * interval '1 month')::date
	WHEN 'quarter' THEN (timestamp '2000-01-01'
		+ (no - 8000) * interval '3 months')::date
	ELSE (timestamp '2000-01-01' + (no - 2000) * interval '1 year')::date
	END;

-- 3: every rate is one float8 division, NULL when the denominator is 0.
CREATE FUNCTION oracle.rate(part bigint, whole bigint) RETURNS float8
LANGUAGE sql IMMUTABLE
RETURN part::float8 / nullif(whole, 0)::float8;

-- 3: Wilson 95 % interval; side is -1 for the lower bound, 1 for the upper.
CREATE FUNCTION oracle.wilson(part bigint, whole bigint, side int) RETURNS float8
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	z constant float8 := 1.959963984540054;
	n constant float8 := nullif(whole, 0);
	p constant float8 := part / n;
BEGIN
	RETURN (p + z * z / (2 * n)
		+ side * z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
		/ (1 + z * z / n);
END $$;

-- 4: where the report ends, and before which day its periods are complete.
-- Only orders decide; a refund lengthens nothing. 16: no orders, no report.
CREATE FUNCTION oracle.report(placed oracle.placed[], as_of date,
	OUT first_order date, OUT last_order date, OUT report_end date,
	OUT complete_until date)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT min(day), max(day) INTO first_order, last_order
	FROM unnest(placed) WHERE amount >= 0;

	IF last_order IS NOT NULL THEN
		report_end := coalesce(as_of, last_order + 1);
		complete_until := coalesce(as_of, least(last_order + 1, current_date));
	END IF;
END $$;

-- 1: one display scale, the largest of any amount seen.
CREATE FUNCTION oracle.display_scale(placed oracle.placed[]) RETURNS int
LANGUAGE sql IMMUTABLE
RETURN (SELECT max(scale(amount)) FROM unnest(placed));

-- 3 and 4: the cohort table.
CREATE FUNCTION oracle.cohorts(placed oracle.placed[], unit text,
	with_amounts boolean, as_of date DEFAULT NULL)
RETURNS SETOF oracle.cohort_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	money_scale int := oracle.display_scale(placed);
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of);
	RETURN QUERY
	WITH booked AS MATERIALIZED (
		SELECT customer, amount, amount < 0 AS refund,
			oracle.period_no(oracle.period_of(day, unit), unit) AS no,
			row_number() OVER (PARTITION BY customer, amount < 0
				ORDER BY day) AS nth
		FROM unnest(placed)),
	member AS (		-- the cohort is the period of the first order
		SELECT customer, min(no) AS cohort
		FROM booked WHERE NOT refund GROUP BY customer),
	cohort AS (
		SELECT cohort, count(*) AS cohort_size FROM member GROUP BY cohort),
	cell AS (		-- every period that starts before the report's end
		SELECT cohort, cohort_size, no
		FROM cohort, generate_series(cohort, oracle.period_no(
			oracle.period_of(report.report_end - 1, unit), unit)) AS no),
	counted AS (
		SELECT cell.cohort, cell.no, cohort_size,
			count(DISTINCT customer)
				FILTER (WHERE NOT refund AND b.no = cell.no) AS customers,
			count(DISTINCT customer)
				FILTER (WHERE NOT refund AND b.no >= cell.no) AS customers_since,
			count(DISTINCT customer)
				FILTER (WHERE NOT refund AND nth = 2 AND b.no <= cell.no)
				AS repeat_customers,
			count(*) FILTER (WHERE NOT refund AND b.no = cell.no) AS orders,
			-- 1: a refund before the first order's period has no cohort
			sum(amount) FILTER (WHERE b.no = cell.no) AS revenue,
			sum(amount) FILTER (WHERE b.no BETWEEN cell.cohort AND cell.no)
				AS cumulative_revenue
		FROM cell
			JOIN member m ON m.cohort = cell.cohort
			JOIN booked b USING (customer)
		GROUP BY cell.cohort, cell.no, cohort_size)
	SELECT oracle.period_at(cohort, unit), no - cohort,
		oracle.period_at(no, unit), cohort_size, customers, customers_since,
		repeat_customers, orders,
		CASE WHEN with_amounts THEN round(coalesce(revenue, 0), money_scale) END,
		CASE WHEN with_amounts THEN round(cumulative_revenue, money_scale) END,
		oracle.rate(customers, cohort_size),
		oracle.wilson(customers, cohort_size, -1),
		oracle.wilson(customers, cohort_size, 1),
		oracle.rate(customers_since, cohort_size),
		oracle.rate(repeat_customers, cohort_size),
		oracle.period_at(no + 1, unit) <= report.complete_until
	FROM counted
	ORDER BY cohort, no;
END $$;

-- 4: complete cells only, pooled by age.
CREATE FUNCTION oracle.retention_curve(placed oracle.placed[], unit text,
	with_amounts boolean, as_of date DEFAULT NULL)
RETURNS SETOF oracle.curve_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH pooled AS (
		SELECT age, count(*) AS cohorts,
			sum(cohort_size)::bigint AS cohort_size,
			sum(customers)::bigint AS customers,
			sum(customers_since)::bigint AS customers_since,
			sum(repeat_customers)::bigint AS repeat_customers,
			sum(cumulative_revenue) AS revenue
		FROM oracle.cohorts(placed, unit, with_amounts, as_of)
		WHERE complete
		GROUP BY age)
	SELECT age, cohorts, cohort_size, customers, customers_since,
		repeat_customers,
		oracle.rate(customers, cohort_size),
		oracle.wilson(customers, cohort_size, -1),
		oracle.wilson(customers, cohort_size, 1),
		oracle.rate(customers_since, cohort_size),
		oracle.rate(repeat_customers, cohort_size),
		revenue / cohort_size
	FROM pooled
	ORDER BY age;
END $$;

-- 5: who stayed and who left, for any active window; by periods of the summary
-- or by larger ones, which compare its last period in each with the one before.
CREATE FUNCTION oracle.periods(placed oracle.placed[], unit text,
	with_amounts boolean, active_window int DEFAULT 1, as_of date DEFAULT NULL,
	report_by text DEFAULT NULL)
RETURNS SETOF oracle.period_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	money_scale int := oracle.display_scale(placed);
	row_unit text := coalesce(report_by, unit);
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of);
	RETURN QUERY
	WITH booked AS MATERIALIZED (
		SELECT customer, amount, amount < 0 AS refund,
			oracle.period_no(oracle.period_of(day, unit), unit) AS no
		FROM unnest(placed)),
	member AS (
		SELECT customer, min(no) AS cohort
		FROM booked WHERE NOT refund GROUP BY customer),
	-- every one from the first to the end of the report, with the last of the
	-- summary's periods before it and the last one in it
	period AS (
		SELECT t,
			oracle.period_no(oracle.period_of(oracle.period_at(t, row_unit) - 1, unit),
				unit) AS before,
			oracle.period_no(oracle.period_of(least(oracle.period_at(t + 1, row_unit),
				report.report_end) - 1, unit), unit) AS last
		FROM generate_series(
			oracle.period_no(oracle.period_of(report.first_order, row_unit), row_unit),
			oracle.period_no(oracle.period_of(report.report_end - 1, row_unit), row_unit)) AS t),
	customer_state AS (
		SELECT t, customer, cohort > before AND cohort <= last AS is_new,
			bool_or(NOT refund AND no > last - active_window AND no <= last)
				AS active,
			bool_or(NOT refund AND no > before - active_window AND no <= before)
				AS opening,
			bool_or(NOT refund AND no > before AND no <= last) AS ordering,
			count(*) FILTER (WHERE NOT refund AND no > before AND no <= last)
				AS orders,
			sum(amount) FILTER (WHERE no > before AND no <= last AND no >= cohort)
				AS revenue
		FROM period CROSS JOIN booked JOIN member USING (customer)
		GROUP BY t, before, last, customer, cohort),
	counted AS (
		SELECT t,
			count(*) FILTER (WHERE opening) AS opening,
			count(*) FILTER (WHERE is_new) AS new,
			count(*) FILTER (WHERE opening AND active) AS retained,
			count(*) FILTER (WHERE active AND NOT opening AND NOT is_new)
				AS reactivated,
			count(*) FILTER (WHERE opening AND NOT active) AS churned,
			count(*) FILTER (WHERE active) AS active,
			count(*) FILTER (WHERE ordering) AS ordering,
			sum(orders)::bigint AS orders,
			sum(revenue) AS revenue
		FROM customer_state GROUP BY t)
	SELECT oracle.period_at(t, row_unit), opening, new, retained, reactivated,
		churned, active, ordering, orders,
		CASE WHEN with_amounts THEN round(coalesce(revenue, 0), money_scale) END,
		oracle.rate(retained, opening),
		oracle.rate(churned, opening),
		oracle.rate(active - new, opening),
		oracle.rate(new + reactivated, churned),
		oracle.period_at(t + 1, row_unit) <= report.complete_until
	FROM counted
	ORDER BY t;
END $$;

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
		FROM unnest(placed) WHERE amount >= 0 GROUP BY customer),
	rung AS (
		SELECT n, count(*) FILTER (WHERE orders >= n) AS customers
		FROM buyer, generate_series(1, (SELECT max(orders)::int FROM buyer)) AS n
		GROUP BY n)
	SELECT n, customers,
		oracle.rate(customers, lag(customers) OVER (ORDER BY n)),
		oracle.rate(customers, first_value(customers) OVER (ORDER BY n))
	FROM rung WHERE n <= max_orders
	ORDER BY n;
END $$;

-- 8: days to the second order, by Kaplan and Meier: every product in numeric.
CREATE FUNCTION oracle.time_to_repeat(placed oracle.placed[],
	as_of date DEFAULT NULL) RETURNS SETOF oracle.repeat_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	event record;
	survival numeric := round(1, 60);
	greenwood numeric := round(0, 60);
	width numeric;
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of);
	FOR event IN
		WITH nth AS (
			SELECT customer, day,
				row_number() OVER (PARTITION BY customer ORDER BY day) AS n
			FROM unnest(placed) WHERE amount >= 0),
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

-- 13: each customer's change of revenue from period to period, in one place.
CREATE FUNCTION oracle.revenue_periods(placed oracle.placed[], unit text,
	with_amounts boolean, as_of date DEFAULT NULL)
RETURNS SETOF oracle.revenue_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	money_scale int := oracle.display_scale(placed);
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of);
	RETURN QUERY
	WITH booked AS MATERIALIZED (
		SELECT customer, amount, amount < 0 AS refund,
			oracle.period_no(oracle.period_of(day, unit), unit) AS no
		FROM unnest(placed)),
	member AS MATERIALIZED (
		SELECT customer, min(no) AS cohort
		FROM booked WHERE NOT refund GROUP BY customer),
	-- 1: a refund before the first order's period has no cohort
	paid AS MATERIALIZED (
		SELECT customer, no, sum(amount) AS paid, bool_or(NOT refund) AS ordered
		FROM booked JOIN member USING (customer)
		WHERE no >= cohort GROUP BY customer, no),
	change AS (
		SELECT t, coalesce(before.paid, 0) AS before, coalesce(now.paid, 0) AS now,
			CASE WHEN t = cohort THEN 'new'
				WHEN now.ordered AND before.ordered THEN
					CASE WHEN now.paid > before.paid THEN 'rise' ELSE 'fall' END
				WHEN now.ordered THEN 'reactivated' ELSE 'churned' END AS kind
		FROM generate_series(
				oracle.period_no(oracle.period_of(report.first_order, unit), unit),
				oracle.period_no(oracle.period_of(report.report_end - 1, unit), unit))
				AS t
			CROSS JOIN member
			LEFT JOIN paid AS now ON (now.customer, now.no) = (member.customer, t)
			LEFT JOIN paid AS before
				ON (before.customer, before.no) = (member.customer, t - 1)),
	summed AS (
		SELECT t, round(sum(before), money_scale) AS opening,
			round(coalesce(sum(now) FILTER (WHERE kind = 'new'), 0), money_scale)
				AS new,
			round(coalesce(sum(now - before) FILTER (WHERE kind = 'reactivated'), 0),
				money_scale) AS reactivated,
			round(coalesce(sum(now - before) FILTER (WHERE kind = 'rise'), 0),
				money_scale) AS expansion,
			round(coalesce(sum(before - now) FILTER (WHERE kind = 'fall'), 0),
				money_scale) AS contraction,
			round(coalesce(sum(before - now) FILTER (WHERE kind = 'churned'), 0),
				money_scale) AS churned,
			round(sum(now), money_scale) AS revenue
		FROM change GROUP BY t)
	SELECT oracle.period_at(t, unit),
		CASE WHEN with_amounts THEN opening END,
		CASE WHEN with_amounts THEN new END,
		CASE WHEN with_amounts THEN reactivated END,
		CASE WHEN with_amounts THEN expansion END,
		CASE WHEN with_amounts THEN contraction END,
		CASE WHEN with_amounts THEN churned END,
		CASE WHEN with_amounts THEN revenue END,
		CASE WHEN with_amounts AND opening > 0 THEN
			((opening - contraction - churned) / opening)::float8 END,
		CASE WHEN with_amounts AND opening > 0 THEN
			((opening + expansion - contraction - churned) / opening)::float8 END,
		oracle.period_at(t + 1, unit) <= report.complete_until
	FROM summed
	ORDER BY t;
END $$;

-- 1 and 7: the scalar accessors.
CREATE FUNCTION oracle.scalars(placed oracle.placed[], unit text,
	with_amounts boolean)
RETURNS oracle.scalar_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	result oracle.scalar_row;
	money_scale int := oracle.display_scale(placed);
BEGIN
	WITH buyer AS (
		SELECT customer, count(*) AS orders, min(day) AS first_day
		FROM unnest(placed) WHERE amount >= 0 GROUP BY customer)
	SELECT count(*), coalesce(sum(orders), 0),
		oracle.rate(count(*) FILTER (WHERE orders >= 2), count(*))
	INTO result.customers, result.orders, result.repeat_purchase_rate
	FROM buyer;

	SELECT first_order, last_order INTO result.first_order, result.last_order
	FROM oracle.report(placed, NULL);

	IF with_amounts THEN
		WITH buyer AS (
			SELECT customer, min(day) AS first_day
			FROM unnest(placed) WHERE amount >= 0 GROUP BY customer),
		booked AS (
			SELECT amount, first_day IS NOT NULL AND
				oracle.period_of(day, unit) >= oracle.period_of(first_day, unit)
				AS attributed
			FROM unnest(placed) LEFT JOIN buyer USING (customer))
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
