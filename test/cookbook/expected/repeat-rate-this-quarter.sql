SELECT round(100.0 * count(*) FILTER (WHERE n > 1) / nullif(count(*), 0), 1)
FROM (SELECT count(*) AS n
      FROM orders
      WHERE amount >= 0 AND date_trunc('quarter', ordered_at) >= date_trunc('quarter', current_date)
      GROUP BY customer_id) c;
