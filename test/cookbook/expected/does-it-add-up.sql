WITH counted AS (       -- an order is of a customer; money may be of one without orders as well
    SELECT count(*) FILTER (WHERE amount >= 0 OR amount IS NULL) AS orders, sum(amount) AS money
    FROM orders WHERE customer_id IS NOT NULL
), other AS (
    SELECT count(*) FILTER (WHERE amount >= 0) AS orders, coalesce(sum(amount), 0) AS money
    FROM orders WHERE customer_id IS NULL
)
SELECT 'orders', counted.orders, counted.orders + other.orders FROM counted, other
UNION ALL SELECT 'money', counted.money, counted.money + other.money FROM counted, other
UNION ALL SELECT 'orders without a customer', 0, orders FROM other
UNION ALL SELECT 'their money', 0, money FROM other;
