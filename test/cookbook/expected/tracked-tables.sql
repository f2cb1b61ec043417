SELECT 'retention_track_a8278990';
WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, min(month) AS cohort FROM purchase GROUP BY customer_id
)
SELECT month_start(cohort), m.month - cohort, count(DISTINCT customer_id) FILTER (WHERE p.month = m.month),
       month_start(m.month + 1) <= (SELECT day FROM report_end)
FROM first JOIN purchase p USING (customer_id)
JOIN generate_series(2024 * 12 + 9, (SELECT max(month) FROM purchase)) m(month) ON m.month >= cohort
WHERE month_start(cohort) >= '2024-10-01'
GROUP BY cohort, m.month
ORDER BY cohort, m.month;
