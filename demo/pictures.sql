-- The demo's cohort table as a picture, and a page of everything. psql -At writes them as they are.
SELECT retention_agg(customer_id, ordered_at, amount, 'month') AS summary, retention_agg(customer_id, ordered_at, amount, 'day') AS daily
FROM shop_orders \gset
SELECT counts, mbgnbd_fit(counts) AS model FROM (SELECT rfm_agg(history, '2025-01-16', '2024-07-01') AS counts FROM shop_histories) c \gset
\o :page
SELECT retention_report(:'summary', 'The demo''s shop', model => :'model', counts => :'counts', daily => :'daily',
	products => product_report('shop_lines', 'customer_id', 'ordered_at', 'product', order_id => 'order_id'));
\o :picture
SELECT retention_svg(:'summary', max_ages => 12);
\o
