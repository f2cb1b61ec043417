-- What cohorts_suppressed() shows of the tables, and what is true.
-- psql variable: least (min_customers).

CREATE TABLE shown AS
SELECT shop, large, later, long, anchored, kind, s.*, c.customers AS true_customers, c.customers_since AS true_since, c.customers_within AS true_within,
	c.streak_customers AS true_streak, c.repeat_customers AS true_repeat, c.orders AS true_orders, c.cohort_size AS true_size,
	-- what has to be hidden by itself
	(SELECT bool_or(n BETWEEN 1 AND :least - 1) FROM unnest(ARRAY[c.cohort_size, c.customers, c.customers_since, c.customers_within, c.streak_customers,
		c.repeat_customers, c.cohort_size - c.customers, c.cohort_size - c.customers_since, c.cohort_size - c.customers_within,
		c.cohort_size - c.streak_customers, c.cohort_size - c.repeat_customers]) AS n) AS primary_cell
FROM reading, cohorts_suppressed(summary, :least, as_of) AS s JOIN LATERAL cohorts(summary, as_of) AS c USING (cohort, age);
