-- 200,000 orders of 20,000 customers.
CREATE TABLE orders AS
SELECT g AS id, (hashint8(g) & 1048575) % 20000 AS customer,
	timestamptz '2023-01-01' + (hashint8(g + 1000000) & 1048575) * interval '1 minute' AS at, (g % 1000) / 10.0 AS amount
FROM generate_series(1, 200000) g;
ANALYZE orders;
