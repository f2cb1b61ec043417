SELECT (SELECT email FROM customers c WHERE c.customer_id = o.customer_id) AS email,
       count(*) FILTER (WHERE amount >= 0 AND month_number(ordered_at) = 2024 * 12 + 10),
       sum(amount) FILTER (WHERE month_number(ordered_at) = 2024 * 12 + 10) AS revenue,
       min(ordered_at::date) FILTER (WHERE amount >= 0), max(ordered_at::date) FILTER (WHERE amount >= 0)
FROM orders o
GROUP BY customer_id
HAVING min(month_number(ordered_at)) FILTER (WHERE amount >= 0) = 2024 * 12 + 9
   AND bool_or(amount >= 0 AND month_number(ordered_at) = 2024 * 12 + 10)
ORDER BY revenue DESC, email;
