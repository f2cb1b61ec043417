SELECT count(DISTINCT (month_number(ordered_at), customer_id)) FROM orders;
SELECT count(DISTINCT customer_id) FROM orders WHERE month_number(ordered_at) = 2024 * 12 + 11;
SELECT count(DISTINCT customer_id) FROM orders WHERE month_number(ordered_at) = 2024 * 12 + 11;
WITH first AS (
    SELECT customer_id, min(month_number(ordered_at)) AS cohort FROM orders WHERE amount >= 0 GROUP BY customer_id
)
SELECT month_start(cohort), m - cohort, count(DISTINCT first.customer_id),
       count(DISTINCT o.customer_id) FILTER (WHERE amount >= 0), count(*) FILTER (WHERE amount >= 0),
       coalesce(sum(amount), 0.00)
FROM first
JOIN generate_series(2024 * 12 + 9, (SELECT month_number(max(ordered_at)) FROM orders WHERE amount >= 0)) m ON m >= cohort
LEFT JOIN orders o ON o.customer_id = first.customer_id AND month_number(ordered_at) = m
WHERE month_start(cohort) >= '2024-10-01'
GROUP BY cohort, m
ORDER BY cohort, m;
