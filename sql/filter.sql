-- The argument filter of the table functions: any condition as in WHERE, and nothing but one.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET client_min_messages = warning;
CREATE SCHEMA filtered;
SET search_path = filtered, public;
CREATE TABLE sales (id int, customer int, at timestamptz, day date, amount numeric, status text, line int, returned boolean,
	"Channel" text);
INSERT INTO sales SELECT i, CASE WHEN i % 11 > 0 THEN i * i % 23 END, timestamptz '2024-01-01 03:00' + i * interval '17 hours',
	date '2024-01-01' + i * 17 / 24, i % 7 - 1, CASE i % 5 WHEN 0 THEN 'cancelled' WHEN 1 THEN NULL ELSE 'paid' END, i / 3,
	i % 13 = 0, (ARRAY['web', 'shop'])[1 + i % 2]
FROM generate_series(1, 300) i;
CREATE TABLE blocked (customer int);
INSERT INTO blocked VALUES (1), (3), (9);
CREATE FUNCTION is_paid(status text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN RETURN status = 'paid'; END $$;

-- Each report with a filter is that of a view with the same WHERE. Says how many rows there were, or what differs.
CREATE FUNCTION twins(filter text, timezone text DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	refund name DEFAULT NULL, as_of date DEFAULT NULL, amount name DEFAULT 'amount') RETURNS TABLE (report text, n bigint) LANGUAGE plpgsql SET client_min_messages = error AS $$
#variable_conflict use_variable
DECLARE
	call text; filtered text[]; viewed text[];
BEGIN
	EXECUTE 'CREATE OR REPLACE TEMP VIEW some_sales AS SELECT * FROM filtered.sales WHERE ' || filter;
	FOREACH call IN ARRAY ARRAY[
		'cohort_retention(%1$s, %2$s, segment => %3$L)',
		'cohort_retention(%1$s, %2$s, segment => %3$L, age_window => ''20 days'')',
		'customer_churn(%1$s, %2$s, segment => %3$L, active_window => 2)',
		'repeat_purchase(%1$s, %2$s, segment => %3$L)',
		'revenue_retention(%1$s, %2$s, segment => %3$L)',
		'repeat_timing(%1$s, %2$s, segment => %3$L)',
		'retention_summaries(%1$s, %2$s, segment => %3$L)',
		'cohort_customers(%1$s, cohort => ''2024-01-01'', age => 1, %2$s)',
		'customer_status(%1$s, %2$s)', 'customer_forecast(%1$s, %2$s)'] LOOP
		call := format('SELECT array_agg(r::text) FROM ' || call || ' r', '$1, ''customer'', '
			|| quote_literal(CASE WHEN timezone IS NULL THEN 'day' ELSE 'at' END),
			'amount => $5, timezone => $2, order_id => $3, refund => $4, as_of => $6, filter => $7', segment);
		EXECUTE call INTO filtered USING 'filtered.sales'::regclass, timezone, order_id, refund, amount, as_of, filter;
		EXECUTE call INTO viewed USING 'some_sales'::regclass, timezone, order_id, refund, amount, as_of, NULL::text;
		report := substring(call FROM 'FROM (\w+)') || CASE WHEN call ~ 'age_window' THEN ' by age window' ELSE '' END
			|| CASE WHEN filtered IS DISTINCT FROM viewed THEN ': ' || filtered::text ELSE '' END;
		n := cardinality(viewed);
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM twins($$status = 'paid'$$);
-- the same without saying how many each time
CREATE FUNCTION different(filter text, timezone text DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL,
	refund name DEFAULT NULL, as_of date DEFAULT NULL, amount name DEFAULT 'amount') RETURNS text LANGUAGE sql
AS $$ SELECT coalesce(string_agg(report, ' ') FILTER (WHERE report ~ ':'), 'none of ' || sum(n) || ' rows')
	FROM twins(filter, timezone, order_id, segment, refund, as_of, amount) $$;
SELECT filter, different(filter), different(filter, 'America/New_York', 'line'),
	different(filter, NULL, 'line', 'Channel', 'returned', '2024-05-05'), different(filter, 'Asia/Tokyo', NULL, 'status', 'returned', NULL, NULL)
FROM unnest(ARRAY[
	'true',
	'status <> ''cancelled'' AND "Channel" = ''web'' OR status IS NULL',
	'amount > 1 -- and a comment',
	'NOT EXISTS (SELECT FROM blocked b WHERE b.customer = sales.customer)',
	'customer NOT IN (SELECT b.customer FROM blocked b)',
	'sales.status IN (''paid'') AND filtered.is_paid(sales.status)',
	'CASE WHEN "Channel" = ''web'' THEN day BETWEEN ''2024-02-01'' AND ''2024-05-01'' ELSE random() >= 0 END',
	'sales IS NOT NULL',
	'(SELECT avg(s.amount) FROM sales s) < amount',
	'(SELECT sum(rank) FROM (SELECT rank() OVER (ORDER BY day) FROM blocked LIMIT 2) x) = 2 AND id = ANY (ARRAY(SELECT generate_series(1, 200)))'
	]) filter;
-- NULL is not true; nothing left is nothing
SELECT sum(cohort_size) FILTER (WHERE age = 0) AS some FROM cohort_retention('sales', 'customer', 'day', filter => 'status <> ''cancelled''');
SELECT * FROM cohort_retention('sales', 'customer', 'day', filter => 'NULL');
SELECT count(*) FROM cohort_retention('sales', 'customer', 'day', filter => NULL);
-- a name that a table, a column and the query inside have
CREATE TABLE o (o int, h int, customer int, day date);
INSERT INTO o SELECT i, -i, i % 5, date '2024-01-01' + i FROM generate_series(1, 50) i;
SELECT sum(orders) FROM cohort_retention('o', 'customer', 'day', order_id => 'h', filter => 'o < 20 AND o.h > -10 AND $q$--$q$ <> h::text');

-- One expression, and that of the caller: whatever would end it, or begin something else, is refused.
\set SHOW_CONTEXT never
CREATE TABLE x ();
CREATE FUNCTION refused(filter text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text; context text;
BEGIN
	PERFORM * FROM cohort_retention('filtered.sales', 'customer', 'day', amount => 'amount', order_id => 'line', segment => 'status', filter => filter);
	RETURN 'not refused';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN hint = '' THEN '' ELSE ' (hint)' END
		|| CASE WHEN context ~ 'argument filter' THEN '' ELSE ', but where?' END;
END $$;
SELECT filter, refused(filter) FROM unnest(ARRAY[
	'true) --', 'true) OR (true', '1=1; DROP TABLE x', 'true; SELECT 1', '', ' ', '-- nothing', 'true, false', 'true AS x', 'true x', '*', 'sales.*',
	'true FROM x', 'true WHERE false', 'true GROUP BY 1', 'true HAVING true', 'true ORDER BY 1', 'true LIMIT 1', 'true OFFSET 1', 'true FOR UPDATE',
	'DISTINCT true', 'true WINDOW w AS ()', 'true UNION SELECT true', 'true INTO x', 'SELECT true', '(SELECT true', 'DEFAULT',
	'count(*) > 1', 'row_number() OVER () > 1', 'generate_series(1, 2) > 1', 'unnest(ARRAY[true])',
	'$1 = ''month''', '$6', 'retention.filter()', 'o.status = ''paid''', 'h.customer = 1', 'no_column', 'sales.no_column = 1', 'no_function(status)',
	'status', '1', 'amount', 'day', 'EXISTS (SELECT FROM no_table)', 'EXISTS (DELETE FROM sales)', 'EXISTS (WITH d AS (DELETE FROM x RETURNING 1) SELECT FROM d)',
	'status = ''paid', 'status ==== 1', E'\\', 'true'' OR ''true', 'day > ''yesterday or so'''
	]) filter;
SELECT count(*) FROM x;
-- what the client is told, and where it points to
SELECT * FROM cohort_retention('sales', 'customer', 'day', filter => 'amount > 1 AND state = ''paid''');
SELECT * FROM customer_status('sales', 'customer', 'day', filter => 'amount > 1 AND ) OR true');
SELECT * FROM revenue_retention('sales', 'customer', 'day', filter => 'amount');
-- and what is wrong with a row only
SELECT * FROM repeat_timing('sales', 'customer', 'day', filter => '1 / (id - 7) > 0');

-- Names are found on the caller's search_path, and nothing else that the query calls is.
CREATE SCHEMA elsewhere;
CREATE FUNCTION elsewhere.alarm(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'elsewhere.alarm(%, %)', $1, $2; END $$;
CREATE FUNCTION elsewhere.alarm_date(date, date) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'elsewhere.alarm_date()'; END $$;
CREATE OPERATOR elsewhere.> (FUNCTION = elsewhere.alarm, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR elsewhere.< (FUNCTION = elsewhere.alarm_date, LEFTARG = date, RIGHTARG = date);
CREATE FUNCTION elsewhere.is_paid(text) RETURNS boolean LANGUAGE sql AS $$ SELECT $1 <> 'paid' $$;
CREATE FUNCTION elsewhere.filter() RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
SET search_path = elsewhere, pg_catalog, public, filtered;
SELECT customers, orders FROM retention_summaries('sales', 'customer', 'day', as_of => '2024-06-01', filter => 'is_paid(status)') s,
	customers(s.summary), orders(s.summary);
SELECT count(*) FROM retention_summaries('sales', 'customer', 'day', as_of => '2024-06-01', filter => 'id > 7');
SET search_path = pg_catalog, public, filtered;
SELECT customers, orders FROM retention_summaries('sales', 'customer', 'day', as_of => '2024-06-01', filter => 'is_paid(status)') s,
	customers(s.summary), orders(s.summary);
SET search_path = filtered, public;
-- a schema of the name that stands for the extension in the query inside
CREATE SCHEMA retention;
CREATE FUNCTION retention.filter() RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION retention.first_order(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
SELECT different('retention.filter() AND retention.first_order(id) < 200');

-- The caller's rights: on what the filter reads and calls, and row security before it.
CREATE ROLE regress_retention_reader;
GRANT USAGE ON SCHEMA filtered TO regress_retention_reader;
GRANT SELECT (customer, day, amount) ON sales TO regress_retention_reader;
REVOKE ALL ON FUNCTION is_paid FROM PUBLIC;
SET ROLE regress_retention_reader;
SELECT count(*) > 0 AS own_columns FROM cohort_retention('sales', 'customer', 'day', filter => 'amount > 0');
SELECT * FROM cohort_retention('sales', 'customer', 'day', filter => 'status IS NULL');
SELECT * FROM cohort_retention('sales', 'customer', 'day', filter => 'sales IS NOT NULL');
SELECT * FROM cohort_retention('sales', 'customer', 'day', filter => 'EXISTS (SELECT FROM blocked)');
SELECT * FROM cohort_retention('sales', 'customer', 'day', filter => 'is_paid(amount::text)');
RESET ROLE;
GRANT SELECT ON sales, blocked TO regress_retention_reader;
ALTER TABLE sales ENABLE ROW LEVEL SECURITY;
ALTER TABLE blocked ENABLE ROW LEVEL SECURITY;
CREATE POLICY paid ON sales USING (status = 'paid');
CREATE POLICY one ON blocked USING (customer = 1);
CREATE TABLE seen (status text);
GRANT SELECT, INSERT ON seen TO regress_retention_reader;
CREATE FUNCTION see(status text) RETURNS boolean LANGUAGE plpgsql VOLATILE COST 0.0001
	AS $$ BEGIN INSERT INTO filtered.seen VALUES (status); RETURN true; END $$;
SET ROLE regress_retention_reader;
SELECT (SELECT sum(c.orders) FROM cohort_retention('sales', 'customer', 'day', filter => 'see(status)') c) = count(*) AS those_of_the_policy
FROM sales WHERE customer IS NOT NULL;
SELECT status, count(*) > 0 AS seen FROM seen GROUP BY 1;
SELECT (SELECT sum(c.orders) FROM cohort_retention('sales', 'customer', 'day', filter => 'customer NOT IN (TABLE blocked)') c)
	= count(*) AS those_of_both FROM sales WHERE customer <> 1;
RESET ROLE;

SET client_min_messages = error;
DROP SCHEMA filtered, elsewhere, retention CASCADE;
DROP ROLE regress_retention_reader;
