WITH purchase AS (
    SELECT lower(trim(email)) AS address, month_number(ordered_at) AS month
    FROM orders
    WHERE amount >= 0 AND email ~ '[^ ]'
), first AS (
    SELECT address, min(month) AS cohort FROM purchase GROUP BY address
)
SELECT month_start(cohort), m - cohort, count(DISTINCT first.address), count(DISTINCT p.address)
FROM first
JOIN generate_series(2024 * 12 + 9, (SELECT max(month) FROM purchase)) m ON m >= cohort
LEFT JOIN purchase p ON p.address = first.address AND p.month = m
WHERE month_start(cohort) >= '2024-10-01'
GROUP BY cohort, m
ORDER BY cohort, m;
