WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, min(month) AS cohort FROM purchase GROUP BY customer_id
), visit AS (
    SELECT age, f.customer_id,
           EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND month = cohort + age) AS "on",
           EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND month >= cohort + age) AS after,
           EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND month BETWEEN cohort + 1 AND cohort + age) AS before,
           NOT EXISTS (SELECT FROM generate_series(0, age) a WHERE NOT EXISTS (
               SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND month = cohort + a)) AS every
    FROM first f, generate_series(0, 6) age
    WHERE month_start(cohort + age + 1) <= (SELECT day FROM report_end)
)
SELECT age, count(*), round(100.0 * count(*) FILTER (WHERE "on") / count(*), 1), round(100.0 * count(*) FILTER (WHERE after) / count(*), 1),
       round(100.0 * count(*) FILTER (WHERE before) / count(*), 1), round(100.0 * count(*) FILTER (WHERE every) / count(*), 1)
FROM visit
GROUP BY age
ORDER BY age;
