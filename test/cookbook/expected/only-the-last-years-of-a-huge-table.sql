WITH first AS (
    SELECT customer_id, min(month_number(ordered_at)) AS cohort FROM orders WHERE amount >= 0 GROUP BY customer_id
)
SELECT month_start(cohort), age, count(DISTINCT first.customer_id),
       count(DISTINCT o.customer_id) FILTER (WHERE amount >= 0), count(*) FILTER (WHERE amount >= 0)
FROM first
CROSS JOIN unnest('{1,3,6,12}'::int[]) age
LEFT JOIN orders o ON o.customer_id = first.customer_id AND month_number(ordered_at) = cohort + age
WHERE cohort + age BETWEEN 2024 * 12 + 6 AND (SELECT month_number(max(ordered_at)) FROM orders WHERE amount >= 0)
GROUP BY cohort, age
ORDER BY cohort, age;
