-- Trackings with a filter: the same reports as from scratch, also when rows come into it and go out of it.
\set VERBOSITY terse
SET client_min_messages = warning;
SET timezone = 'UTC';
\i test/lib/kept.sql
-- Summaries, of a declared period, another, by age, and two functions that go over customers, as of each of some days.
CREATE FUNCTION reports(orders regclass, arguments text, filter text) RETURNS TABLE (result text, n bigint) LANGUAGE sql STABLE AS $$
	SELECT kept, count(*) FROM (VALUES (''), (', as_of => ''2024-02-15'''), (', as_of => ''2024-05-05'''), (', as_of => ''2030-01-01''')) v(as_of),
		LATERAL (SELECT format('(%L, ''customer'', ''day'', %s, filter => %L%s', orders, arguments, filter, as_of)) c(call),
		LATERAL (VALUES (kept(format('retention_summaries%s, period => ''month'')', call))),
			(kept(format('retention_summaries%s, period => ''week'')', call))),
			(kept(format('repeat_purchase%s, period => ''month'')', call))),
			(kept(format('retention_summaries%s, period => ''month'', age_window => ''30 days'')', call))),
			(kept(format('customer_status%s)', call))),
			(kept(format('cohort_customers%s, cohort => ''2024-01-01'', age => 1)', call)))) k(kept)
	GROUP BY kept ORDER BY kept
$$;
-- Columns of many types, as each compares its own way.
CREATE TYPE channel AS ENUM ('web', 'shop', 'phone');
CREATE DOMAIN state AS text CHECK (value <> 'nothing');
CREATE TABLE sales (id int PRIMARY KEY, customer int, day date, amount numeric(10,2), status varchar(20), channel channel, state state,
	weight float8, price numeric, at timestamptz, "Is Gift" boolean, note text);
CREATE INDEX ON sales (customer, day);
INSERT INTO sales SELECT i, i % 53, date '2024-01-01' + i * 7 % 300, i % 50 - 3, (ARRAY['paid', 'open', 'void', NULL])[1 + i % 4],
	(ARRAY['web', 'shop', 'phone'])[1 + i % 3]::channel, (ARRAY['BG', 'DE'])[1 + i % 2], i % 3 - 1, 2 + round(i % 7, i % 3),
	timestamptz '2024-01-01 UTC' + i * interval '5 hours', i % 5 = 0
FROM generate_series(1, 600) i;
\set paid '\'status IN (\'\'paid\'\', \'\'open\'\')\''
SELECT count(retention_track('sales', 'customer', 'day', amount => 'amount', filter => filter, periods => '{month}')) AS tracked
FROM unnest(ARRAY[:paid, 'channel = ''web'' AND NOT "Is Gift"', 'atan2(weight, -1) > 0', 'scale(price) = 1',
	'at >= ''2024-02-01'' OR state = ''BG''', NULL]) filter;
SELECT filter FROM retention_tracked ORDER BY 1;
CALL retention_fold();
\set all 'FROM retention_tracked t, reports(orders, \'amount => \'\'amount\'\'\', t.filter) r ORDER BY 1, 2'
SELECT t.filter, r.* :all;
-- Other text of the same condition.
SELECT filter, kept(format('customer_churn(''sales'', ''customer'', ''day'', ''month'', ''amount'', filter => %L)', filter)) FROM unnest(ARRAY[
	:paid, 'status = ANY (ARRAY[''paid'', ''open''])', 'sales."status" in(''paid'',''open'') -- as it is', '(((status)::text IN (''paid'', ''open'')))',
	'NOT("Is Gift")', 'status IN (''open'', ''paid'')', 'status = ''paid''', 'status IN (''paid'')', 'true', 'channel=''web''::channel AND NOT sales."Is Gift"',
	'NOT "Is Gift" AND channel = ''web''', 'at >= timestamptz ''2024-02-01 00:00+00'' OR state = ''BG''', 'at >= ''2024-02-01 02:00+02'' OR state = ''BG''']) filter;
-- A literal is what it is in the session.
SET timezone = 'Europe/Sofia';
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', ''amount'', filter => ''at >= ''''2024-02-01'''' OR state = ''''BG'''''')'),
	kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', ''amount'', filter => ''at >= ''''2024-02-01 02:00'''' OR state = ''''BG'''''')');
SET timezone = 'UTC';

-- Rows that come into the filter and go out of it, and nothing else of them changes.
UPDATE sales SET status = 'void' WHERE id IN (4, 8, 13);
UPDATE sales SET status = 'paid' WHERE id IN (2, 3, 600);
UPDATE sales SET "Is Gift" = NOT "Is Gift" WHERE id % 15 = 0;
UPDATE sales SET channel = 'web' WHERE id = 7;
UPDATE sales SET weight = -weight WHERE id % 12 = 1;
UPDATE sales SET price = round(price, 1) WHERE id % 11 = 0;
UPDATE sales SET at = at - interval '40 days' WHERE id % 17 = 0;
UPDATE sales SET state = 'BG' WHERE id = 149;
SELECT t.filter, r.*, t.waiting :all;
CALL retention_fold();
SELECT t.filter, r.*, t.waiting :all;
-- Rows that the filter was never true of, and others.
INSERT INTO sales VALUES (1001, 1001, '2024-01-05', 1, 'void', 'phone', 'DE', -0.0, 1, '2024-01-01', true, NULL), (1002, 1002, '2024-01-05', 1, 'paid', 'web', 'BG', 0, 1.0, '2024-03-01', false, NULL);
DELETE FROM sales WHERE id IN (1, 2, 3, 6, 9);
UPDATE sales SET customer = 1003 WHERE customer = 5;
BEGIN;
UPDATE sales SET status = 'paid' WHERE id = 1001;
SAVEPOINT s;
UPDATE sales SET status = NULL WHERE customer = 20;
SELECT t.filter, r.*, t.waiting :all;
ROLLBACK TO s;
SELECT t.filter, r.*, t.waiting :all;
COMMIT;
CALL retention_fold();
SELECT t.filter, r.*, t.waiting :all;
SELECT count(*) FROM retention_verify('sales');
UPDATE sales SET note = 'x';
SELECT sum(waiting) FROM retention_tracked;

-- Names are followed; what the filter reads can be neither dropped nor altered; a type's values and a schema may be renamed.
ALTER TABLE sales RENAME status TO "old status";
ALTER TABLE sales RENAME TO "old";
ALTER TYPE channel RENAME VALUE 'web' TO 'site';
ALTER TYPE channel ADD VALUE 'post' BEFORE 'site';
SELECT t.filter, r.*, t.waiting :all;
SELECT kept('repeat_purchase(''old'', ''customer'', ''day'', ''month'', ''amount'', filter => ''"old status" IN (''''paid'''', ''''open'''') '')'),
	kept('repeat_purchase(''old'', ''customer'', ''day'', ''month'', ''amount'', filter => ''old.channel = ''''site'''' AND NOT old."Is Gift"'')');
UPDATE "old" SET "old status" = 'paid' WHERE id < 20;
SELECT t.filter, r.*, t.waiting :all;
ALTER TABLE "old" ALTER "Is Gift" TYPE text;
ALTER TABLE "old" ALTER "old status" TYPE varchar(30);
ALTER TABLE "old" DROP "old status";
-- It says so again, by whatever text; untracked it is by the same.
SET client_min_messages = notice;
SELECT count(*) FROM retention_tracked t WHERE t.name = retention_track('old', 'customer', 'day', 'amount', filter => '"old status" = ANY (ARRAY[''paid'', ''open''])');
SET client_min_messages = warning;
SELECT retention_track('old', 'customer', 'day', 'amount', filter => '"old status" IN (''paid'', ''open'')', periods => '{week}');
SELECT retention_untrack('old', filter => '"old status" = ''paid''');
SELECT retention_untrack('old', filter => '"old status" = any(array[''paid'', ''open''])');
SELECT retention_untrack('old', amount => 'amount', filter => 'old.state = ''BG'' OR at >= ''2024-02-01''');
SELECT retention_untrack('old', filter => 'nobody');
ALTER TABLE "old" DROP "old status";
ALTER TABLE "old" RENAME TO sales;
ALTER TABLE sales ADD status varchar(20) DEFAULT 'paid';
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', ''amount'', filter => ''status IN (''''paid'''', ''''open'''')'')');
SELECT count(retention_track('sales', 'customer', 'day', 'amount', filter => :paid));
CALL retention_fold();
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', ''amount'', filter => ''status IN (''''paid'''', ''''open'''')'')');
ALTER TABLE sales DROP status CASCADE;
SELECT filter, status, reason FROM retention_tracked WHERE status <> 'ready';
SELECT retention_untrack('sales');

-- What cannot be tracked, as it may say something else of the same row.
CREATE FUNCTION refused(filter text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM retention_track('sales', 'customer', 'day', filter => filter);
	RETURN 'tracked';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION is_paid(amount numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT amount > 0';
CREATE FUNCTION is_more(a numeric, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR >> (FUNCTION = is_more, LEFTARG = numeric, RIGHTARG = text);
CREATE TYPE pair AS (a int, b int);
CREATE TYPE span AS RANGE (SUBTYPE = float8);
ALTER TABLE sales ADD pair pair, ADD span span, ADD xml xml, ADD cash money, ADD doc jsonb, ADD pairs pair[];
SELECT filter, refused(filter) FROM unnest(ARRAY['', 'amount', 'public.sales.amount > 0', 'o.amount > 0', 'true;', 'true) OR (true', '(true', '$1', 'amount > $1', 'nobody = 1', '"Day" > ''2024-01-01''',
	'day > current_date - 30', 'at > now()', 'at::date > ''2024-01-01''', 'random() < 0.5', 'amount > (SELECT 0)', 'EXISTS (SELECT)', 'count(*) > 0',
	'generate_series(1, 2) = 1', 'is_paid(amount)', 'amount >> ''1''', 'sales IS NOT NULL', 'ctid = ''(0,1)''', 'tableoid = 1', 'note::state = ''BG''',
	'pair = ROW(1, 2)::pair', '(pair).a = 1', 'pairs IS NULL', 'span @> 1.0::float8', 'xml IS NULL', 'cash > 5::money', 'weight::text = ''1''', 'weight::int::text = ''1''',
	'age(at, at) = ''0''', 'quote_ident(note) = note', 'to_tsvector(''english'', note) @@ ''a''', 'at AT TIME ZONE ''EET'' > ''2024-01-01''',
	'at AT TIME ZONE note > ''2024-01-01''', 'at AT TIME ZONE ''Europe/Sofia'' > ''2024-01-01''', '(doc->>''a'')::date = ''2024-01-01''', '(doc->>''a'')::int = 1',
	'note = current_user', 'ROW(id, customer) IS NULL', '1 / 0 = 1', 'note COLLATE "C" > ''a''', '(id, customer) > (1, 2)']) filter;
\set VERBOSITY default
SELECT retention_track('sales', 'customer', 'day', filter => 'day > current_date - 30');
\set VERBOSITY terse
SELECT retention_untrack('sales');
-- What it depends on beside the row is in the fingerprint: rules of zones, collations.
SELECT count(retention_track('sales', 'customer', 'day', filter => 'at AT TIME ZONE ''Europe/Sofia'' > ''2024-01-01'' AND note > ''a'' COLLATE "C"'));
CALL retention_fold();
SELECT columns ~ ':Europe/Sofia=[0-9a-f]{8}', columns ~ ':950=0{8}' FROM retention_tracking_state WHERE generation = 1;
SELECT retention_untrack('sales');
-- Of triggers that somebody has made otherwise, or that come from a server with other zones, the filter is refused and no
-- error: everybody can look at what is tracked, and the owner remove it.
CREATE FUNCTION forge(was text, becomes text) RETURNS text LANGUAGE sql AS $$
	SELECT format('DROP TRIGGER %I ON sales; ', tgname) || replace(pg_get_triggerdef(oid), was, becomes)
		|| format('; ALTER TABLE sales ENABLE ALWAYS TRIGGER %I', tgname)
	FROM pg_trigger WHERE tgname LIKE 'retention_track_%_update' AND tgrelid = 'sales'::regclass
$$;
SELECT count(retention_track('sales', 'customer', 'day', filter => 'amount > 0'));
SELECT forge('(old.amount > (0)', '(new.amount > (0)') AS forged \gset
:forged;
SELECT filter, status, reason FROM retention_tracked;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'')');
SELECT retention_untrack('sales');
SELECT count(retention_track('sales', 'customer', 'day', filter => 'at AT TIME ZONE ''Europe/Sofia'' > ''2024-01-01'''));
SELECT forge('Europe/Sofia', 'Europe/Nowhere') AS forged \gset
:forged;
SELECT status, reason FROM retention_tracked;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'')');
UPDATE sales SET amount = amount + 1, at = at + interval '1 day' WHERE id = 4;
SELECT retention_untrack('sales');
SELECT refused('at AT TIME ZONE ''Europe/Nowhere'' > ''2024-01-01''');

-- Nor can it be by triggers that somebody has made.
SELECT count(retention_track('sales', 'customer', 'day', filter => 'amount > 0'));
CALL retention_fold();

SELECT format('DROP TRIGGER %I ON sales; ', tgname) || replace(pg_get_triggerdef(oid), 'old.amount > (0)', 'is_paid(old.amount) OR old.amount > (0)')
	|| format('; ALTER TABLE sales ENABLE ALWAYS TRIGGER %I', tgname) AS forged
FROM pg_trigger WHERE tgname LIKE 'retention_track_%_update' AND tgrelid = 'sales'::regclass \gset
:forged;
SELECT filter, status, reason FROM retention_tracked;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 0'')');
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''is_paid(amount) OR amount > 0'')');
SELECT count(retention_track('sales', 'customer', 'day', filter => 'amount > 0'));
CALL retention_fold();
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 0'')');

-- An error that the filter raises for a row that counts, from scratch and not; such a customer waits.
SELECT count(retention_track('sales', 'customer', 'day', filter => '100 / amount > 5'));
CALL retention_fold();
SELECT filter, status, fold_error FROM retention_tracked ORDER BY 1;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''100 / amount > 5'')');
DELETE FROM sales WHERE amount = 0;
CALL retention_fold();
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''100 / amount > 5'')');
INSERT INTO sales VALUES (2001, 7, '2024-06-01', 0), (2002, 8, '2024-06-01', 50);
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''100 / amount > 5'')');
CALL retention_fold();
SELECT filter, waiting, fold_error FROM retention_tracked ORDER BY 1;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''100 / amount > 5'')');
UPDATE sales SET amount = 1 WHERE amount = 0;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''100 / amount > 5'')');
CALL retention_fold();
SELECT filter, waiting, fold_error FROM retention_tracked ORDER BY 1;

-- Rights are those of the reader, to the columns of the filter as well.
CREATE ROLE retention_filter_reader;
GRANT SELECT (customer, day) ON sales TO retention_filter_reader;
SET ROLE retention_filter_reader;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 0'')');
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 1'')');
RESET ROLE;
GRANT SELECT (amount) ON sales TO retention_filter_reader;
SET ROLE retention_filter_reader;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 0'')');
RESET ROLE;
ALTER TABLE sales ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON sales USING (customer < 10);
SET ROLE retention_filter_reader;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 0'')');
RESET ROLE;
SELECT kept('repeat_purchase(''sales'', ''customer'', ''day'', ''month'', filter => ''amount > 0'')');
DROP TABLE sales;
DROP ROLE retention_filter_reader;

-- Partitions whose columns have other numbers.
CREATE TABLE parts (customer int, day date, amount numeric(10,2), status text) PARTITION BY RANGE (day);
CREATE TABLE parts1 (status text, gone int, day date, amount numeric(10,2), customer int);
ALTER TABLE parts1 DROP gone;
INSERT INTO parts1 SELECT CASE WHEN i % 3 > 0 THEN 'paid' END, date '2024-01-01' + i % 90, i % 7, i % 31 FROM generate_series(1, 200) i;
ALTER TABLE parts ATTACH PARTITION parts1 FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
CREATE INDEX ON parts (customer, day);
SELECT count(retention_track('parts', 'customer', 'day', 'amount', filter => 'status = ''paid'''));
CALL retention_fold();
CREATE TABLE parts2 PARTITION OF parts FOR VALUES FROM ('2024-04-01') TO ('2024-12-01');
INSERT INTO parts SELECT i % 37, date '2024-01-01' + i % 250, i % 5, CASE WHEN i % 4 > 0 THEN 'paid' END FROM generate_series(1, 200) i;
UPDATE parts1 SET status = 'paid' WHERE customer = 3;
UPDATE parts SET status = 'open' WHERE customer IN (4, 36);
UPDATE parts2 SET amount = 100 WHERE customer = 5;
UPDATE parts SET day = day + 90 WHERE customer = 6;
\set all 'FROM retention_tracked t, reports(orders, \'amount => \'\'amount\'\'\', t.filter) r ORDER BY 1, 2'
SELECT t.filter, t.status, r.*, t.waiting :all;
CALL retention_fold();
SELECT t.filter, t.status, r.*, t.waiting :all;
UPDATE parts SET status = CASE WHEN status IS NULL THEN 'paid' END WHERE customer < 10;
SELECT t.filter, t.status, r.*, t.waiting :all;
SELECT count(*) FROM retention_verify('parts');
-- What the errors say.
\set SHOW_CONTEXT never
\set VERBOSITY default
SET retention.tracking = require;
SELECT count(*) FROM repeat_purchase('parts', 'customer', 'day', 'month', 'amount');
SELECT count(*) FROM repeat_purchase('parts', 'customer', 'day', 'month', 'amount', filter => 'status = ''open''');
SELECT count(*) FROM repeat_purchase('parts', 'customer', 'day', 'month', 'amount', filter => 'status = ');
SELECT count(*) FROM repeat_purchase('parts', 'customer', 'day', 'month', 'amount', filter => 'status');
RESET retention.tracking;
\set VERBOSITY terse
DROP TABLE parts;
DROP OPERATOR >> (numeric, text);
DROP FUNCTION reports, kept, refused, is_paid, is_more;
DROP TYPE channel, pair, span;
DROP DOMAIN state;
