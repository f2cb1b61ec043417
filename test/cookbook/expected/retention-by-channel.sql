WITH purchase AS (
    SELECT coalesce((SELECT channel FROM customers c WHERE c.customer_id = o.customer_id), 'no account') AS channel,
           customer_id, month_number(ordered_at) AS month, ordered_at::date AS day
    FROM orders o
    WHERE amount >= 0
), first AS (
    SELECT channel, customer_id, min(month) AS cohort FROM purchase GROUP BY channel, customer_id
)
SELECT channel, age, count(*), sum(here), round(100.0 * sum(here) / count(*), 1)
FROM first f
CROSS JOIN unnest('{1,3,6,12}'::int[]) age
CROSS JOIN LATERAL (SELECT count(DISTINCT month) AS here FROM purchase p
                    WHERE p.customer_id = f.customer_id AND month = cohort + age) p
WHERE month_start(cohort + age + 1)
      <= (SELECT least(max(day) + 1, current_date) FROM purchase p WHERE p.channel = f.channel)
GROUP BY channel, age
ORDER BY channel, age;
