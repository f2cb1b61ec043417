-- 1,000 random tables of cohorts of customers. Half of the tables have only
-- cohorts of 200 customers and more; a fifth has cohorts by signing up, of whom not everybody orders in the first month.
-- Ages are months or, in a sixth of the tables each, windows of 30 days, and brackets of days and months, since the customer's
-- first day. A sixth is added to what version 1.0 stored, and so has no customers within and no streak.
-- A third is read nine months after its last month, when nobody has ordered any more. A seventh has 12 to 27 months, the others 3 to 12.
-- psql variables: seed, tables.

SELECT setseed(:seed / 2147483648.0) \g /dev/null

CREATE TABLE shop AS
SELECT t AS shop, t % 2 = 0 AS large, t % 3 = 0 AS later, t % 5 = 0 AS anchored, t % 7 = 0 AS long,
	('{months,months,months,windows,brackets,stored by 1.0}'::text[])[1 + t / 10 % 6] AS kind,
	1 + floor(random() * 3)::int AS cohorts, CASE WHEN t % 7 = 0 THEN 12 + floor(random() * 16) ELSE 3 + floor(random() * 10) END::int AS months,
	0.02 + 0.7 * random() ^ 2 AS rate, random() AS spread, 0.5 + 0.5 * random() AS stays, 0.3 * random() AS again
FROM generate_series(1, :tables) AS t;
CREATE TABLE cohort AS
SELECT shop, i AS cohort_no, CASE WHEN large THEN 200 * exp(random() * ln(10)) ELSE 3 * exp(random() * ln(100)) END::int AS size
FROM shop, generate_series(0, cohorts - 1) AS i;
-- Customers differ in how often they order, and leave at some time. By windows and brackets they also come on different days.
CREATE TABLE customer AS
SELECT shop, cohort_no, row_number() OVER () AS customer,
	(date '2020-01-01' + make_interval(months => cohort_no))::date + CASE WHEN kind IN ('windows', 'brackets') THEN floor(random() * 28)::int ELSE 0 END AS signed_up,
	CASE WHEN random() < spread THEN rate * random() * 2 ELSE rate END AS rate,
	CASE WHEN stays < 1 THEN floor(ln(random()) / ln(stays))::int ELSE 1000 END AS life
FROM shop JOIN cohort USING (shop), generate_series(1, size);
-- Orders of age 0, the first one on the first day, and of each later month, or 30 days.
CREATE TABLE orders AS
SELECT shop, customer, signed_up, CASE
		WHEN NOT ordered THEN NULL
		WHEN kind IN ('windows', 'brackets') THEN signed_up + 30 * age + CASE WHEN age = 0 AND nth = 1 THEN 0 ELSE floor(random() * 30)::int END
		ELSE (date '2020-01-01' + make_interval(months => cohort_no + age))::date
	END AS day, round((random() * 100)::numeric, 2) AS amount
FROM (SELECT customer.*, kind, anchored, again, age, CASE WHEN age = 0 THEN NOT anchored OR random() < stays ELSE age <= life AND random() < customer.rate END AS ordered
	FROM customer JOIN shop USING (shop), generate_series(0, months - cohort_no) AS age OFFSET 0) AS c,
	generate_series(1, 1 + (ordered AND random() < again)::int) AS nth
WHERE ordered OR (anchored AND age = 0);

CREATE TABLE history AS
SELECT shop, kind, anchored, customer, signed_up, history_agg(day, amount) AS history
FROM (SELECT shop, kind, anchored, customer, signed_up, CASE WHEN day < (date '2020-02-01' + make_interval(months => months))::date THEN day END AS day, amount
	FROM orders JOIN shop USING (shop)) AS o
GROUP BY shop, kind, anchored, customer, signed_up;
-- one customer, of January 2019
CREATE TABLE stored AS SELECT encode('\x0102030200d46c00010001120102000101010001000101010000000200', 'base64')::retention_summary AS summary;
CREATE TABLE summary AS
SELECT shop, retention_agg(history, 'month') AS summary FROM history WHERE kind = 'months' AND NOT anchored GROUP BY shop
UNION ALL SELECT shop, anchored_retention_agg(history, signed_up, 'month') FROM history WHERE kind IN ('months', 'stored by 1.0') AND anchored GROUP BY shop
UNION ALL SELECT shop, retention_agg(history, 'month', '30 days') FROM history WHERE kind = 'windows' AND NOT anchored GROUP BY shop
UNION ALL SELECT shop, anchored_retention_agg(history, signed_up, 'month', '30 days') FROM history WHERE kind = 'windows' AND anchored GROUP BY shop
UNION ALL SELECT shop, bracket_retention_agg(history, 'month', '{8 days,1 month,2 months,3 months,6 months}') FROM history WHERE kind = 'brackets' AND NOT anchored GROUP BY shop
UNION ALL SELECT shop, anchored_bracket_retention_agg(history, signed_up, 'month', '{8 days,1 month,2 months,3 months,6 months}') FROM history WHERE kind = 'brackets' AND anchored GROUP BY shop
UNION ALL SELECT shop, retention_agg(history, 'month') + (SELECT summary FROM stored) FROM history WHERE kind = 'stored by 1.0' AND NOT anchored GROUP BY shop;

CREATE TABLE reading AS
SELECT shop, large, later, long, anchored, kind, summary, (date '2020-02-01' + make_interval(months => months + CASE WHEN later THEN 9 ELSE 0 END))::date AS as_of
FROM shop JOIN summary USING (shop);
