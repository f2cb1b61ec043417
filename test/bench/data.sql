-- The data of the benchmark: orders, and what else a variable of its name asks for. The numbers are hashes, so every run
-- has the same rows.

-- :orders orders of :orders / 10 customers over 36 months, in order of time, customers at random.
CREATE UNLOGGED TABLE orders AS
SELECT g AS order_id,
       (hashint8extended(g, 1) & 9223372036854775807) % (:orders / 10) + 1 AS customer_id,
       timestamptz '2021-01-01 00:00+00' + g * (1095 * interval '1 day' / :orders) AS ordered_at,
       ((hashint8extended(g, 2) & 9223372036854775807) % 20000 / 100.0)::numeric(10,2) AS amount,
       (array['DE', 'FR', 'BG', 'UK', 'US', 'IT', 'ES', 'PL', 'NL', 'AT'])[(hashint8extended(g, 3) & 9223372036854775807) % 10 + 1] AS country
FROM generate_series(1, :orders::bigint) g;

\if :{?keyed}
-- The same with customers that are uuids, and texts of 12 to 36 characters; and texts that all have 36.
CREATE UNLOGGED TABLE keyed AS
SELECT md5(customer_id::text)::uuid AS customer_uuid,
       left(md5(customer_id::text) || 'abcd', 12 + (customer_id % 25)::int) AS customer_text,
       ordered_at
FROM orders ORDER BY order_id;
CREATE UNLOGGED TABLE keyed_36 AS
SELECT customer_uuid::text AS customer_text, ordered_at FROM keyed;
\endif

\if :{?few}
-- Few customers.
CREATE UNLOGGED TABLE few AS
SELECT customer_id % 2 AS two, customer_id % 100 AS hundred, ordered_at FROM orders ORDER BY order_id;
\endif

\if :{?priced}
-- Amounts that are no 64-bit integers at their scale.
CREATE UNLOGGED TABLE priced AS
SELECT customer_id, ordered_at, (amount / 7)::numeric(40, 20) AS amount FROM orders ORDER BY order_id;
\endif

\if :{?orders_by_month}
-- A partition a month.
CREATE TABLE orders_by_month (LIKE orders) PARTITION BY RANGE (ordered_at);
SELECT format('CREATE UNLOGGED TABLE orders_%1$s PARTITION OF orders_by_month FOR VALUES FROM (%2$L) TO (%3$L)', i,
	timestamptz '2021-01-01 00:00+00' + i * interval '1 month', timestamptz '2021-01-01 00:00+00' + (i + 1) * interval '1 month')
FROM generate_series(0, 36) i \gexec
INSERT INTO orders_by_month SELECT * FROM orders ORDER BY order_id;
\endif

\if :{?lines}
-- Ten lines an order, the lines of an order together.
CREATE UNLOGGED TABLE lines AS
SELECT order_id, customer_id, ordered_at, (amount / 10)::numeric(10,2) AS amount
FROM orders, generate_series(1, 10) WHERE order_id <= :orders / 10;
-- Each of them known to have an order, as most tables of lines say.
CREATE UNLOGGED TABLE lines_not_null (LIKE lines);
ALTER TABLE lines_not_null ALTER order_id SET NOT NULL;
INSERT INTO lines_not_null TABLE lines;
-- The same with ids that are texts, and in no order.
CREATE UNLOGGED TABLE lines_text AS SELECT 'order-' || order_id AS order_id, customer_id, ordered_at, amount FROM lines;
CREATE UNLOGGED TABLE lines_apart AS SELECT * FROM lines ORDER BY hashint8extended(order_id, (row_number() OVER ())::bigint);
\endif

\if :{?grouped}
-- Groups of five orders each, in order of time.
CREATE UNLOGGED TABLE grouped AS
SELECT (hashint8extended(order_id, 4) & 9223372036854775807) % (:orders / 50) AS shop, customer_id, ordered_at
FROM orders WHERE order_id <= :orders / 10;
\endif

\if :{?hostile}
-- A hundred thousand customers, ten orders each, by ids of several shapes. PostgreSQL's hash of a bigint is
-- that of the exclusive or of its halves, so those of `colliding` are all the same.
CREATE UNLOGGED TABLE hostile AS
SELECT hashint8extended(c, 5) AS random, c << 32 | c AS colliding, c AS sequential, c << 32 AS high_half,
       hashint8extended(7, 6) & ~4294967295 | c AS low_half, c * 4294967297 AS both_halves,
       'customer-number-' || c AS text_prefix, md5(c::text) AS text_random, ordered_at
FROM (SELECT customer_id % 100000 + 1 AS c, ordered_at FROM orders WHERE order_id <= 1000000) o;
\endif

\if :{?documents}
-- Documents whose hashes are all the same, with any seed: elements that are 32 apart change places. And others.
CREATE UNLOGGED TABLE documents AS
SELECT timestamptz '2021-01-01 00:00+00' + n * interval '1 hour' AS ordered_at,
       (SELECT jsonb_agg(CASE WHEN i % 32 < 15 AND c >> (i % 32) & 1 = 1 THEN (i + 32) % 64 ELSE i END ORDER BY i) FROM generate_series(0, 46) i) AS colliding,
       (SELECT jsonb_agg((hashint4(c * 64 + i) & 31) + 10) FROM generate_series(0, 46) i) AS random
FROM generate_series(1, 40000) n, LATERAL (SELECT n % 20000 AS c) x;
\endif

\if :{?summaries}
CREATE TABLE summaries AS SELECT retention_agg(customer_id, ordered_at, amount, 'month') AS months,
	retention_agg(customer_id, ordered_at, amount, 'day') FILTER (WHERE ordered_at < '2021-01-01'::timestamptz + interval '1000 days') AS days
FROM orders;
\endif

\if :{?histories}
CREATE TABLE histories AS SELECT customer_id, history_agg(ordered_at, amount) AS history,
	(min(ordered_at) - customer_id % 60 * interval '1 day')::date AS signed_up FROM orders GROUP BY customer_id;
\endif
VACUUM ANALYZE;
