WITH a AS (SELECT DISTINCT customer_id FROM orders WHERE amount >= 0 AND ordered_at < '2024-10-01'),
     q AS (SELECT DISTINCT customer_id FROM orders
           WHERE amount >= 0 AND ordered_at >= '2024-07-01' AND ordered_at < '2024-10-01'),
     w AS (SELECT DISTINCT customer_id FROM orders
           WHERE amount >= 0 AND ordered_at >= '2024-10-01' AND ordered_at < '2025-01-01')
SELECT round(100.0 * count(w.customer_id) / nullif(count(*), 0), 1),
       round(100.0 * count(w.customer_id) FILTER (WHERE q.customer_id IS NOT NULL) / nullif(count(q.customer_id), 0), 1),
       round(100.0 * count(q.customer_id) FILTER (WHERE w.customer_id IS NULL) / nullif(count(q.customer_id), 0), 1)
FROM a LEFT JOIN q USING (customer_id) LEFT JOIN w USING (customer_id);
