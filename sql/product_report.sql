-- product_report, and the chapter on products of retention_report.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset null -

-- Who begins with a machine comes back for beans and a descaler; rusks go with tea; pens are bought once.
CREATE TABLE lines AS
SELECT c AS customer, date '2024-01-01' + c % 60 + d AS day, c * 100 + d AS id, p AS product, 10.0 AS amount, false AS returned
FROM generate_series(1, 400) c, LATERAL (SELECT 0 AS d, unnest(CASE c % 4 WHEN 0 THEN '{machine,beans}' WHEN 1 THEN '{tea,rusks}' WHEN 2 THEN '{pen}' ELSE '{tea}' END::text[]) AS p
	UNION ALL SELECT 14 * k, 'beans' FROM generate_series(1, 4) k WHERE c % 4 = 0
	UNION ALL SELECT 30, 'descaler' WHERE c % 8 = 0
	UNION ALL SELECT 20 + c % 3, unnest('{tea,rusks}'::text[]) WHERE c % 4 = 1 AND c % 5 < 3) l;
INSERT INTO lines SELECT 1000, '2024-05-01', -1, 'pen', -1, true;
CREATE TABLE report AS SELECT product_report('lines', 'customer', 'day', 'product', '60 days', 'id', 'amount') AS p;
SELECT key, CASE jsonb_typeof(value) WHEN 'array' THEN jsonb_array_length(value) ELSE value::int END AS rows FROM report, jsonb_each(p) ORDER BY key COLLATE "C";
SELECT n, r->>'product' AS product, r->>'other' AS other, r->'together' AS together, round((r->>'confidence')::numeric, 3) AS confidence
FROM report, jsonb_array_elements(p->'together') WITH ORDINALITY t(r, n) ORDER BY n;
SELECT n, r->>'product' AS product, r->'watched' AS watched, r->'repeat_customers' AS back FROM report, jsonb_array_elements(p->'first') WITH ORDINALITY t(r, n) ORDER BY n;
SELECT n, r->>'product' AS product, r->>'next' AS next, r->'watched' AS watched, r->'followed' AS followed FROM report, jsonb_array_elements(p->'next') WITH ORDINALITY t(r, n) ORDER BY n;
SELECT n, r->>'product' AS product, r->'customers' AS customers, r->'due' AS due, r->'late' AS late, r->'usual_gap_days' AS gap FROM report, jsonb_array_elements(p->'due') WITH ORDINALITY t(r, n) ORDER BY n;
-- the rows are those of the functions
SELECT count(*) AS rows, count(*) FILTER (WHERE to_jsonb(f) <> r) AS differences FROM report, jsonb_array_elements(p->'first') r
	LEFT JOIN product_retention('lines', 'customer', 'day', 'product', '60 days', 'id', true, 'amount') f ON f.product = r->>'product';
SELECT count(*) AS rows, count(*) FILTER (WHERE r <@ to_jsonb(f)) AS same FROM report, jsonb_array_elements(p->'together') r
	JOIN bought_together('lines', 'id', 'product', 'customer', 'day', amount => 'amount') f ON (f.product, f.other) = (r->>'product', r->>'other');
SELECT count(*) AS rows, count(*) FILTER (WHERE to_jsonb(f) = r) AS same FROM report, jsonb_array_elements(p->'next') r
	JOIN bought_next('lines', 'customer', 'day', 'product', '60 days', 'id', amount => 'amount') f ON (f.product, f.next) = (r->>'product', r->>'next');
SELECT r.product, count(*) FILTER (WHERE due_day >= '2024-03-31' AND due_day < '2024-04-30') AS due, count(*) FILTER (WHERE due_day < '2024-03-31' AND gap_ratio <= 2) AS late
FROM replenishment('lines', 'customer', 'day', 'product', 'amount', as_of => '2024-03-31') r GROUP BY product
EXCEPT SELECT r->>'product', (r->>'due')::bigint, (r->>'late')::bigint
FROM jsonb_array_elements(product_report('lines', 'customer', 'day', 'product', '60 days', 'id', 'amount', as_of => '2024-03-31')->'due') r;
-- by days instead of ids, of some rows, of none; whatever the schema of the extension
SELECT jsonb_array_length(product_report('lines', 'customer', 'day', 'product', filter => 'product <> ''pen''', refund => 'returned')->'first') AS first;
SELECT product_report('lines', 'customer', 'day', 'product', filter => 'false'), product_report('lines', 'customer', 'day', 'product', as_of => '2024-01-01') = product_report('lines', 'customer', 'day', 'product', filter => 'false') AS none;
CREATE SCHEMA elsewhere;
SET search_path = elsewhere;
SELECT public.product_report('public.lines', 'customer', 'day', 'product', '60 days', 'id', 'amount', filter => 'product = product OR id > 0') = p AS same FROM public.report;
RESET search_path;

-- On the page.
CREATE TABLE s AS SELECT retention_agg(customer, day, amount, 'month') AS s FROM lines;
CREATE FUNCTION cells(page text, id text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT array_to_string(ARRAY(SELECT m[1] FROM regexp_matches(row, '<t[hd][^>]*>([^<]*)</t[hd]>', 'g') m), '|')
	FROM regexp_split_to_table(substring(page FROM '<table id="products-' || id || '-table".*?</table>'), '</tr>') row WHERE row ~ '<t[hd]' $$;
SELECT c FROM s, report, retention_report(s, products => p) page, cells(page, 'together') c;
SELECT c FROM s, report, retention_report(s, products => p) page, cells(page, 'first') c;
SELECT c FROM s, report, retention_report(s, products => p) page, cells(page, 'next') c;
SELECT c FROM s, report, retention_report(s, products => p) page, cells(page, 'due') c;
SELECT svg IS DOCUMENT AS document, (xpath('/x:svg/x:title/text()', svg, ns))[1]::text AS title, (xpath('/x:svg/x:desc/text()', svg, ns))[1]::text AS description,
	xpath('//x:circle/x:title/text()', svg, ns)::text[] = (SELECT array_agg(format('%s: %s %% came back, interval %s to %s %%, of %s customers', r->>'product',
		to_char(100 * (r->>'repeat_rate')::float8, 'FM990.0'), to_char(100 * (r->>'ci_low')::float8, 'FM990.0'), to_char(100 * (r->>'ci_high')::float8, 'FM990.0'), r->>'watched')
		ORDER BY n) FROM jsonb_array_elements(p->'first') WITH ORDINALITY f(r, n)) AS same
FROM s, report, LATERAL (SELECT substring(retention_report(s, products => p) FROM '<section id="products">.*?(<svg.*?</svg>)')::xml AS svg, '{{x,http://www.w3.org/2000/svg}}'::text[] AS ns) x;
SELECT retention_report(s) ~ 'id="products"' AS without, retention_report(s, products => NULL) ~ 'id="products"' AS of_null, retention_report(s, products => '{}') ~ 'id="products"' AS of_nothing,
	retention_report(s, products => product_report('lines', 'customer', 'day', 'product', filter => 'false')) ~ 'Nothing is due' AS none FROM s;
-- rows of one's own: columns may be missing, texts are text, numbers of any size are written
SELECT c FROM s, retention_report(s, products => jsonb_build_object('together', jsonb_build_array(jsonb_build_object('product', '<script>alert(1)</script>', 'other', E'a & "b"\n', 'lift', 'Infinity'),
	'{"product": null, "other": "x", "together": 1234567, "confidence": 1e400, "lift": -0.04, "more": [1]}'::jsonb))) page, cells(page, 'together') c;
SELECT page ~ '<script' AS script, page ~ 'id="products-first-table"' AS first FROM s, retention_report(s, products => '{"together": [{"product": "<script>"}], "within": null}') page;
SELECT c FROM s, retention_report(s, products => jsonb_build_object('due', jsonb_build_array(jsonb_build_object('product', repeat('ü', 101))))) page, cells(page, 'due') c;
SELECT page ~ 'shown: the first 20 of 1,000 rows' AS said, length(page) - length(retention_report(s)) < 20000 AS brief
FROM s, retention_report(s, products => jsonb_build_object('first', (SELECT jsonb_agg(jsonb_build_object('product', repeat('x', 10000), 'ci_low', 0, 'repeat_rate', 0.5, 'ci_high', 1)) FROM generate_series(1, 1000)))) page;
-- Errors.
SELECT retention_report(s, products => '[]') FROM s;
SELECT retention_report(s, products => '3') FROM s;
SELECT retention_report(s, products => '{"together": {}}') FROM s;
SELECT retention_report(s, products => '{"together": 3}') FROM s;
SELECT retention_report(s, products => '{"together": [3]}') FROM s;
SELECT retention_report(s, products => '{"together": [{"product": 3}]}') FROM s;
SELECT retention_report(s, products => '{"due": [{"late": "many"}]}') FROM s;
SELECT retention_report(s, products => '{"within": 0}') FROM s;
SELECT retention_report(s, products => '{"twogether": []}') FROM s;
SELECT product_report('lines', 'customer', 'day', NULL);
SELECT product_report('lines', NULL, 'day', 'product');
SELECT product_report(NULL, 'customer', 'day', 'product');
SELECT product_report('lines', 'customer', 'day', 'product', '1 month');
SELECT product_report('lines', 'customer', 'day', 'product', NULL);
SELECT product_report('lines', 'customer', 'day', 'price');
CREATE ROLE regress_retention_page;
SET ROLE regress_retention_page;
SELECT product_report('lines', 'customer', 'day', 'product');
RESET ROLE;
DROP ROLE regress_retention_page;
DROP FUNCTION cells;
DROP TABLE lines, report, s;
DROP SCHEMA elsewhere;
