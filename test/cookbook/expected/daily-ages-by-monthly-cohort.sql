WITH first AS (
    SELECT customer_id, min(ordered_at)::date AS day FROM orders WHERE amount >= 0 GROUP BY customer_id
), placed AS (
    SELECT customer_id, date_trunc('month', f.day)::date AS cohort, o.ordered_at::date - f.day AS days
    FROM orders o JOIN first f USING (customer_id)
    WHERE amount >= 0
), cohort AS (
    SELECT date_trunc('month', day)::date AS cohort, count(*) AS size,
           (date_trunc('month', day) + interval '1 month')::date - 1 AS last_day
    FROM first GROUP BY 1, 3
)
SELECT cohort, age, size, (SELECT count(DISTINCT customer_id) FROM placed p WHERE p.cohort = c.cohort AND days = age),
       (SELECT count(DISTINCT customer_id) FROM placed p WHERE p.cohort = c.cohort AND days BETWEEN 1 AND age)
FROM cohort c, report_end, generate_series(0, 14) age
WHERE cohort >= '2024-10-01' AND last_day + age + 1 <= day
ORDER BY cohort, age;
