WITH customer AS (
    SELECT customer_id, (array_agg(country ORDER BY ordered_at, country) FILTER (WHERE amount >= 0))[1] AS country,
           count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue
    FROM orders
    GROUP BY customer_id
)
SELECT country, count(*), sum(orders), sum(revenue), round(100.0 * count(*) FILTER (WHERE orders > 1) / count(*), 1)
FROM customer
GROUP BY country
ORDER BY country;
