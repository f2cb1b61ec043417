-- The definitions (docs/definitions.md) written out once more in plain SQL,
-- without the extension: slow, literal, and independent of its code.
-- Numbers in comments are sections of the definitions.

CREATE SCHEMA oracle;

-- What a row of orders comes to (1): one order, or one refund, which is money
-- only, of one customer on one local day. Rows that are skipped never get this
-- far, and a NULL amount has become 0.
CREATE TYPE oracle.placed AS (customer int, day date, amount numeric, refund boolean);

-- What a report may be told beside its orders: the first and the last order day
-- and the display scale of the whole, of which they are a segment (15); the
-- customers, each with the local day of its earliest anchor; the window or the
-- bounds in which age is counted (12); its zone, where that is not the session's (4). All
-- NULL, or NULL as a whole: nothing of it.
CREATE TYPE oracle.anchor AS (customer int, day date);
CREATE TYPE oracle.scope AS (from_day date, through_day date, money_scale int,
	anchors oracle.anchor[], age_window interval, zone text, age_bounds interval[]);

CREATE TYPE oracle.cohort_row AS (
	cohort date, age int, period date, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, orders bigint,
	revenue numeric, cumulative_revenue numeric, retention_rate float8,
	ci_low float8, ci_high float8, unbounded_rate float8, repeat_rate float8,
	complete boolean, customers_within bigint, streak_customers bigint,
	within_rate float8, streak_rate float8);

CREATE TYPE oracle.period_row AS (
	period date, opening_customers bigint, new_customers bigint,
	retained_customers bigint, reactivated_customers bigint,
	churned_customers bigint, active_customers bigint,
	ordering_customers bigint, orders bigint, revenue numeric,
	retention_rate float8, churn_rate float8, crr float8, quick_ratio float8,
	complete boolean, inactive_customers bigint);

CREATE TYPE oracle.curve_row AS (
	age int, cohorts bigint, cohort_size bigint, customers bigint,
	customers_since bigint, repeat_customers bigint, retention_rate float8,
	ci_low float8, ci_high float8, unbounded_rate float8, repeat_rate float8,
	revenue_per_customer numeric, customers_within bigint,
	streak_customers bigint, within_rate float8, streak_rate float8);

CREATE TYPE oracle.ladder_row AS (
	order_number int, customers bigint, conversion_rate float8, share float8,
	exactly bigint);

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

-- 2: the periods of calendars, as a table of their first days; the last one only ends.
CREATE TABLE oracle.listed (calendar text, no int, start date,
	key bigint GENERATED ALWAYS AS (hashtextextended(calendar, 0)) STORED, PRIMARY KEY (key, no));
CREATE INDEX ON oracle.listed (key, start);

-- The day before which all calendars among these units end.
CREATE FUNCTION oracle.end_of(VARIADIC units text[]) RETURNS date
LANGUAGE sql STABLE
RETURN coalesce((SELECT min(last) FROM (SELECT max(start) AS last FROM oracle.listed
	WHERE calendar = ANY (units) GROUP BY calendar) AS l), 'infinity');

-- 2: what a unit begins with: a weekday from Monday, 1, or a month from January, 0.
CREATE FUNCTION oracle.begins(unit text) RETURNS int
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN unit LIKE 'week%' THEN array_position(ARRAY['monday', 'tuesday',
		'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], substring(unit, '\((\w+)'))
	ELSE array_position(ARRAY['january', 'february', 'march', 'april', 'may', 'june', 'july',
		'august', 'september', 'october', 'november', 'december'], substring(unit, '\((\w+)')) - 1
	END;

-- 2: years of whole weeks, each period's first day, and the end, by trying the days
-- that the rule allows.
CREATE FUNCTION oracle.retail(first_year int, last_year int, pattern text, weekday text,
	month text, rule text) RETURNS TABLE (no int, start date)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	m constant int := oracle.begins('year(' || month || ')') + 1;
	isodow constant int := oracle.begins('week(' || weekday || ')');
	nominal date;
	ends date[];
	weeks int;
BEGIN
	no := 0;
	FOR y IN first_year .. last_year + 1 LOOP
		nominal := make_date(y - CASE month WHEN 'december' THEN 1 ELSE 0 END, m, 1)
			+ interval '1 month' - interval '1 day';
		ends := ends || (SELECT nominal + i FROM generate_series(
				CASE rule WHEN 'last' THEN -6 ELSE -3 END, CASE rule WHEN 'last' THEN 0 ELSE 3 END) AS i
			WHERE extract(isodow FROM nominal + i) = isodow);
	END LOOP;
	FOR y IN 1 .. last_year - first_year + 1 LOOP
		start := ends[y] + 1;
		FOR period IN 1 .. 12 LOOP
			RETURN NEXT;
			weeks := split_part(pattern, '-', (period - 1) % 3 + 1);
			start := start + 7 * weeks;
			no := no + 1;
		END LOOP;
	END LOOP;
	start := ends[last_year - first_year + 2] + 1;
	RETURN NEXT;
END $$;

-- 2: the period a day is in, by its first day; before a calendar the day itself.
CREATE FUNCTION oracle.period_of(day date, unit text) RETURNS date
LANGUAGE sql STABLE
RETURN CASE
	WHEN unit LIKE 'calendar%' THEN coalesce((SELECT max(start) FROM oracle.listed
		WHERE key = hashtextextended(unit, 0) AND start <= day), day)
	WHEN unit LIKE 'week(%' THEN
		day - (extract(isodow FROM day)::int + 7 - oracle.begins(unit)) % 7
	WHEN unit LIKE '%(%' THEN (date_trunc(split_part(unit, '(', 1),
			day::timestamp - make_interval(months => oracle.begins(unit)))
		+ make_interval(months => oracle.begins(unit)))::date
	ELSE date_trunc(unit, day::timestamp)::date
	END;

-- 2: distances are differences of period numbers; 1 BC is the year before 1 AD.
CREATE FUNCTION oracle.plain_no(period date, unit text) RETURNS int
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

CREATE FUNCTION oracle.period_no(period date, unit text) RETURNS int
LANGUAGE sql STABLE
RETURN CASE
	WHEN period IS NULL THEN NULL
	WHEN unit LIKE 'calendar%' THEN coalesce((SELECT no FROM oracle.listed
		WHERE key = hashtextextended(unit, 0) AND start <= period ORDER BY start DESC LIMIT 1), -1)
	WHEN unit LIKE 'week(%' THEN (period - oracle.begins(unit) - date '2000-01-02') / 7
	WHEN unit LIKE '%(%' THEN oracle.plain_no((period
		- make_interval(months => oracle.begins(unit)))::date, split_part(unit, '(', 1))
	ELSE oracle.plain_no(period, unit)
	END;

-- 2: the first day of the period with that number.
CREATE FUNCTION oracle.plain_at(no int, unit text) RETURNS date
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

CREATE FUNCTION oracle.period_at(number int, unit text) RETURNS date
LANGUAGE sql STABLE
RETURN CASE
	WHEN unit LIKE 'calendar%' THEN coalesce((SELECT start FROM oracle.listed
		WHERE key = hashtextextended(unit, 0) AND no = number), CASE WHEN number < 0 THEN date '-infinity' ELSE 'infinity' END)
	WHEN unit LIKE 'week(%' THEN date '2000-01-02' + oracle.begins(unit) + 7 * number
	WHEN unit LIKE '%(%' THEN (oracle.plain_at(number, split_part(unit, '(', 1))
		+ make_interval(months => oracle.begins(unit)))::date
	ELSE oracle.plain_at(number, unit)
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
-- Only orders decide; a refund lengthens nothing. 16: no orders, no report, but
-- customers of anchored cohorts have one up to a given end. 15: that of the whole.
CREATE FUNCTION oracle.report(placed oracle.placed[], as_of date,
	scope oracle.scope DEFAULT NULL,
	OUT first_order date, OUT last_order date, OUT from_day date,
	OUT report_end date, OUT complete_until date)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	SELECT min(day), max(day) INTO first_order, last_order
	FROM unnest(placed) WHERE NOT refund;

	IF last_order IS NOT NULL THEN
		from_day := coalesce(scope.from_day, first_order);
		report_end := coalesce(as_of, coalesce(scope.through_day, last_order) + 1);
		complete_until := coalesce(as_of, least(report_end, (now() AT TIME ZONE
			coalesce(scope.zone, current_setting('TimeZone')))::date));
	ELSIF scope.anchors IS NOT NULL THEN
		report_end := as_of;
		complete_until := as_of;
	END IF;
END $$;

-- 1: one display scale, the largest of any amount seen.
CREATE FUNCTION oracle.display_scale(placed oracle.placed[],
	scope oracle.scope DEFAULT NULL) RETURNS int
LANGUAGE sql IMMUTABLE
RETURN coalesce((scope).money_scale,
	(SELECT max(scale(amount)) FROM unnest(placed)), 0);

-- 3: the customers, each with the period of its first order, which is its cohort,
-- that order's day, and the day that windows are counted from. 12: or the cohort is the period of the anchor, and who
-- has not ordered is a customer as well; but no order is before its cohort,
-- whatever the clock of a zone did between the two.
CREATE FUNCTION oracle.members(placed oracle.placed[], unit text,
	scope oracle.scope DEFAULT NULL)
RETURNS TABLE (customer int, cohort int, first_no int, first_day date, origin date)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	anchored boolean := scope.anchors IS NOT NULL;
BEGIN
	RETURN QUERY
	WITH buyer AS (
		SELECT customer, min(day) AS first_day
		FROM unnest(placed) WHERE NOT refund GROUP BY customer),
	known AS (
		SELECT customer, day AS anchor FROM unnest(scope.anchors)
		UNION ALL
		SELECT customer, NULL FROM buyer WHERE NOT anchored)
	SELECT customer,
		least(oracle.period_no(oracle.period_of(anchor, unit), unit),
			oracle.period_no(oracle.period_of(first_day, unit), unit)),
		oracle.period_no(oracle.period_of(first_day, unit), unit), first_day,
		least(anchor, first_day)
	FROM known LEFT JOIN buyer USING (customer);
END $$;

-- 12: the largest n for which the first day plus n windows is not after the day;
-- NULL before the first day. Searched for from above.
CREATE FUNCTION oracle.window_of(first_day date, day date, age_window interval)
RETURNS int LANGUAGE sql IMMUTABLE
RETURN (SELECT n FROM generate_series((day - first_day) / (SELECT
			extract(year FROM age_window)::int * 360
			+ extract(month FROM age_window)::int * 28
			+ extract(day FROM age_window)::int) + 1, 0, -1) AS n
	WHERE (first_day + n * age_window)::date <= day LIMIT 1);

-- 12: the last bracket whose start is not after the day; before the first bound
-- it is age 0.
CREATE FUNCTION oracle.bracket_of(first_day date, day date, bounds interval[])
RETURNS int LANGUAGE sql IMMUTABLE
RETURN CASE WHEN day >= first_day THEN coalesce(
	(SELECT max(n) FROM unnest(bounds) WITH ORDINALITY AS b (bound, n)
	WHERE (first_day + bound)::date <= day), 0) END;

-- 12: the age of a day, and what an age ends before; NULL for the open last one.
CREATE FUNCTION oracle.age_at(first_day date, day date, scope oracle.scope)
RETURNS int LANGUAGE sql IMMUTABLE
RETURN CASE WHEN (scope).age_bounds IS NOT NULL
	THEN oracle.bracket_of(first_day, day, (scope).age_bounds)
	ELSE oracle.window_of(first_day, day, (scope).age_window) END;
CREATE FUNCTION oracle.age_end(first_day date, age int, scope oracle.scope)
RETURNS date LANGUAGE sql IMMUTABLE
RETURN (first_day + CASE WHEN (scope).age_bounds IS NOT NULL
	THEN (scope).age_bounds[age + 1]
	ELSE (age + 1) * (scope).age_window END)::date;

-- 3, 4 and 12: the cohort table.
CREATE FUNCTION oracle.cohorts(placed oracle.placed[], unit text,
	with_amounts boolean, as_of date DEFAULT NULL, scope oracle.scope DEFAULT NULL)
RETURNS SETOF oracle.cohort_row
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
	report record;
	money_scale int := oracle.display_scale(placed, scope);
	by_period boolean := coalesce(scope.age_window::text, scope.age_bounds::text) IS NULL;
BEGIN
	SELECT * INTO report FROM oracle.report(placed, as_of, scope);
	RETURN QUERY
	WITH member AS MATERIALIZED (
		SELECT * FROM oracle.members(placed, unit, scope)),
	booked AS MATERIALIZED (
		SELECT customer, amount, refund,
			-- 1: a refund before the first order's period has no cohort, hence no age
			CASE WHEN NOT by_period THEN
					CASE WHEN oracle.age_at(origin, day, scope)
						>= oracle.age_at(origin, first_day, scope)
					THEN oracle.age_at(origin, day, scope) END
				WHEN day >= oracle.period_at(first_no, unit) THEN
					oracle.period_no(oracle.period_of(day, unit), unit) - cohort
				END AS age,
			row_number() OVER (PARTITION BY customer, refund
				ORDER BY day) AS nth
		FROM unnest(placed) JOIN member USING (customer)),
	cohort AS (
		SELECT cohort, count(*) AS cohort_size FROM member GROUP BY cohort),
	cell AS (		-- every period, or window, that starts before the report's end
		SELECT cohort, cohort_size, age
		FROM cohort, generate_series(0, CASE WHEN by_period THEN
			oracle.period_no(oracle.period_of(report.report_end - 1, unit), unit)
				- cohort
			ELSE oracle.age_at(oracle.period_at(cohort, unit),
				report.report_end - 1, scope) END) AS age),
	visit AS (
		SELECT customer, array_agg(DISTINCT age) AS ages
		FROM booked WHERE NOT refund AND age IS NOT NULL GROUP BY customer),
	counted AS (
		SELECT cohort, cell.age, cohort_size,
			count(DISTINCT customer)
				FILTER (WHERE NOT refund AND b.age = cell.age) AS customers,
			count(DISTINCT customer)
				FILTER (WHERE NOT refund AND b.age >= cell.age) AS customers_since,
			count(DISTINCT customer)
				FILTER (WHERE NOT refund AND nth = 2 AND b.age <= cell.age)
				AS repeat_customers,
			count(*) FILTER (WHERE NOT refund AND b.age = cell.age) AS orders,
			sum(amount) FILTER (WHERE b.age = cell.age) AS revenue,
			sum(amount) FILTER (WHERE b.age <= cell.age) AS cumulative_revenue,
			-- 3: at one age from 1 to this
			(SELECT count(*) FROM member m JOIN visit USING (customer)
				WHERE m.cohort = cell.cohort AND EXISTS (
					SELECT FROM unnest(ages) AS at
					WHERE at BETWEEN 1 AND cell.age)) AS customers_within,
			-- 3: at every age from 0 to this
			(SELECT count(*) FROM member m JOIN visit USING (customer)
				WHERE m.cohort = cell.cohort AND NOT EXISTS (
					SELECT FROM generate_series(0, cell.age) AS at
					WHERE at <> ALL (ages))) AS streak_customers
		FROM cell
			JOIN member USING (cohort)
			LEFT JOIN booked b USING (customer)
		GROUP BY cohort, cell.age, cohort_size)
	SELECT oracle.period_at(cohort, unit), age,
		CASE WHEN by_period THEN oracle.period_at(cohort + age, unit) END,
		cohort_size, customers, customers_since, repeat_customers, orders,
		CASE WHEN with_amounts THEN round(coalesce(revenue, 0), money_scale) END,
		CASE WHEN with_amounts THEN
			round(coalesce(cumulative_revenue, 0), money_scale) END,
		oracle.rate(customers, cohort_size),
		oracle.wilson(customers, cohort_size, -1),
		oracle.wilson(customers, cohort_size, 1),
		oracle.rate(customers_since, cohort_size),
		oracle.rate(repeat_customers, cohort_size),
		coalesce(CASE WHEN by_period THEN oracle.period_at(cohort + age + 1, unit)
			-- the last to come have lived through it
			ELSE oracle.age_end(oracle.period_at(cohort + 1, unit) - 1, age, scope)
			END <= report.complete_until, false),
		customers_within, streak_customers,
		oracle.rate(customers_within, cohort_size),
		oracle.rate(streak_customers, cohort_size)
	FROM counted
	ORDER BY cohort, age;
END $$;

-- 4: complete cells only, pooled by age.
CREATE FUNCTION oracle.retention_curve(placed oracle.placed[], unit text,
	with_amounts boolean, as_of date DEFAULT NULL, scope oracle.scope DEFAULT NULL)
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
			sum(cumulative_revenue) AS revenue,
			sum(customers_within)::bigint AS customers_within,
			sum(streak_customers)::bigint AS streak_customers
		FROM oracle.cohorts(placed, unit, with_amounts, as_of, scope)
		WHERE complete
		GROUP BY age)
	SELECT age, cohorts, cohort_size, customers, customers_since,
		repeat_customers,
		oracle.rate(customers, cohort_size),
		oracle.wilson(customers, cohort_size, -1),
		oracle.wilson(customers, cohort_size, 1),
		oracle.rate(customers_since, cohort_size),
		oracle.rate(repeat_customers, cohort_size),
		revenue / cohort_size,
		customers_within, streak_customers,
		oracle.rate(customers_within, cohort_size),
		oracle.rate(streak_customers, cohort_size)
	FROM pooled
	ORDER BY age;
END $$;
