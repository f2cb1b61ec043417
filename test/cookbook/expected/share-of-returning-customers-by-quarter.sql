SELECT quarter, count(*), count(*) FILTER (WHERE first < quarter),
       round(100.0 * count(*) FILTER (WHERE first < quarter) / count(*), 1)
FROM (SELECT DISTINCT customer_id, date_trunc('quarter', ordered_at)::date AS quarter FROM orders WHERE amount >= 0) q
JOIN (SELECT customer_id, min(ordered_at)::date AS first FROM orders WHERE amount >= 0 GROUP BY 1) f USING (customer_id)
GROUP BY quarter
ORDER BY quarter;
