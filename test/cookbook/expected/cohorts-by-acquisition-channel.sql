WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, coalesce((SELECT channel FROM customers c WHERE c.customer_id = p.customer_id), 'no account') AS channel,
           min(month) AS cohort
    FROM purchase p
    GROUP BY customer_id
)
SELECT channel, month_start(cohort), m - cohort, count(DISTINCT f.customer_id), count(DISTINCT p.customer_id),
       round(100.0 * count(DISTINCT p.customer_id) / count(DISTINCT f.customer_id), 1)
FROM first f
JOIN generate_series(2024 * 12 + 9, (SELECT max(month) FROM purchase)) m ON m > cohort
LEFT JOIN purchase p ON p.customer_id = f.customer_id AND p.month = m
WHERE month_start(cohort) >= '2024-10-01' AND month_start(m + 1) <= (SELECT day FROM report_end)
GROUP BY channel, cohort, m
ORDER BY channel, cohort, m;
