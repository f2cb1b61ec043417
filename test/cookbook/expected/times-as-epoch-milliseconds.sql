WITH purchase AS (
    SELECT user_id, month_number(timestamptz '1970-01-01 00:00Z' + ts_ms * interval '1 millisecond') AS month
    FROM events WHERE name = 'purchase'
), first AS (
    SELECT user_id, min(month) AS cohort FROM purchase GROUP BY user_id
)
SELECT month_start(cohort), m - cohort, count(DISTINCT first.user_id), count(DISTINCT p.user_id)
FROM first
JOIN generate_series(2024 * 12 + 9, (SELECT max(month) FROM purchase)) m ON m >= cohort
LEFT JOIN purchase p ON p.user_id = first.user_id AND p.month = m
WHERE month_start(cohort) >= '2024-10-01'
GROUP BY cohort, m
ORDER BY cohort, m;
