WITH bought AS (
    SELECT DISTINCT company, month_number(ordered_at) / 3 AS quarter
    FROM orders JOIN contacts USING (customer_id)
    WHERE amount >= 0
), first AS (
    SELECT company, min(quarter) AS cohort FROM bought GROUP BY company
)
SELECT month_start(cohort * 3), quarter - cohort, count(DISTINCT first.company), count(b.company),
       round(100.0 * count(b.company) / count(DISTINCT first.company), 1)
FROM first
JOIN generate_series(2023 * 4 + 3, (SELECT max(quarter) FROM bought)) quarter ON quarter >= cohort
LEFT JOIN bought b USING (company, quarter)
WHERE month_start(cohort * 3) >= '2023-10-01' AND month_start(quarter * 3 + 3) <= (SELECT day FROM report_end)
GROUP BY cohort, quarter
ORDER BY cohort, quarter;
