WITH placed AS (
    SELECT order_id, customer_id, min(ordered_at) AS at, sum(quantity * price) AS amount,
           (array_agg(product ORDER BY quantity * price DESC, product))[1] AS product
    FROM order_lines
    GROUP BY order_id, customer_id
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY at) AS n
    FROM placed WHERE amount >= 0
), customer AS (
    SELECT f.product, coalesce(s.at::date - f.at::date < 90, false) AS again
    FROM numbered f LEFT JOIN numbered s ON s.customer_id = f.customer_id AND s.n = 2
    WHERE f.n = 1 AND month_start(month_number(f.at) + 1) - 1 + 90
                      <= (SELECT least(max(at)::date + 1, current_date) FROM numbered)
)
SELECT product, count(*), count(*) FILTER (WHERE again), round(100.0 * count(*) FILTER (WHERE again) / count(*), 1) AS rate
FROM customer
GROUP BY product
HAVING count(*) >= 10
ORDER BY rate DESC, product
LIMIT 10;
