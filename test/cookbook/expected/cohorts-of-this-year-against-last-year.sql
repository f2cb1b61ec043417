WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, min(month) AS cohort FROM purchase GROUP BY customer_id
), cell AS (
    SELECT cohort, age, count(*) AS size,
           count(*) FILTER (WHERE (customer_id, cohort + age) IN (SELECT customer_id, month FROM purchase)) AS here
    FROM first, generate_series(0, 24) age
    WHERE month_start(cohort + age + 1) <= (SELECT day FROM report_end)
    GROUP BY cohort, age
)
SELECT n.age, count(*), round(100.0 * sum(n.here) / sum(n.size), 1), round(100.0 * sum(b.here) / sum(b.size), 1)
FROM cell n JOIN cell b ON b.cohort = n.cohort - 12 AND b.age = n.age
WHERE n.cohort BETWEEN 2024 * 12 AND 2024 * 12 + 11
GROUP BY n.age
ORDER BY n.age;
