WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, min(month) AS cohort FROM purchase GROUP BY customer_id
), cell AS (
    SELECT cohort, age, count(*) AS size,
           count(*) FILTER (WHERE EXISTS (SELECT FROM purchase p
                                          WHERE p.customer_id = f.customer_id AND p.month = f.cohort + age)) AS here,
           month_start(cohort + age + 1) <= (SELECT day FROM report_end) AS over
    FROM first f, generate_series(0, 12) age
    GROUP BY cohort, age
)
SELECT to_char(month_start(cohort), 'YYYY-MM'), max(size),
       string_agg(CASE WHEN over THEN round(100.0 * here / size, 1)::text ELSE '' END, '|' ORDER BY age)
FROM cell
GROUP BY cohort
HAVING bool_or(over)
ORDER BY cohort;
