-- Lines that are made orders row by row: the same as by GROUP BY, which is left to ids and customers of other types.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;

-- Lines of an order mostly follow one another; every eighth comes apart, some of them days later or before, and ids are
-- those of several customers.  Scales of amounts differ between customers.
CREATE TABLE lines AS SELECT i AS line, c AS big, c::int AS medium, c::smallint AS small, md5(c::text)::uuid AS u,
		repeat('k', (c % 30)::int) || c AS t, c::numeric AS n,
		o AS id_big, o::int AS id_medium, md5(o::text)::uuid AS id_u, repeat('o', (o % 20)::int) || o AS id_t, o::numeric AS id_n,
		timestamptz '2020-01-31 22:00' + o * interval '2 hours' + (CASE WHEN i % 8 = 0 THEN i::bigint * 104729 % 70 - 30 ELSE 0 END) * interval '1 day'
			+ i % 7 * interval '20 minutes' AS at,
		CASE WHEN i % 50 = 0 THEN NULL WHEN i % 31 = 0 THEN -(i % 10) * 10 WHEN c % 7 = 0 THEN i % 10 / 4.0 ELSE i % 10 END::numeric AS amount,
		CASE WHEN i % 60 > 0 THEN i % 20 = 0 OR o % 37 = 0 END AS refund
	FROM generate_series(1::bigint, 10000) i,
		LATERAL (SELECT CASE WHEN i % 97 = 0 THEN NULL WHEN i % 8 = 0 THEN i * 7919 % 2000 ELSE i / 5 END::bigint AS o) a,
		LATERAL (SELECT (CASE WHEN i % 400 = 3 THEN i ELSE coalesce(o, i / 5) END * 7919 % 1009)::bigint AS c) b;
INSERT INTO lines (big, n, id_big, id_n, at, amount, refund) VALUES (NULL, NULL, 1, 1, '2020-01-01', 1, false), (1, 1, 1, 1, NULL, 1, false),
	-- of one customer each, who has nothing else: no order, money that is nothing in the end, a scale that is left
	(2001, 2001, 90001, 90001, '2020-03-01', -5, true), (2002, 2002, 90002, 90002, '2020-03-01', 5.000, true),
	(2002, 2002, 90002, 90002, '2020-03-01', -5, true), (2003, 2003, 90003, 90003, '2020-03-01', 1, false),
	(2003, 2003, 90003, 90003, '2020-05-01', 7.00, false), (2003, 2003, 90003, 90003, '2020-05-01', -7, true),
	(2004, 2004, NULL, NULL, '2020-03-01', 0.0000, true), (2005, 2005, 90005, 90005, '2020-04-01', -0.00000, true);
UPDATE lines SET t = big::text, u = md5(big::text)::uuid, id_t = id_big::text, id_u = md5(id_big::text)::uuid, id_medium = id_big,
	medium = big, small = big WHERE line IS NULL;
VACUUM ANALYZE lines;

-- by rows; by GROUP BY, as ids or customers are numeric
CREATE FUNCTION summary_of(customer name, id name, rest text) RETURNS retention_summary LANGUAGE plpgsql AS $$
DECLARE
	result retention_summary;
BEGIN
	EXECUTE format('SELECT summary FROM retention_summaries(''lines'', %L, ''at'', order_id => %L, %s)', customer, id, rest) INTO result;
	RETURN result;
END $$;
CREATE VIEW checks AS SELECT c AS customer, o AS id, count(*) FILTER (WHERE summary_of(c, o, r) = g.summary) AS same, count(*)
	FROM unnest('{"period => ''month''", "period => ''day'', amount => ''amount''", "period => ''week'', refund => ''refund''",
			"period => ''month'', amount => ''amount'', refund => ''refund''", "period => ''month'', amount => ''amount'', age_window => ''30 days''",
			"period => ''day'', amount => ''amount'', timezone => ''America/St_Johns''",
			"period => ''month'', amount => ''amount'', refund => ''refund'', as_of => ''2020-06-09'', filter => ''big % 3 < 2''"}'::text[]) r,
		LATERAL summary_of('n', 'id_n', r) AS g (summary),
		(VALUES ('big', 'id_big'), ('medium', 'id_medium'), ('small', 'id_t'), ('u', 'id_big'), ('u', 'id_u'), ('u', 'id_t'), ('t', 'id_medium'),
			('t', 'id_u'), ('t', 'id_t'), ('big', 'id_u'), ('big', 'id_n'), ('n', 'id_t')) AS by (c, o)
	GROUP BY c, o;
SELECT * FROM checks ORDER BY customer, id;

-- customers, each with the day, number and money of its orders
CREATE FUNCTION differences(customer name, id name, rest text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE format('WITH s AS (SELECT s.customer, first_order, last_order, orders, revenue, scale(revenue)
			FROM customer_status(''lines'', %L, ''at'', order_id => %L, %s) s),
		h AS (SELECT s.customer, first_order, last_order, orders, revenue, scale(revenue)
			FROM customer_status(''lines'', %L, ''at'', order_id => ''id_n'', %s) s)
		SELECT (SELECT count(*) FROM (TABLE s EXCEPT ALL TABLE h) a) + (SELECT count(*) FROM (TABLE h EXCEPT ALL TABLE s) b)',
		customer, id, rest, customer, rest) INTO result;
	RETURN result;
END $$;
SELECT c, o, differences(c, o, 'amount => ''amount'''), differences(c, o, 'amount => ''amount'', refund => ''refund''') AS refunds,
	differences(c, o, 'refund => ''refund''') AS counts
FROM (VALUES ('big', 'id_big'), ('u', 'id_t'), ('t', 'id_u')) AS by (c, o);
SELECT count(*), sum(orders), sum(revenue) FROM cohort_customers('lines', 'big', 'at', '2020-02-01', 1, amount => 'amount', order_id => 'id_big');
SELECT count(*), sum(orders), sum(revenue) FROM cohort_customers('lines', 'big', 'at', '2020-02-01', 1, amount => 'amount', order_id => 'id_n');

-- rows by pages and by the executor: partitions that are laid out otherwise, one of them without a column of its rows; expressions,
-- filters with a subquery, a scan by an index, other rows meanwhile
CREATE TABLE parted (id int, customer text, at timestamptz, amount int, line bigint) PARTITION BY RANGE (at);
CREATE TABLE parted_1 (gone int, line bigint, at timestamptz, id int, customer text, amount int);
ALTER TABLE parted_1 DROP COLUMN gone;
INSERT INTO parted_1 (id, customer, at) SELECT id_medium, t, at FROM lines WHERE at < '2020-04-01' AND line % 9 = 0;
ALTER TABLE parted_1 DROP COLUMN amount;
ALTER TABLE parted_1 ADD amount int DEFAULT 7;
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES FROM (MINVALUE) TO ('2020-04-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2020-04-01') TO ('2020-08-01');
CREATE TABLE parted_3 PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT id_medium, t, at, amount, line FROM lines WHERE at >= '2020-04-01' OR line % 9 > 0;
CREATE INDEX ON parted_3 (at);
VACUUM ANALYZE parted, parted_1, parted_2, parted_3;
CREATE FUNCTION of_parted(scan boolean, rest text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM set_config('retention.enable_scan', scan::text, true);
	EXECUTE format('SELECT md5(string_agg(s::text, '','' ORDER BY s::text)) FROM retention_summaries(''parted'', ''customer'', ''at'', order_id => ''id'', %s) s', rest) INTO result;
	RETURN result;
END $$;
SELECT r, of_parted(true, r) = of_parted(false, r) AS same, of_parted(true, r) IS NOT NULL AS some
FROM unnest('{"period => ''month''", "period => ''month'', amount => ''amount''", "period => ''month'', age_window => ''30 days''",
	"period => ''month'', timezone => ''Asia/Tokyo'', as_of => ''2020-05-05''",
	"period => ''day'', filter => ''line % 2 = 0 AND id IN (SELECT id_medium FROM lines WHERE big % 2 = 0)''",
	"period => ''day'', filter => ''at >= make_date(2020, 7, 20)''"}'::text[]) r;
-- a report that a filter of another one asks for
CREATE FUNCTION known(wanted text) RETURNS boolean STABLE LANGUAGE sql AS
	'SELECT max(customers) > 0 FROM cohort_retention(''parted_2'', ''customer'', ''at'', order_id => ''id'', filter => format(''customer = %L'', wanted))';
SELECT count(*) > 0 AS some, sum(orders) = (SELECT count(DISTINCT (customer, id)) FROM parted_2 WHERE line < 4500 AND id IS NOT NULL) + (SELECT count(*) FROM parted_2
	WHERE line < 4500 AND id IS NULL) AS same
FROM cohort_retention('parted_2', 'customer', 'at', order_id => 'id', filter => 'line < 4500 AND known(customer)');
DROP FUNCTION known, of_parted;
DROP TABLE parted;

-- from a file, whose last amounts no integer holds
CREATE TABLE many AS SELECT big + 10000 * k AS big, t || k AS t, at + k * interval '1 day' AS at,
		CASE WHEN k = 19 AND line % 1000 = 998 THEN amount * 1e30 + 1e-20 ELSE amount END AS amount, refund,
		id + 40000 * k AS id, (id + 40000 * k)::numeric AS id_n, 'order number ' || id + 40000 * k AS id_t
	FROM generate_series(0, 19) k, lines, LATERAL (SELECT CASE WHEN line % 3 = 0 THEN line - 1 ELSE line END AS id) i;
CREATE FUNCTION writes_file(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
	RETURN (plan->0->'Plan'->>'Temp Written Blocks')::int > 0;
END $$;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT writes_file('SELECT sum(customers) FROM cohort_retention(''many'', ''big'', ''at'', amount => ''amount'', order_id => ''id'')');
SELECT r, (SELECT summary FROM retention_summaries('many', 'big', 'at', 'month', amount => 'amount', order_id => 'id', refund => r)) = n.summary AS integers,
	(SELECT summary FROM retention_summaries('many', 't', 'at', 'month', amount => 'amount', order_id => 'id_t', refund => r)) = n.summary AS texts
FROM unnest('{NULL,refund}'::name[]) r, LATERAL retention_summaries('many', 'big', 'at', 'month', amount => 'amount', order_id => 'id_n', refund => r) n;
SELECT (SELECT summary FROM retention_summaries('many', 't', 'at', 'month', order_id => 'id_t')) = n.summary AS counts
FROM retention_summaries('many', 'big', 'at', 'month', order_id => 'id_n') n;
RESET work_mem;
RESET hash_mem_multiplier;
UPDATE lines SET amount = amount * 1e30 + 1e-20 WHERE line % 1000 IN (994, 999);
SELECT * FROM checks WHERE id IN ('id_big', 'id_t') ORDER BY customer, id;
SELECT c, o, differences(c, o, 'amount => ''amount'', refund => ''refund''') FROM (VALUES ('big', 'id_big'), ('t', 'id_t')) AS by (c, o);

-- nothing, and what leaves nothing
SELECT count(*) FROM retention_summaries('lines', 'big', 'at', 'month', order_id => 'id_big', filter => 'false');
SELECT count(*) FROM retention_summaries('lines', 'big', 'at', 'month', order_id => 'id_big', refund => 'refund', filter => 'big = 2001');
SELECT customers(summary), unattributed_revenue(summary) FROM retention_summaries('lines', 'big', 'at', 'month', 'amount', 'id_big', refund => 'refund', filter => 'big IN (2001, 2002)');

-- a list of days refuses money that is outside of it, unless it is nothing in the end
SELECT revenue(summary) FROM retention_summaries('lines', 'big', 'at', 'calendar(2020-03-01, 2020-04-01)', 'amount', 'id_big', filter => 'big = 2003');
SELECT count(*) FROM retention_summaries('lines', 'big', 'at', 'calendar(2020-03-01, 2020-04-01)', 'amount', 'id_big', filter => 'big = 2003 AND amount <> -7');
SELECT customers(summary) FROM retention_summaries('lines', 'big', 'at', 'calendar(2020-03-01, 2020-04-01)', order_id => 'id_big', filter => 'big = 2003');

-- errors are those of the aggregates
INSERT INTO lines (big, id_big, at, amount) VALUES (5, 70000, 'infinity', 1), (5, 70001, '2020-02-02', 'NaN');
SELECT count(*) FROM cohort_retention('lines', 'big', 'at', order_id => 'id_big');
SELECT count(*) FROM cohort_retention('lines', 'big', 'at', amount => 'amount', order_id => 'id_big', filter => 'isfinite(at)');
SELECT count(*) FROM cohort_retention('lines', 'big', 'at', order_id => 'id_big', refund => 'amount');
DELETE FROM lines WHERE amount = 'NaN' OR at = 'infinity';

-- and so are rights
CREATE ROLE regress_line_reader;
GRANT SELECT (big, at, id_big) ON lines TO regress_line_reader;
SET ROLE regress_line_reader;
SELECT count(*) FROM customer_status('lines', 'big', 'at', 'amount', order_id => 'id_big');
SELECT count(*) > 0 AS some FROM cohort_retention('lines', 'big', 'at', order_id => 'id_big');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION history_agg(timestamptz) FROM PUBLIC;
SET ROLE regress_line_reader;
SELECT count(*) FROM cohort_retention('lines', 'big', 'at', order_id => 'id_big');
RESET ROLE;
GRANT EXECUTE ON FUNCTION history_agg(timestamptz) TO PUBLIC;
ALTER TABLE lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON lines TO regress_line_reader USING (big < 10);
SET ROLE regress_line_reader;
SELECT max(customers) FROM repeat_purchase('lines', 'big', 'at', order_id => 'id_big', period => 'year');
RESET ROLE;

DROP FUNCTION differences;
DROP VIEW checks;
DROP FUNCTION summary_of;
DROP TABLE many;
DROP FUNCTION writes_file;
DROP TABLE lines;
DROP ROLE regress_line_reader;
