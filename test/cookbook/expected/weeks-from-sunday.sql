WITH o AS (
    SELECT customer_id, amount, date_trunc('week', ordered_at + interval '1 day')::date - 1 AS week FROM orders
), week AS (
    SELECT week::date FROM (SELECT min(week) AS first, max(week) FILTER (WHERE amount >= 0) AS last FROM o) b,
         generate_series(first, last, interval '7 days') week
), first AS (
    SELECT customer_id, min(week) AS first FROM o WHERE amount >= 0 GROUP BY customer_id
)
SELECT w.week, count(DISTINCT o.customer_id) FILTER (WHERE amount >= 0 AND first = o.week),
       count(DISTINCT o.customer_id) FILTER (WHERE amount >= 0 AND first < o.week),
       coalesce(sum(amount) FILTER (WHERE o.week >= first), 0.00)
FROM week w
LEFT JOIN (o JOIN first USING (customer_id)) ON o.week = w.week
WHERE w.week + 7 <= (SELECT day FROM report_end)
GROUP BY w.week
ORDER BY w.week DESC
LIMIT 8;
