WITH member AS (
    SELECT customer_id, signed_up_at, month_number(signed_up_at) AS cohort FROM signups
), placed AS (
    SELECT customer_id, month_number(ordered_at) AS month, ordered_at::date AS day
    FROM orders JOIN member USING (customer_id)
    WHERE amount >= 0 AND ordered_at >= signed_up_at
)
SELECT month_start(cohort), m - cohort, count(DISTINCT member.customer_id), count(DISTINCT p.customer_id),
       round(100.0 * count(DISTINCT p.customer_id) / count(DISTINCT member.customer_id), 1)
FROM member
JOIN generate_series(2024 * 12 + 9, (SELECT max(month) FROM placed)) m ON m >= cohort
LEFT JOIN placed p ON p.customer_id = member.customer_id AND p.month = m
WHERE month_start(cohort) >= '2024-10-01'
  AND month_start(m + 1) <= (SELECT least(max(day) + 1, current_date) FROM placed)
GROUP BY cohort, m
ORDER BY cohort, m;
