-- What cohorts_suppressed() hides and what not, without asking what follows from it: lines "ok - ..." or "not ok - ...".

\pset tuples_only on
\pset format unaligned

-- A hidden cell is one whose customers are.
SELECT CASE WHEN count(*) > 0 AND bool_and(customers IS NULL OR NOT primary_cell) AND NOT bool_or(n BETWEEN 1 AND :least - 1 OR cohort_size - n BETWEEN 1 AND :least - 1)
		THEN 'ok' ELSE 'not ok' END || format(' - no count, and no rest of a cohort, from 1 to %s in %s cells', :least - 1, count(DISTINCT (shop, cohort, age)))
FROM shown, unnest(ARRAY[cohort_size, customers, customers_since, customers_within, streak_customers, repeat_customers]) AS n;
SELECT CASE WHEN count(*) > 0 AND num_nonnulls(max(cohort_size), max(customers_since), max(customers_within), max(streak_customers),
			max(repeat_customers), max(orders), max(revenue), max(cumulative_revenue), max(retention_rate), max(ci_low), max(ci_high),
			max(unbounded_rate), max(repeat_rate), max(within_rate), max(streak_rate)) = 0
		THEN 'ok' ELSE 'not ok' END || format(' - of %s hidden cells all numbers are hidden', count(*))
FROM shown WHERE customers IS NULL;
SELECT CASE WHEN count(*) > 0 AND bool_and((customers_since IS NULL) = (unbounded_rate IS NULL) AND (customers_within IS NULL) = (within_rate IS NULL)
			AND (streak_customers IS NULL) = (streak_rate IS NULL) AND (repeat_customers IS NULL) = (repeat_rate IS NULL)
			AND (orders IS NULL) = (repeat_customers IS NULL AND (age = 0 OR anchored)) AND coalesce(orders = true_orders, true)
			AND num_nulls(cohort_size, retention_rate, ci_low, ci_high) = 0 AND (revenue IS NOT NULL OR customers = 0)
			AND coalesce(customers_since = true_since, true) AND coalesce(customers_within = true_within, true)
			AND coalesce(streak_customers = true_streak, true) AND coalesce(repeat_customers = true_repeat, true) AND customers = true_customers)
		THEN 'ok' ELSE 'not ok' END || format(' - %s others are as in cohorts(), and hidden counts have hidden rates', count(*))
FROM shown WHERE customers IS NOT NULL;
SELECT CASE WHEN bool_or(hidden_before) AND bool_and((cumulative_revenue IS NULL) = hidden_before) THEN 'ok' ELSE 'not ok' END
	|| ' - cumulative revenue ends where a revenue is hidden'
FROM (SELECT cumulative_revenue, bool_or(revenue IS NULL) OVER (PARTITION BY shop, cohort ORDER BY age) AS hidden_before FROM shown) AS c;
-- What hiding so much beside costs. The bar is a fifth.
SELECT CASE WHEN hidden <= 1.2 * of_themselves AND of_themselves > 0 THEN 'ok' ELSE 'not ok' END
	|| format(' - %s of %s cells of cohorts of 200 and more, of tables %s, are hidden, %s %% more than the %s that have to be by themselves', hidden, cells,
		tables, round(100.0 * (hidden - of_themselves) / of_themselves, 1), of_themselves)
	|| format('; of the %s counts of the others %s are hidden', counts, hidden_counts)
FROM (SELECT tables, count(*) AS cells, count(*) FILTER (WHERE customers IS NULL) AS hidden, count(*) FILTER (WHERE primary_cell) AS of_themselves,
		sum(num_nonnulls(true_since, true_within, true_streak, true_repeat)) FILTER (WHERE customers IS NOT NULL) AS counts,
		sum(num_nonnulls(true_since, true_within, true_streak, true_repeat) - num_nonnulls(customers_since, customers_within, streak_customers, repeat_customers))
			FILTER (WHERE customers IS NOT NULL) AS hidden_counts
	FROM shown, (VALUES ('read after their last month', false, NULL), ('read nine months later', true, NULL), ('of 12 to 27 months', NULL, true)) AS k (tables, when_read, how_long)
	WHERE large AND coalesce(later = when_read, long = how_long) GROUP BY tables ORDER BY tables DESC) AS c;
