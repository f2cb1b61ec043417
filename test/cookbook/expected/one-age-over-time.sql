WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), cohort AS (
    SELECT cohort, count(*) AS size,
           count(*) FILTER (WHERE EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND month = cohort + 1)) AS back
    FROM (SELECT customer_id, min(month) AS cohort FROM purchase GROUP BY customer_id) f
    GROUP BY cohort
)
SELECT month_start(cohort), size, round(100.0 * back / size, 1),
       round(100 * wilson(back, size, -1)::numeric, 1), round(100 * wilson(back, size, 1)::numeric, 1)
FROM cohort
WHERE month_start(cohort + 2) <= (SELECT day FROM report_end)
ORDER BY cohort;
