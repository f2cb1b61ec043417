-- Cohorts of customers who order in a few ways, which tell more of each other than those of whom everybody has a way of his own; half of
-- them by signing up. After tables.sql, to whose they are added.
-- psql variables: seed, tables (four times as many, of a cohort each), least (min_customers).

SELECT setseed(:seed / 2147483648.0) \g /dev/null

CREATE TABLE way_shop AS
SELECT :tables + t AS shop, t % 2 = 0 AS anchored, ('{3,4,5,6,8,12}'::int[])[1 + floor(random() * 6)::int] AS months, 1 + floor(random() * 8)::int AS ways
FROM generate_series(1, 4 * :tables) AS t;
CREATE TABLE way AS
SELECT shop, anchored, months, w AS way, coalesce((ARRAY[1, 2, :least - 1, :least, :least + 1, 2 * :least, 3 * :least])[1 + floor(random() * 9)::int], 1 + floor(random() * 40)::int) AS size
FROM way_shop, generate_series(1, ways) AS w;
CREATE TABLE way_orders AS
SELECT shop, anchored, months, way, size, age, CASE WHEN age = 0 AND NOT anchored THEN 1 + floor(random() * 1.5)::int ELSE (ARRAY[0, 0, 1, 1 + anchored::int])[1 + floor(random() * 4)::int] END AS orders
FROM way, generate_series(0, months - 1) AS age;
-- And of customers of whom some come at every one of the first ages, and the others at all but one or two of them.
INSERT INTO way_orders
SELECT 5 * :tables + t, false, first + 4, way, CASE WHEN way < 2 THEN :least - 1 + way WHEN way < first + 2 THEN single ELSE double END, age,
	CASE WHEN age = 0 THEN 1 WHEN age > first + 1 THEN abs(way - age) % 2 WHEN age > first THEN (way = 0)::int
		WHEN way < 2 THEN 1 WHEN age = 1 + (way - 2) % first THEN 0 WHEN way < first + 2 THEN 1 ELSE (age <> 1 + (way - 1) % first)::int END
FROM (SELECT t, 3 + t % 4 AS first, 1 + floor(random() * 2 * :least)::int AS single, 1 + floor(random() * :least)::int AS double FROM generate_series(1, :tables / 4) AS t OFFSET 0) AS s,
	generate_series(0, 2 * first + 1) AS way, generate_series(0, first + 3) AS age;
INSERT INTO reading
SELECT shop, false, false, false, anchored, 'few ways', CASE WHEN anchored THEN anchored_retention_agg(customer, day, date '2020-01-01', 1.0, 'month') ELSE retention_agg(customer, day, 1.0, 'month') END,
	(date '2020-01-01' + make_interval(months => months))::date
FROM (SELECT shop, anchored, months, way * 1000 + i AS customer, CASE WHEN orders > 0 THEN (date '2020-01-01' + make_interval(months => age))::date END AS day, orders
	FROM way_orders, generate_series(1, size) AS i) AS o, generate_series(1, greatest(orders, 1))
GROUP BY shop, anchored, months;
