-- The demo's cohort table as a picture, and a page of everything. psql -At writes them as they are.
SELECT retention_agg(customer_id, ordered_at, amount, 'month') AS summary, retention_agg(customer_id, ordered_at, amount, 'day') AS daily
FROM shop_orders \gset
SELECT counts, mbgnbd_fit(counts) AS model FROM (SELECT rfm_agg(history, '2025-01-16', '2024-07-01') AS counts FROM shop_histories) c \gset
-- A chapter of one's own goes in before the end of the page: what brings customers back, as in products.sql.
SELECT '<section id="products"><h2>Products</h2><p class="muted">What customers came back for within 90 days of their first order with a '
	|| 'product, beside how many did after other products.</p>' || E'\n<div class="scroll"><table id="products-table" style="--columns:12">'
	|| '<thead><tr><th scope="col">Product</th><th scope="col">Came back for</th><th scope="col">Watched</th><th scope="col">Did</th>'
	|| '<th scope="col">%</th><th scope="col">After others, %</th></tr></thead><tbody>'
	|| string_agg(format('<tr><th scope="row">%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>', product, next, watched, followed,
		round(100 * share::numeric, 1), round(100 * base_share::numeric, 1)), E'\n' ORDER BY lift DESC)
	|| E'</tbody></table></div>\n</section>\n' AS chapter
FROM (SELECT * FROM bought_next('shop_lines', 'customer_id', 'ordered_at', 'product', order_id => 'order_id')
	WHERE p_adjusted < 0.001 ORDER BY lift DESC LIMIT 10) AS n \gset
\o :page
SELECT replace(retention_report(:'summary', 'The demo''s shop', model => :'model', counts => :'counts', daily => :'daily'),
	'</main>', :'chapter' || '</main>');
\o :picture
SELECT retention_svg(:'summary', max_ages => 12);
\o
