WITH member AS (
    SELECT customer_id, min(month_number(ordered_at)) AS cohort
    FROM orders WHERE amount >= 0
    GROUP BY customer_id
    HAVING month_start(min(month_number(ordered_at)) + 13) <= (SELECT day FROM report_end)
)
SELECT age, (SELECT count(DISTINCT cohort) FROM member), (SELECT count(*) FROM member),
       round(sum(amount) / (SELECT count(*) FROM member), 2)
FROM generate_series(0, 12) age
JOIN (member JOIN orders USING (customer_id)) ON month_number(ordered_at) <= cohort + age
GROUP BY age
ORDER BY age;
