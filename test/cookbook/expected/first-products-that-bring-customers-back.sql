WITH line AS (
    SELECT order_id, customer_id, product, min(ordered_at) OVER (PARTITION BY customer_id, order_id) AS at
    FROM order_lines WHERE quantity * price >= 0
), first AS (
    SELECT DISTINCT ON (customer_id) customer_id, order_id, at::date AS day FROM line ORDER BY customer_id, at
), counted AS (
    SELECT DISTINCT f.customer_id, l.product,
           (SELECT min(a.at::date) FROM line a WHERE a.customer_id = f.customer_id AND a.at::date > f.day AND a.at::date < f.day + 90) - f.day AS days
    FROM first f JOIN line l USING (customer_id, order_id)
    WHERE f.day + 90 <= (SELECT max(at)::date + 1 FROM line)
), rate AS (
    SELECT product, count(*) AS n, count(days) AS x, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median
    FROM counted GROUP BY product HAVING count(*) >= 10
)
SELECT product, n, x, round(100.0 * x / n, 1), round(100 * wilson(x, n, -1)::numeric, 1), median
FROM rate
ORDER BY wilson(x, n, -1) DESC, product
LIMIT 10;
