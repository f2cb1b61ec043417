-- 1,000 random tables of cohorts of customers, and what cohorts_suppressed() shows of them. Half of the tables have only
-- cohorts of 200 customers and more; a fifth has cohorts by signing up, of whom not everybody orders in the first month.
-- psql variables: seed, tables.

SELECT setseed(:seed / 2147483648.0) \g /dev/null

CREATE TABLE shop AS
SELECT t AS shop, t % 2 = 0 AS large, t % 5 = 0 AS anchored, 1 + floor(random() * 3)::int AS cohorts, 3 + floor(random() * 10)::int AS months,
	0.02 + 0.7 * random() ^ 2 AS rate, random() AS spread, 0.5 + 0.5 * random() AS stays, 0.3 * random() AS again
FROM generate_series(1, :tables) AS t;
CREATE TABLE cohort AS
SELECT shop, i AS cohort_no, CASE WHEN large THEN 200 * exp(random() * ln(10)) ELSE 3 * exp(random() * ln(100)) END::int AS size
FROM shop, generate_series(0, cohorts - 1) AS i;
-- Customers differ in how often they order, and leave at some time.
CREATE TABLE customer AS
SELECT shop, cohort_no, row_number() OVER () AS customer,
	CASE WHEN random() < spread THEN rate * random() * 2 ELSE rate END AS rate,
	CASE WHEN stays < 1 THEN floor(ln(random()) / ln(stays))::int ELSE 1000 END AS life
FROM shop JOIN cohort USING (shop), generate_series(1, size);
CREATE TABLE orders AS
SELECT shop, anchored, customer, (date '2020-01-01' + make_interval(months => cohort_no))::date AS signed_up,
	CASE WHEN ordered THEN (date '2020-01-01' + make_interval(months => cohort_no + age))::date END AS day, round((random() * 100)::numeric, 2) AS amount
FROM (SELECT customer.*, anchored, again, age, CASE WHEN age = 0 THEN NOT anchored OR random() < stays ELSE age <= life AND random() < customer.rate END AS ordered
	FROM customer JOIN shop USING (shop), generate_series(0, months - cohort_no) AS age OFFSET 0) AS c,
	generate_series(1, 1 + (ordered AND random() < again)::int)
WHERE ordered OR (anchored AND age = 0);

CREATE TABLE shown AS
SELECT shop, large, anchored, s.*, c.customers AS true_customers, c.customers_since AS true_since, c.customers_within AS true_within,
	c.streak_customers AS true_streak, c.repeat_customers AS true_repeat, c.cohort_size AS true_size,
	-- what has to be hidden by itself
	(SELECT bool_or(n BETWEEN 1 AND 9) FROM unnest(ARRAY[c.cohort_size, c.customers, c.customers_since, c.customers_within, c.streak_customers,
		c.repeat_customers, c.cohort_size - c.customers, c.cohort_size - c.customers_since, c.cohort_size - c.customers_within,
		c.cohort_size - c.streak_customers, c.cohort_size - c.repeat_customers]) AS n) AS primary_cell
FROM (SELECT shop, large, anchored, (date '2020-02-01' + make_interval(months => months))::date AS as_of, CASE WHEN anchored
		THEN anchored_retention_agg(customer, day, signed_up, amount, 'month') ELSE retention_agg(customer, day, amount, 'month') END AS summary
	FROM orders JOIN shop USING (shop, anchored) GROUP BY shop, large, anchored, months) AS a,
	cohorts_suppressed(summary, as_of => as_of) AS s JOIN LATERAL cohorts(summary, as_of) AS c USING (cohort, age);
