WITH member AS (
    SELECT customer_id, min(signed_up_at)::date AS day FROM signups GROUP BY customer_id
), placed AS (
    SELECT customer_id, (ordered_at::date - day) / 30 AS age
    FROM orders JOIN member USING (customer_id)
    WHERE ordered_at::date >= day
), cohort AS (
    SELECT date_trunc('month', day)::date AS cohort, count(*) AS size,
           (date_trunc('month', day) + interval '1 month')::date - 1 AS last_day
    FROM member GROUP BY 1, 3
)
SELECT cohort, age, size,
       (SELECT count(DISTINCT customer_id) FROM placed p JOIN member m USING (customer_id)
        WHERE date_trunc('month', m.day) = cohort AND p.age = a.age),
       (SELECT count(DISTINCT customer_id) FROM placed p JOIN member m USING (customer_id)
        WHERE date_trunc('month', m.day) = cohort AND p.age >= a.age)
FROM cohort, generate_series(0, 30) AS a (age)
WHERE cohort >= '2024-08-01'
  AND last_day + 30 * (age + 1) <= (SELECT least(max(ordered_at)::date + 1, current_date)
                                    FROM orders JOIN member USING (customer_id) WHERE ordered_at::date >= day)
ORDER BY cohort, age;
