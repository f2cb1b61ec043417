-- Is the segment of a history that of the table functions? After the blocks of docs/scaling.md.
CREATE VIEW orders_to_date AS SELECT * FROM orders UNION ALL SELECT * FROM new_orders;
SELECT count(*), CASE WHEN count(*) > 100 AND bool_and((h.cohort_size, h.customers, h.orders, h.revenue) IS NOT DISTINCT FROM (r.cohort_size, r.customers, r.orders, r.revenue))
	THEN 'the segment' ELSE 'not the segment' END
FROM (SELECT s.country, c.* FROM (SELECT country, retention_agg(history, 'month') AS summary FROM histories GROUP BY country) AS s,
		cohorts(s.summary, '2025-02-01') AS c) AS h
	FULL JOIN cohort_retention('orders_to_date', 'customer_id', 'ordered_at', amount => 'amount', segment => 'country', timezone => 'Europe/Sofia',
		as_of => '2025-02-01') AS r ON (h.country, h.cohort, h.age) = (r.segment, r.cohort, r.age);
