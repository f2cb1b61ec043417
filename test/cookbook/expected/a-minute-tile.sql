SELECT 'retention_track_a8278990';
WITH o AS (
    SELECT customer_id, ordered_at, amount, date_trunc('month', ordered_at)::date AS month FROM orders
), look AS (
    SELECT * FROM (VALUES ('now', 'infinity'::timestamptz), ('morning', current_date::timestamptz)) l(look, before)
), first AS (
    SELECT look, before, customer_id, min(month) AS first
    FROM look JOIN o ON ordered_at < before WHERE amount >= 0 GROUP BY look, before, customer_id
), figures AS (
    SELECT look, month, count(DISTINCT customer_id) FILTER (WHERE amount >= 0) AS customers,
           count(DISTINCT customer_id) FILTER (WHERE amount >= 0 AND first = month) AS new,
           count(*) FILTER (WHERE amount >= 0) AS orders,
           coalesce(sum(amount) FILTER (WHERE month >= first), 0.00) AS revenue
    FROM first JOIN o USING (customer_id)
    WHERE ordered_at < before
    GROUP BY look, month
)
SELECT n.month, n.customers, n.new, n.orders, n.revenue, n.new - coalesce(m.new, 0), n.orders - coalesce(m.orders, 0),
       n.revenue - coalesce(m.revenue, 0)
FROM figures n LEFT JOIN figures m ON m.look = 'morning' AND m.month = n.month
WHERE n.look = 'now' AND n.month = (SELECT max(month) FROM o WHERE amount >= 0);
