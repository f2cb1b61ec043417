-- What is measured, one line a statement: label | yardstick label or - | settings | statement.
-- A work's ratio is its median over that of its yardstick in the same run.
scan|-|serial|SELECT count(customer_id), max(ordered_at) FROM orders
scan, 2 workers|-|parallel|SELECT count(customer_id), max(ordered_at) FROM orders
scan with amount|-|serial|SELECT count(customer_id), max(ordered_at), max(amount) FROM orders
retention_agg by month|scan|serial|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))
retention_agg by month, 2 workers|scan, 2 workers|parallel|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))
retention_agg with amount|scan with amount|serial|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, amount, 'month') FROM orders))
cohort_retention on the table|retention_agg by month|serial|SELECT sum(customers) FROM cohort_retention('orders', 'customer_id', 'ordered_at')
repeat_purchase_rate|scan|serial|SELECT repeat_purchase_rate(customer_id) FROM orders
hand-tuned SQL|retention_agg by month|serial|WITH m AS (SELECT DISTINCT customer_id, date_trunc('month', ordered_at) AS month FROM orders), c AS (SELECT month, min(month) OVER (PARTITION BY customer_id) AS cohort FROM m) SELECT sum(n) FROM (SELECT cohort, month, count(*) AS n FROM c GROUP BY 1, 2) x
