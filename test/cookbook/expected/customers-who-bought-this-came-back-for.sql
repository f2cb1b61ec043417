WITH bought AS (
    SELECT DISTINCT customer_id, product, min(ordered_at) OVER (PARTITION BY customer_id, order_id)::date AS day
    FROM order_lines WHERE quantity * price >= 0
), first AS (
    SELECT customer_id, product, min(day) AS day FROM bought GROUP BY customer_id, product
), watched AS (
    SELECT * FROM first WHERE day + 60 <= (SELECT max(day) + 1 FROM bought)
), came AS (
    SELECT w.product, b.product AS next, w.customer_id, min(b.day) - w.day AS days
    FROM watched w JOIN bought b ON b.customer_id = w.customer_id AND b.day > w.day AND b.day < w.day + 60
    GROUP BY w.product, b.product, w.customer_id, w.day
), counts AS (
    SELECT next, count(*) FILTER (WHERE product = 'article 12')::float8 AS k, count(*) FILTER (WHERE product <> 'article 12')::float8 AS others_k,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY days) FILTER (WHERE product = 'article 12') AS median,
           (SELECT count(*) FILTER (WHERE product = 'article 12') FROM watched)::float8 AS n,
           (SELECT count(*) FILTER (WHERE product <> 'article 12') FROM watched)::float8 AS others
    FROM came GROUP BY next
), evidence AS (
    SELECT *, sign(k * others - others_k * n) * 2 * (SELECT sum(CASE WHEN cell > 0 THEN cell * ln(cell / expected) ELSE 0 END)
        FROM (VALUES (k, n * (k + others_k) / (n + others)), (n - k, n * (n + others - k - others_k) / (n + others)),
                     (others_k, others * (k + others_k) / (n + others)),
                     (others - others_k, others * (n + others - k - others_k) / (n + others))) c(cell, expected)) AS g2
    FROM counts WHERE next <> 'article 12' AND k >= 5
)
SELECT next, n, k, round((100 * k / n)::numeric, 1), round((100 * others_k / others)::numeric, 1), median
FROM evidence
ORDER BY g2 DESC, k DESC
LIMIT 5;
