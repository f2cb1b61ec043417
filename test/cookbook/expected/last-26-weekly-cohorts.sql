WITH purchase AS (
    SELECT customer_id, date_trunc('week', ordered_at)::date AS week
    FROM orders
    WHERE amount >= 0 AND ordered_at < current_date
), first AS (
    SELECT customer_id, min(week) AS cohort FROM purchase GROUP BY customer_id
)
SELECT cohort, age, count(*), sum(here), round(100.0 * sum(here) / count(*), 1)
FROM first f, generate_series(0, 26) age,
     LATERAL (SELECT count(DISTINCT week) AS here FROM purchase p
              WHERE p.customer_id = f.customer_id AND week = cohort + 7 * age) p
WHERE cohort >= date_trunc('week', current_date)::date - 26 * 7
  AND cohort + 7 * (age + 1) <= current_date
GROUP BY cohort, age
ORDER BY cohort, age;
