-- The data of the benchmark: :orders orders of :orders * 1000000 / 9350000 customers over 36 months, in
-- order of time, customers at random. The numbers are hashes, so every run has the same rows.
CREATE UNLOGGED TABLE orders AS
SELECT g AS order_id,
       (hashint8extended(g, 1) & 9223372036854775807) % (:orders * 1000000::bigint / 9350000) + 1 AS customer_id,
       timestamptz '2021-01-01 00:00+00' + g * (1095 * interval '1 day' / :orders) AS ordered_at,
       ((hashint8extended(g, 2) & 9223372036854775807) % 20000 / 100.0)::numeric(10,2) AS amount,
       (array['DE', 'FR', 'BG', 'UK', 'US'])[(hashint8extended(g, 3) & 9223372036854775807) % 5 + 1] AS country
FROM generate_series(1, :orders::bigint) g;
VACUUM ANALYZE orders;
