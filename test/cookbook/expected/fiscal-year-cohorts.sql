WITH purchase AS (
    SELECT customer_id, extract(year FROM ordered_at - interval '3 months')::int AS year FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, min(year) AS cohort FROM purchase GROUP BY customer_id
)
SELECT make_date(cohort, 4, 1), make_date(cohort + 1, 3, 31), age, count(*),
       count(*) FILTER (WHERE EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND p.year = f.cohort + age)),
       make_date(cohort + age + 1, 4, 1) <= (SELECT day FROM report_end)
FROM first f, LATERAL generate_series(0, (SELECT max(year) FROM purchase) - cohort) age
GROUP BY cohort, age
ORDER BY cohort, age;
