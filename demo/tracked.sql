-- A dashboard asks for it every minute. First as it is, from all orders:
CREATE VIEW cohort_table AS
SELECT * FROM cohort_retention('shop_orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Berlin');
\timing on
SELECT count(*) AS cells, sum(orders) AS orders, sum(revenue) AS revenue, md5(string_agg(c::text, ' ' ORDER BY cohort, age)) AS rows
FROM cohort_table c;
\timing off

-- Then tracked. What is kept is built in the background; here at once, so as not to wait for it.
CREATE INDEX ON shop_orders (customer_id, ordered_at);
SELECT retention_track('shop_orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Berlin');
CALL retention_fold('shop_orders');

-- The same rows, to the byte:
\timing on
SELECT count(*) AS cells, sum(orders) AS orders, sum(revenue) AS revenue, md5(string_agg(c::text, ' ' ORDER BY cohort, age)) AS rows
FROM cohort_table c;
\timing off

-- Somebody orders, somebody else's order is taken back: the next look has both. (The demo undoes it.)
BEGIN;
INSERT INTO shop_orders VALUES (1000000, 7, '2025-01-15 20:00', 49.90, 'DE', 'open');
DELETE FROM shop_orders WHERE order_id = (SELECT max(order_id) FROM shop_orders WHERE order_id < 1000000 AND amount > 0);
\timing on
SELECT count(*) AS cells, sum(orders) AS orders, sum(revenue) AS revenue, md5(string_agg(c::text, ' ' ORDER BY cohort, age)) AS rows
FROM cohort_table c;
\timing off
ROLLBACK;
