-- repeat_purchase_rate: customers with at least two orders / customers.
SET extra_float_digits = 0;

-- no row, one NULL, one row, two rows, NULL among rows
CREATE TEMP TABLE t (label text, customer int, order_id int);
INSERT INTO t VALUES ('a null', NULL, 1),
	('one', 1, 1),
	('two customers', 1, 1), ('two customers', 2, 2),
	('two of one', 1, 1), ('two of one', 1, 2),
	('two lines of one order', 1, 1), ('two lines of one order', 1, 1),
	('nulls among them', NULL, 1), ('nulls among them', 1, 1), ('nulls among them', NULL, 2),
	('nulls among them', 1, 2), ('nulls among them', 2, 3), ('nulls among them', NULL, NULL),
	('one without id', 1, NULL),
	('two without id', 1, NULL), ('two without id', 1, NULL),		-- each is an order of its own
	('with and without id', 1, 7), ('with and without id', 1, NULL),
	('without and with id', 1, NULL), ('without and with id', 1, 7), ('without and with id', 1, 7),
	('an id of two customers', 1, 7), ('an id of two customers', 2, 7),
	('ids take turns', 1, 7), ('ids take turns', 1, 8), ('ids take turns', 1, 7);
SELECT repeat_purchase_rate(customer), repeat_purchase_rate(customer, order_id) FROM t WHERE false;
SELECT label, repeat_purchase_rate(customer) AS of_rows, repeat_purchase_rate(customer, order_id) AS of_orders
FROM t GROUP BY label ORDER BY label COLLATE "C";

-- Ids are the same exactly when GROUP BY would put them into one group: of
-- numeric 1.0 and 1.00 are, 'a ' of char(3) and 'a' are, of text they are not.
SELECT repeat_purchase_rate(1, id) AS numeric FROM (VALUES (1.0), (1.00)) v(id);
SELECT repeat_purchase_rate(1, id) AS bpchar FROM (VALUES ('a'::char(3)), ('a '::char(2))) v(id);
SELECT repeat_purchase_rate(1, id) AS text FROM (VALUES ('a'::text), ('a '::text)) v(id);
SELECT repeat_purchase_rate(1, id) AS date FROM (VALUES (date '2024-01-01'), ('2024-01-02')) v(id);
SELECT repeat_purchase_rate(1, ROW(id, 'x'::text)) AS record FROM (VALUES (1), (1)) v(id);
SELECT repeat_purchase_rate('a'::text, id) AS uuid
FROM (VALUES (uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), ('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')) v(id);

-- Against plain SQL: customers and ids of several types, ids that customers
-- share and that repeat within one, some NULL.  Prints only differences.
CREATE TEMP TABLE lines AS
SELECT i % 3 AS grp, nullif(i * 7919 % 397 % 211, 5) AS customer, nullif(i * i % 397 % 3, 1) AS id
FROM generate_series(1, 900) i;
CREATE TEMP TABLE expected AS
SELECT grp, count(*) FILTER (WHERE rows > 1)::float8 / count(*) AS of_rows,
	count(*) FILTER (WHERE ids + without_id > 1)::float8 / count(*) AS of_orders
FROM (SELECT grp, customer, count(*) AS rows, count(DISTINCT id) AS ids,
		count(*) FILTER (WHERE id IS NULL) AS without_id
	FROM lines WHERE customer IS NOT NULL GROUP BY grp, customer) c
GROUP BY grp;
SELECT count(*) FROM expected WHERE 0 < of_orders AND of_orders < of_rows AND of_rows < 1;	-- worth comparing
SELECT e.*, a.*
FROM expected e
JOIN (SELECT grp, ARRAY[repeat_purchase_rate(customer), repeat_purchase_rate(customer::bigint),
			repeat_purchase_rate(customer::text), repeat_purchase_rate(customer::numeric),
			repeat_purchase_rate(ROW(customer)) FILTER (WHERE customer IS NOT NULL)] AS of_rows,
		ARRAY[repeat_purchase_rate(customer, id), repeat_purchase_rate(customer::bigint, id::smallint),
			repeat_purchase_rate(customer::text, id), repeat_purchase_rate(customer, id::text),
			repeat_purchase_rate(customer::numeric, id::numeric),
			repeat_purchase_rate(ARRAY[customer], id::bpchar) FILTER (WHERE customer IS NOT NULL)] AS of_orders
	FROM lines GROUP BY grp) a USING (grp)
WHERE EXISTS (SELECT FROM unnest(a.of_rows) r WHERE r IS DISTINCT FROM e.of_rows)
	OR EXISTS (SELECT FROM unnest(a.of_orders) r WHERE r IS DISTINCT FROM e.of_orders);

-- the same number read from a summary
SELECT repeat_purchase_rate(retention_agg(customer, date '2024-01-01', 'month')) = repeat_purchase_rate(customer) AS same
FROM lines;

-- an id needs equality and hash as a customer does (42883)
SELECT repeat_purchase_rate(1, point(1, 2));

DROP TABLE t, lines, expected;
