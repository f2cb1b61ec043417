-- The demo's cohort table as a picture, and a page of everything. psql -At writes them as they are.
SELECT retention_agg(customer_id, ordered_at, amount, 'month') AS summary FROM shop_orders \gset
\o :page
SELECT retention_report(:'summary', 'The demo''s shop');
\o :picture
SELECT retention_svg(:'summary', max_ages => 12);
\o
