-- The accounts by period (definitions, sections 5 and 13) in plain SQL; see
-- oracle.sql.

-- 5: who stayed and who left, for any active window; by periods of the summary
-- or by larger ones, which compare its last period in each with the one before.
-- 12: who was a customer before the data begins is reactivated when it appears,
-- and what begins in the first active_window periods is not complete.
CREATE FUNCTION oracle.periods(placed oracle.placed[], unit text,
	with_amounts boolean, active_window int DEFAULT 1, as_of date DEFAULT NULL,
	report_by text DEFAULT NULL, scope oracle.scope DEFAULT NULL)
RETURNS SETOF oracle.period_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	money_scale int := oracle.display_scale(placed, scope);
	row_unit text := coalesce(report_by, unit);
	first int;
	known_before boolean;
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of, scope);
	first := oracle.period_no(oracle.period_of(report.from_day, unit), unit);
	known_before := EXISTS (SELECT FROM oracle.members(placed, unit, scope)
		WHERE first_no IS NOT NULL AND cohort < first);
	RETURN QUERY
	WITH booked AS MATERIALIZED (
		SELECT customer, amount, refund,
			oracle.period_no(oracle.period_of(day, unit), unit) AS no
		FROM unnest(placed)),
	member AS (
		SELECT * FROM oracle.members(placed, unit, scope)),
	-- every one from the first to the end of the report, with the last of the
	-- summary's periods before it and the last one in it
	period AS (
		SELECT t,
			oracle.period_no(oracle.period_of(oracle.period_at(t, row_unit) - 1, unit),
				unit) AS before,
			oracle.period_no(oracle.period_of(least(oracle.period_at(t + 1, row_unit),
				report.report_end) - 1, unit), unit) AS last
		FROM generate_series(
			oracle.period_no(oracle.period_of(report.from_day, row_unit), row_unit),
			oracle.period_no(oracle.period_of(report.report_end - 1, row_unit), row_unit)) AS t),
	customer_state AS (
		SELECT t, customer,
			first_no > before AND first_no <= last AND cohort >= first AS is_new,
			bool_or(NOT refund AND no > last - active_window AND no <= last)
				AS active,
			bool_or(NOT refund AND no > before - active_window AND no <= before)
				AS opening,
			bool_or(NOT refund AND no > before AND no <= last) AS ordering,
			bool_or(NOT refund AND no <= last AND no >= first_no) AS so_far,
			count(*) FILTER (WHERE NOT refund AND no > before AND no <= last)
				AS orders,
			sum(amount) FILTER (WHERE no > before AND no <= last AND no >= first_no)
				AS revenue
		FROM period CROSS JOIN booked JOIN member USING (customer)
		GROUP BY t, before, last, customer, first_no, cohort),
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
			count(*) FILTER (WHERE so_far AND NOT coalesce(active, false)) AS inactive,
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
			AND NOT (known_before AND oracle.period_at(t, row_unit)
				< oracle.period_at(first + active_window, unit)),
		inactive
	FROM counted
	ORDER BY t;
END $$;

-- 13: each customer's change of revenue from period to period, in one place. 12:
-- of customers from before the data begins, the first that is seen is revenue
-- regained, and what they paid before the first period is not known.
CREATE FUNCTION oracle.revenue_periods(placed oracle.placed[], unit text,
	with_amounts boolean, as_of date DEFAULT NULL, scope oracle.scope DEFAULT NULL)
RETURNS SETOF oracle.revenue_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	first int;
	money_scale int := oracle.display_scale(placed, scope);
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of, scope);
	first := oracle.period_no(oracle.period_of(report.from_day, unit), unit);
	RETURN QUERY
	WITH booked AS MATERIALIZED (
		SELECT customer, amount, refund,
			oracle.period_no(oracle.period_of(day, unit), unit) AS no
		FROM unnest(placed)),
	member AS MATERIALIZED (
		SELECT * FROM oracle.members(placed, unit, scope) WHERE first_no IS NOT NULL),
	-- 1: a refund before the first order's period has no cohort
	paid AS MATERIALIZED (
		SELECT customer, no, sum(amount) AS paid, bool_or(NOT refund) AS ordered
		FROM booked JOIN member USING (customer)
		WHERE no >= first_no GROUP BY customer, no),
	change AS (
		SELECT t, coalesce(before.paid, 0) AS before, coalesce(now.paid, 0) AS now,
			CASE WHEN t = first_no AND cohort >= first THEN 'new'
				WHEN now.ordered AND before.ordered THEN
					CASE WHEN now.paid > before.paid THEN 'rise' ELSE 'fall' END
				WHEN now.ordered THEN 'reactivated' ELSE 'churned' END AS kind
		FROM generate_series(first, oracle.period_no(oracle.period_of(report.report_end - 1, unit), unit))
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
		oracle.period_at(t + 1, unit) <= report.complete_until AND NOT (t = first
			AND EXISTS (SELECT FROM member WHERE cohort < first))
	FROM summed
	ORDER BY t;
END $$;
