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
SELECT to_char(cohort, 'YYYY-MM'), size,
       CASE WHEN last_day + 8 <= day THEN round(100.0 * (SELECT count(DISTINCT customer_id) FROM placed p
           WHERE p.cohort = c.cohort AND days BETWEEN 1 AND 7) / size, 1) END,
       CASE WHEN last_day + 31 <= day THEN round(100.0 * (SELECT count(DISTINCT customer_id) FROM placed p
           WHERE p.cohort = c.cohort AND days BETWEEN 8 AND 30) / size, 1) END,
       CASE WHEN last_day + 91 <= day THEN round(100.0 * (SELECT count(DISTINCT customer_id) FROM placed p
           WHERE p.cohort = c.cohort AND days BETWEEN 31 AND 90) / size, 1) END,
       (SELECT count(DISTINCT customer_id) FROM placed p WHERE p.cohort = c.cohort AND days > 90)
FROM cohort c, report_end
WHERE cohort >= '2024-06-01'
ORDER BY cohort;
