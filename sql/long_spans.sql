-- Customers whose orders are many periods apart, or many: in whichever form a state keeps them, and in any order of the rows, the
-- summary has the bytes of that from histories, which know no such forms.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET retention.enable_scan = off;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
-- By their number and the days from the first to the last: at and around what a word's bits hold, and fields of 8, 10, 11, 12 and
-- 15 bits. Spread evenly, or all but one on one day, or in pairs. Money of 44 and 48 bits, and without an order.
CREATE TABLE long_spans AS
SELECT row_number() OVER () AS id, dense_rank() OVER (ORDER BY orders, span, spread) AS customer,
       date '1960-01-01' + CASE spread WHEN 0 THEN i * span / greatest(orders - 1, 1) WHEN 1 THEN CASE i WHEN orders - 1 THEN span ELSE 0 END
         WHEN 2 THEN CASE i WHEN 0 THEN 0 ELSE span END ELSE i / 2 * span / greatest((orders - 1) / 2, 1) END AS day,
       CASE i * 7 + span + spread WHEN 2060 THEN 90000000000.0 WHEN 2070 THEN 1500000000000.0 ELSE (i * 7 + span) % 1000 - 20 END AS amount,
       (i * 3 + orders + span) % 41 = 0 AS refund
FROM unnest('{1,2,3,4,5,7,8,9,10,11,12,13,14,15,16,17,18,66}'::int[]) orders,
     unnest('{5,63,64,253,254,255,256,1021,1022,1023,2045,2046,2047,4094,4095,4096,32765,32766,32767,65535,65536,90000}'::int[]) span,
     generate_series(0, 3) spread, generate_series(0, orders - 1) i
UNION ALL
-- Many orders in one period, then one far away, or before.
SELECT c * 1000 + i, c, date '1960-01-01' + CASE i WHEN 299 THEN 500 WHEN 300 THEN -500 ELSE 0 END, i, false
FROM generate_series(5000, 5002) c, generate_series(1, c - 4702) i;
ALTER TABLE long_spans SET (parallel_workers = 2);
-- Customers enough for counting in matrices, some of whom order every day.
CREATE TABLE crowded AS
SELECT c * 20 + i AS id, c AS customer, date '2024-01-01' + (hashint8(c * 20 + i) & 1048575) % 75 AS day, i * 1.5 AS amount, c % 50 = i AS refund
FROM generate_series(1, 3000) c, generate_series(0, c % 18) i
UNION ALL
SELECT c * 20 + i, c, date '2024-01-01' + i, i, false FROM generate_series(4000, 4010, 5) c, generate_series(0, 74) i;
ALTER TABLE crowded SET (parallel_workers = 2);
ANALYZE long_spans, crowded;

-- Rows in several orders, and states that are handed over.
CREATE FUNCTION pg_temp.ways(tab text, columns text, unit text, OUT rows_in text, OUT same boolean, OUT customers bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	expected retention_summary;
	found retention_summary;
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 0;
	EXECUTE format('SELECT retention_agg(h, $1) FROM (SELECT history_agg(%s) AS h FROM %I GROUP BY customer) x', columns, tab) INTO expected USING unit;
	FOREACH rows_in IN ARRAY '{id,day,day DESC,"hashint8(id)","abs(extract(doy FROM day) - 180), id"}'::text[] LOOP
		EXECUTE format('SELECT retention_agg(customer, %s, $1) FROM (SELECT * FROM %I ORDER BY %s) x', columns, tab, rows_in) INTO found USING unit;
		same := found = expected;
		customers := customers(found);
		RETURN NEXT;
	END LOOP;
	SET LOCAL max_parallel_workers_per_gather = 2;
	rows_in := 'workers';
	EXECUTE format('SELECT retention_agg(customer, %s, $1) FROM %I', columns, tab) INTO found USING unit;
	same := found = expected;
	RETURN NEXT;
	rows_in := 'groups';
	EXECUTE format('SELECT sum(s) FROM (SELECT retention_agg(customer, %s, $1) AS s FROM %I GROUP BY customer %% 20) x', columns, tab) INTO found USING unit;
	same := found = expected;
	RETURN NEXT;
END $$;

SELECT u AS unit, w.* FROM unnest('{day,week,month,week(sunday)}'::text[]) u, pg_temp.ways('long_spans', 'day', u) w;
SELECT u AS unit, w.* FROM unnest('{day,week,month}'::text[]) u, pg_temp.ways('long_spans', 'day, amount', u) w;
SELECT u AS unit, w.* FROM unnest('{day,week}'::text[]) u, pg_temp.ways('long_spans', 'day, amount, refund', u) w;
SELECT u AS unit, w.* FROM unnest('{day,week}'::text[]) u, pg_temp.ways('crowded', 'day', u) w;
SELECT w.* FROM pg_temp.ways('crowded', 'day, amount, refund', 'day') w;
-- A list of periods; segments.
SELECT w.* FROM pg_temp.ways('crowded', 'day', (SELECT 'calendar(' || string_agg((date '2023-12-31' + i)::text, ',' ORDER BY i) || ')' FROM generate_series(0, 100) i)) w;
SELECT count(*) AS segments, bool_and(g.summary = (SELECT retention_agg(customer, day, 'day') FROM long_spans WHERE (customer % 3)::text = g.segment)) AS same
FROM unnest((SELECT segmented_retention_agg(customer, day, (customer % 3)::text, 'day') FROM (SELECT * FROM long_spans ORDER BY hashint8(id)) x)) g;
SELECT count(*) AS segments, bool_and(g.summary = (SELECT retention_agg(customer, day, amount, 'day') FROM long_spans WHERE (customer % 3)::text = g.segment)) AS same
FROM unnest((SELECT segmented_retention_agg(customer, day, amount, (customer % 3)::text, 'day') FROM (SELECT * FROM long_spans ORDER BY hashint8(id)) x)) g;

DROP TABLE long_spans, crowded;
