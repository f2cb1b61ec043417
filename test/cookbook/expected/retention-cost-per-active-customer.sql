SELECT month, cost, count(DISTINCT customer_id), round(cost / nullif(count(DISTINCT customer_id), 0), 2)
FROM retention_costs
LEFT JOIN orders ON amount >= 0 AND ordered_at < month + interval '1 month' AND ordered_at >= month - interval '2 months'
WHERE month + interval '1 month' <= (SELECT day FROM report_end)
  AND month >= (SELECT date_trunc('month', min(ordered_at)) FROM orders)
GROUP BY month, cost
ORDER BY month;
