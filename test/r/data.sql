-- Data for R and for the extension: orders to repeat or not, and pairs of rates.
-- Plain arithmetic, so that the recorded figures stay those of the same rows;
-- the data sets "random …" are others for every :seed, and have none recorded.

CREATE TABLE orders (data text, customer int, day date);
-- The end of each report, exclusive; NULL: the day after the last order.
CREATE TABLE data_set (data text PRIMARY KEY, as_of date);

INSERT INTO data_set VALUES
	('spread', NULL), ('watched longer', '2025-07-01'), ('ties', NULL), ('many', NULL),
	('same day', NULL), ('everybody repeats', NULL), ('the longest watched repeats', NULL),
	('nobody repeats', NULL), ('one of two', NULL), ('late', NULL);

-- Two thirds of 300 customers repeat, after up to 120 days, and some once more.
INSERT INTO orders
SELECT data, c, date '2023-01-01' + c * 53 % 365 + nth * (c * c * 31 % 121)
FROM unnest('{spread,watched longer}'::text[]) AS data, generate_series(1, 300) AS c,
	generate_series(0, c % 3) AS nth;

-- Weeks only: events and censoring on the same days.
INSERT INTO orders
SELECT 'ties', c, date '2024-01-01' + 7 * (c % 13 + nth * (c * 5 % 7 + 1))
FROM generate_series(1, 120) AS c, generate_series(0, CASE WHEN c % 4 < 2 THEN 1 ELSE 0 END) AS nth
WHERE c % 13 + nth * (c * 5 % 7 + 1) <= 14;

-- 4,000 customers over four years, by a linear congruence.
INSERT INTO orders
SELECT 'many', c, date '2020-03-01' + ((c::bigint * 1103515245 + 12345) % 2147483648 % 1461)::int
	+ nth * (c * 69069 % 1009 % 61)
FROM generate_series(1, 4000) AS c,
	generate_series(0, CASE WHEN c * 16645 % 1013 < 450 THEN 1 ELSE 0 END) AS nth;

-- Second orders on the day of the first, and first orders on the last day.
INSERT INTO orders
SELECT 'same day', c, date '2024-05-01' + c % 10 + nth * (c / 7 % 3)
FROM generate_series(1, 50) AS c, generate_series(0, c % 2) AS nth;

-- S comes to 0: with nobody censored, and with some censored before.
INSERT INTO orders
SELECT 'everybody repeats', c, date '2024-02-20' + c % 9 + nth * (c * c % 17)
FROM generate_series(1, 40) AS c, generate_series(0, 1) AS nth;
INSERT INTO orders
SELECT 'the longest watched repeats', c, date '2024-01-01' + c % 30 + nth * CASE c WHEN 30 THEN 90 ELSE c % 30 END
FROM generate_series(1, 60) AS c, generate_series(0, CASE WHEN c <= 30 THEN 1 ELSE 0 END) AS nth;

INSERT INTO orders
SELECT 'nobody repeats', c, date '2024-01-01' + c * 3 % 10 FROM generate_series(1, 12) AS c;
INSERT INTO orders VALUES
	('one of two', 1, '2024-01-01'), ('one of two', 2, '2024-01-11'), ('one of two', 1, '2024-01-21');
-- Everybody else is censored before the only event.
INSERT INTO orders
SELECT 'late', c, date '2024-03-01' - CASE c WHEN 9 THEN 200 ELSE c END FROM generate_series(1, 9) AS c
UNION ALL VALUES ('late', 9, date '2024-03-01');

SELECT setseed(:seed / 2147483648.0) \g /dev/null
INSERT INTO data_set
SELECT 'random ' || i, CASE WHEN i % 2 = 0 THEN date '2024-12-31' + floor(random() * 300)::int END
FROM generate_series(1, 12) AS i;
-- More or less time to repeat, more or less tied, from 20 to 1,500 customers.
INSERT INTO orders
SELECT data, c, least(first + nth * gap, date '2024-12-30')
FROM (SELECT data, c, date '2024-01-01' + floor(random() * 360)::int AS first,
		floor(random() ^ 2 * spread)::int / tie * tie AS gap, random() < share AS repeats
	FROM (SELECT data, floor(20 + random() ^ 3 * 1480)::int AS customers, 1 + random() * 400 AS spread,
			(ARRAY[1, 1, 5, 30])[1 + floor(random() * 4)::int] AS tie, random() AS share
		FROM data_set WHERE data LIKE 'random %' ORDER BY data OFFSET 0) AS d,
		generate_series(1, customers) AS c) AS o,
	generate_series(0, CASE WHEN repeats THEN 1 ELSE 0 END) AS nth;

-- What R is given: how long each customer was watched, and whether it repeated then.
CREATE VIEW watched AS
SELECT data, coalesce(second, coalesce(as_of, max(last) OVER (PARTITION BY data) + 1) - 1) - first AS time,
	(second IS NOT NULL)::int AS status, customer
FROM (SELECT data, customer, min(day) AS first, (array_agg(day ORDER BY day))[2] AS second, max(day) AS last
	FROM orders GROUP BY data, customer) AS c
	JOIN data_set USING (data);

CREATE TABLE rates (x_a bigint, n_a bigint, x_b bigint, n_b bigint);
INSERT INTO rates VALUES
	(56, 70, 48, 80), (48, 80, 56, 70), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (10, 10, 0, 20),
	(10, 10, 0, 10), (1, 3, 2, 6), (0, 1, 1, 1), (1, 2, 0, 1), (4510, 100000, 4400, 99000), (3, 1000000, 9, 999999),
	(500000, 1000000, 400000, 1000000), (0, 10, 0, 20), (7, 7, 30, 30);
INSERT INTO rates
SELECT floor(random() * (n_a + 1)), n_a, floor(random() * (n_b + 1)), n_b
FROM (SELECT floor(1 + random() ^ 4 * 100000) AS n_a, floor(1 + random() ^ 4 * 100000) AS n_b
	FROM generate_series(1, 200) OFFSET 0) AS sizes
WHERE :seed > 0;
