-- Customers are the same exactly when GROUP BY puts them into one group,
-- whatever their type.  Prints only differences and the list of what was tried.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE priced AS (a int, m numeric);
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN small AS smallint;
CREATE DOMAIN number AS bigint CHECK (VALUE > -1000);
CREATE DOMAIN ident AS uuid;
CREATE DOMAIN word AS text;
CREATE DOMAIN word_any_case AS text COLLATE any_case;
CREATE DOMAIN word_of_word AS word_any_case;
CREATE DOMAIN amount AS numeric(10,2);
CREATE DOMAIN fixed AS char(5);
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN two AS pair;
CREATE DOMAIN ids AS int[];

CREATE TEMP TABLE rows AS
SELECT i, i * 31 % 23 AS k, date '2024-01-01' + i % 90 AS day, 'Word ' || i * 31 % 23 AS word
	FROM generate_series(1, 200) i;

-- Compares what every aggregate says of the customers that an expression makes
-- of the rows with what GROUP BY makes of them; adds the type to the list.
CREATE TEMP TABLE tried (type text);
CREATE PROCEDURE pg_temp.try(type text, expression text, source text DEFAULT 'rows') LANGUAGE plpgsql AS $$
DECLARE
	expected text;
	actual text;
BEGIN
	-- customers, orders, share of repeat customers, all numbers of orders by
	-- customer, one order at least of two ids, the two rates
	EXECUTE format('
		SELECT concat_ws('' '', count(*), sum(n), count(*) FILTER (WHERE n > 1)::float8 / count(*),
			string_agg(n::text, '','' ORDER BY n), (count(*) > 1 OR max(nulls) > 1)::int,
			count(*) FILTER (WHERE before AND inside)::float8 / nullif(count(*) FILTER (WHERE before), 0),
			count(*) FILTER (WHERE recent AND NOT inside)::float8 / nullif(count(*) FILTER (WHERE recent), 0))
		FROM (
			SELECT count(*) AS n, bool_or(day < ''2024-02-01'') AS before,
				bool_or(day >= ''2024-01-15'' AND day < ''2024-02-01'') AS recent,
				bool_or(day >= ''2024-02-01'' AND day < ''2024-03-01'') AS inside
			FROM (SELECT %1$s AS c, day FROM %2$s) v WHERE c IS DISTINCT FROM NULL GROUP BY c) g,
			(SELECT count(*) AS nulls FROM (SELECT %1$s AS c FROM %2$s) v WHERE c IS NOT DISTINCT FROM NULL) x',
		expression, source) INTO expected;
	EXECUTE format('
		SELECT concat_ws('' '', customers(s), orders(s), repeat_purchase_rate(s), (
				SELECT string_agg(n::text, '','' ORDER BY n)
				FROM (SELECT order_number AS n, customers - coalesce(lead(customers) OVER (ORDER BY order_number), 0) AS c
					FROM order_ladder(s, NULL)) l, generate_series(1, c)),
			ids, retention, churn)
		FROM (
			SELECT retention_agg(c, day, ''month'') AS s, repeat_purchase_rate(c) AS repeat, repeat_purchase_rate(1, c) AS ids,
				retention_rate(c, day, date ''2024-02-01'', date ''2024-03-01'') AS retention,
				churn_rate(c, day, date ''2024-01-15'', date ''2024-02-01'', date ''2024-03-01'') AS churn
			FROM (SELECT %1$s AS c, day FROM %2$s) v) r
		WHERE repeat = repeat_purchase_rate(s)', expression, source) INTO actual;
	IF actual IS DISTINCT FROM expected THEN
		RAISE WARNING '% (%): % instead of %', type, expression, actual, expected;
	END IF;
	INSERT INTO tried VALUES (type);
END $$;

-- integers: the extremes, negative ones, NULL
CALL pg_temp.try('smallint', '(k - 11)::smallint');
CALL pg_temp.try('integer', 'k * 90000000 - 2000000000');
CALL pg_temp.try('bigint', 'CASE k WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775808 WHEN 2 THEN 4294967296 WHEN 3 THEN 0 WHEN 4 THEN NULL ELSE -k::bigint END');
CALL pg_temp.try('smallint domain', 'k::smallint::small');
CALL pg_temp.try('bigint domain', 'k::number');
CALL pg_temp.try('oid', 'k::oid');
-- text: empty, a space behind, long enough for TOAST compression, a common beginning
CALL pg_temp.try('text', 'word || CASE k % 4 WHEN 0 THEN '''' WHEN 1 THEN '' '' WHEN 2 THEN repeat(''x'', 10 * k) ELSE repeat(''ж'', 3000) END');
CREATE TEMP TABLE lettered AS
SELECT n * 31 + p AS i, date '2024-01-01' + (n + p + again) % 90 AS day, overlay(repeat('x', n) PLACING 'y' FROM p) AS word
	FROM generate_series(1, 40) n, generate_series(1, n) p, generate_series(0, 1) again;
CALL pg_temp.try('text, every length and place', 'word', 'lettered');
CALL pg_temp.try('text, every length', 'repeat(''x'', i % 70)');
CALL pg_temp.try('text, empty', 'CASE k % 3 WHEN 0 THEN '''' WHEN 1 THEN '' '' END');
CALL pg_temp.try('varchar', 'word::varchar(6)');
CALL pg_temp.try('bpchar', '(left(word, 1 + k % 7) || repeat('' '', i % 3))::char(12)');
CALL pg_temp.try('bpchar, lengths', '(left(word, 1 + k % 7) || repeat('' '', i % 3))::bpchar');
CALL pg_temp.try('name', 'word::name');
CALL pg_temp.try('"char"', '(k + 60)::"char"');
CALL pg_temp.try('text domain', 'word::word');
CALL pg_temp.try('char domain', '(''a'' || repeat('' '', i % 3))::fixed');
-- a collation that takes upper and lower case for the same; explicit, of a domain, of a domain of a domain
CALL pg_temp.try('nondeterministic collation', '(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END) COLLATE any_case');
CALL pg_temp.try('its varchar', '(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END)::varchar COLLATE any_case');
CALL pg_temp.try('its char', '(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END)::char(9) COLLATE any_case');
CALL pg_temp.try('its domain', '(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END)::word_any_case');
CALL pg_temp.try('domain of its domain', '(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END)::word_of_word');
CALL pg_temp.try('its domain, collated otherwise',
	'(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END)::word_any_case COLLATE "C"');
CALL pg_temp.try('array under it', 'ARRAY[CASE i % 2 WHEN 0 THEN upper(word) ELSE word END] COLLATE any_case');
SELECT customers(retention_agg(c, date '2024-01-01', 'day')),
	customers(retention_agg(c COLLATE any_case, date '2024-01-01', 'day')) AS any_case,
	repeat_purchase_rate(1, c COLLATE any_case) AS one_order FROM (VALUES ('Ann'), ('ANN')) v(c);
-- numbers whose equality is not that of their bytes
CALL pg_temp.try('numeric', 'CASE k WHEN 0 THEN ''NaN'' WHEN 1 THEN ''Infinity'' WHEN 2 THEN 1e300 ELSE round(k % 7, i % 5) END::numeric');
CALL pg_temp.try('numeric domain', '(k % 7)::amount');
CALL pg_temp.try('float8', 'CASE k % 5 WHEN 0 THEN ''-0''::float8 WHEN 1 THEN 0 WHEN 2 THEN ''NaN'' WHEN 3 THEN ''Infinity'' ELSE k / 7.0::float8 END');
CALL pg_temp.try('float4', 'CASE k % 5 WHEN 0 THEN ''-0''::float4 WHEN 1 THEN 0 WHEN 2 THEN ''NaN'' ELSE k / 7.0::float4 END');
CALL pg_temp.try('interval', 'CASE i % 3 WHEN 0 THEN interval ''1 month'' WHEN 1 THEN ''30 days'' ELSE ''720 hours'' END * (k % 3)');
-- dates and the rest
CALL pg_temp.try('date', 'date ''0001-01-01 BC'' + k * 1000');
CALL pg_temp.try('timestamptz', 'timestamptz ''2024-01-01'' + k * interval ''1 hour''');
CALL pg_temp.try('time', 'time ''00:00'' + k * interval ''1 hour''');
CALL pg_temp.try('timetz', 'CASE i % 2 WHEN 0 THEN timetz ''12:00+00'' ELSE ''13:00+01'' END + k % 4 * interval ''1 hour''');
CALL pg_temp.try('bool', 'k % 2 = 0');
CALL pg_temp.try('uuid', 'CASE k WHEN 0 THEN NULL ELSE md5(k::text)::uuid END');
CALL pg_temp.try('uuid domain', 'md5(k::text)::uuid::ident');
CALL pg_temp.try('bytea', 'CASE k % 3 WHEN 0 THEN ''\x''::bytea WHEN 1 THEN ''\x00'' ELSE repeat(k::text, 2000)::bytea END');
CALL pg_temp.try('inet', '(''10.0.0.'' || k || ''/'' || 24 + k % 9)::inet');
CALL pg_temp.try('macaddr', '(''08:00:2b:01:02:'' || 10 + k)::macaddr');
CALL pg_temp.try('jsonb', 'CASE i % 2 WHEN 0 THEN format(''{"a": %s, "b": 1}'', k) ELSE format(''{"b":1.0, "a":%s}'', k) END::jsonb');
CALL pg_temp.try('int4range', 'CASE i % 2 WHEN 0 THEN int4range(k, k + 5) ELSE int4range(k, k + 4, ''[]'') END');
CALL pg_temp.try('int4multirange', 'int4multirange(int4range(k, k + 5), int4range(30, 30 + i % 2, ''[)''))');
CALL pg_temp.try('enum', '(''{sad,ok,happy,NULL}''::mood[])[1 + k % 4]');
CALL pg_temp.try('enum domain', '(''{sad,ok,happy}''::mood[])[1 + k % 3]::feeling');
-- arrays, composites and records, with NULL inside, and with fields that have several spellings
CALL pg_temp.try('array', 'CASE k % 4 WHEN 0 THEN ''{}'' WHEN 1 THEN ARRAY[k, NULL] WHEN 2 THEN ARRAY[NULL, k] ELSE ARRAY[[k, 1], [2, 3]] END::int[]');
CALL pg_temp.try('numeric array', 'ARRAY[round(k % 7, i % 3), 1]');
CALL pg_temp.try('array domain', 'ARRAY[k]::ids');
CALL pg_temp.try('composite', 'ROW(k, CASE k % 3 WHEN 0 THEN NULL ELSE word END)::pair');
CALL pg_temp.try('composite of nulls',
	'CASE k % 3 WHEN 0 THEN ROW(NULL, NULL)::pair WHEN 1 THEN NULL ELSE ROW(NULL, word)::pair END');
CALL pg_temp.try('composite with numeric', 'ROW(1, round(k % 7, i % 3))::priced');
CALL pg_temp.try('composite domain', 'ROW(k, word)::pair::two');
CALL pg_temp.try('composite array', 'ARRAY[ROW(k, word)::pair, NULL]');
CALL pg_temp.try('record', 'ROW(k, word, NULL::int)');
CALL pg_temp.try('record with numeric', 'ROW(round(k % 7, i % 3), day < ''2024-02-01'')');
CALL pg_temp.try('row of a table', 'x',
	'(SELECT p AS x, day FROM (SELECT k, word FROM rows) p, (SELECT DISTINCT day FROM rows WHERE i < 4) d) y');
SELECT count(*) AS tried FROM tried;
-- citext, where its extension is at hand
DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext') THEN
		CREATE EXTENSION citext;
		CALL pg_temp.try('citext', '(CASE i % 2 WHEN 0 THEN upper(word) ELSE word END)::citext');
		CALL pg_temp.try('citext array', 'ARRAY[CASE i % 2 WHEN 0 THEN upper(word) ELSE word END]::citext[]');
		DROP EXTENSION citext;
	END IF;
END $$;
-- a summary can be a customer, too
SELECT customers(retention_agg(s, date '2024-01-01', 'day'))
FROM (SELECT retention_agg(1, date '2024-01-01', (k % 5)::numeric, 'year') FROM generate_series(1, 20) k GROUP BY k) v(s);

-- Values that come compressed, or stored out of line, or with a short header.
CREATE TEMP TABLE toasted (c text, n numeric[], day date);
ALTER TABLE toasted ALTER c SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT repeat(k::text, CASE i % 2 WHEN 0 THEN 1 ELSE 5000 END), array_fill(k::numeric, ARRAY[k * 100]),
	day FROM rows;
CALL pg_temp.try('text out of line', 'c', 'toasted');
CALL pg_temp.try('array out of line', 'n', 'toasted');

-- Every base, range and multirange type of the catalog, with every of these texts
-- that it takes as input: like GROUP BY by hashing, or 42883 where a type has no
-- hash, which hash_record() tells independently.
CREATE TEMP TABLE v (i int, day date, t text);
INSERT INTO v SELECT row_number() OVER (), date '2024-01-01' + 20 * (row_number() OVER ())::int % 80, t
FROM unnest(ARRAY['0', '0', '1', '-0', '0.0', '1.0', '1.00', 'NaN', 'nan', '+1', 'a', 'A', 'a ', '', 'infinity',
	'2020-01-01', '2020-01-01 00:00', '2020-01-01 02:00+02',
	'1 day', '24:00:00', '24:00:00', '10.0.0.1', '10.0.0.1/32', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '{1,2}',
		'{}', '[1,2)', '[1,1]', '{[1,2)}', '(1,2)', '(1,2),(3,4)', '<(1,2),3>',
	'[2020-01-01,2020-02-01)', '{"a": 1, "b": 2}', '{"b": 2, "a": 1}', 't', 'true', 'f', '10:20:', '1:2:', '0/1', '(0,1)',
		'pg_class', 'int4', 'b:1 a', '$.a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '<a/>', 'postgres=r/postgres',
		'=r/postgres']) t;
DO $$
DECLARE
	type regtype; input record; hashable boolean; types int := 0; refused text[] := '{}';
BEGIN
	SET LOCAL client_min_messages = error;
	CREATE TEMP TABLE input_of (day date, t text);
	FOR type IN SELECT oid FROM pg_type WHERE typtype IN ('b', 'r', 'm') AND typnamespace = 'pg_catalog'::regnamespace LOOP
		TRUNCATE input_of;
		FOR input IN SELECT * FROM v LOOP
			BEGIN
				EXECUTE format('INSERT INTO input_of SELECT $1, $2 WHERE ($2::%s) IS NOT NULL', type) USING input.day,
					input.t;
			EXCEPTION WHEN OTHERS THEN NULL;
			END;
		END LOOP;
		CONTINUE WHEN NOT EXISTS (SELECT FROM input_of);
		types := types + 1;
		BEGIN
			EXECUTE format('SELECT max(hash_record(ROW(t::%s))) FROM input_of', type);
			hashable := true;
		EXCEPTION WHEN undefined_function THEN hashable := false;
		END;
		IF hashable THEN
			SET LOCAL client_min_messages = warning;
			CALL pg_temp.try(type::text, format('t::%s', type), 'input_of');
			SET LOCAL client_min_messages = error;
		ELSE
			BEGIN
				EXECUTE format('SELECT retention_agg(t::%s, day, ''month'') FROM input_of', type);
				RAISE EXCEPTION '% was not refused', type;
			EXCEPTION WHEN undefined_function THEN
				refused := refused || type::text;
			END;
		END IF;
	END LOOP;
	DROP TABLE input_of;
	IF types < 100 OR NOT refused @> '{json,point,money,bit,tsvector,json[]}' THEN
		RAISE EXCEPTION '% types only, refused %', types, refused;
	END IF;
END $$;
-- types that cannot be customers are refused by name, inside others as well
SELECT retention_agg('{}'::json, date '2024-01-01', 'month');
SELECT repeat_purchase_rate(point(1, 2));
SELECT retention_rate(ARRAY[point(1, 2)], date '2024-01-01', date '2024-02-01', date '2024-03-01');
SELECT churn_rate(ROW(1, point(1, 2)), date '2024-01-01', date '2024-02-01', date '2024-03-01');

DROP TABLE rows, lettered, tried, toasted, v;
DROP DOMAIN small, number, ident, word_of_word, word, word_any_case, amount, fixed, feeling, two, ids;
DROP TYPE mood, pair, priced;
DROP COLLATION any_case;

-- in a window as elsewhere, customers are told apart by their own collation, whatever the period's is
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT DISTINCT customers(retention_agg(c, d, p) OVER ()) AS two
FROM (VALUES ('a', date '2024-01-01', 'month' COLLATE any_case), ('A', '2024-01-02', 'month')) v(c, d, p);
SELECT DISTINCT customers(retention_agg(c, d, p) OVER ()) AS one
FROM (VALUES ('a' COLLATE any_case, date '2024-01-01', 'month' COLLATE "C"), ('A', '2024-01-02', 'month')) v(c, d, p);
-- several calls over one window: the same collation, deterministic ones, and one that says which customers are the same
CREATE TEMP TABLE names (c text, d date);
INSERT INTO names VALUES ('a', '2024-01-01'), ('A', '2024-01-02'), ('b', '2024-01-03');
CREATE TEMP VIEW collated AS SELECT c, c COLLATE any_case AS i, c COLLATE "C" AS k, d, 'month' COLLATE "POSIX" AS p FROM names;
SELECT DISTINCT customers(retention_agg(c, d, 'month' COLLATE "C") OVER ()) AS three,
	customers(retention_agg(c || '', d, 'month' COLLATE "C") OVER ()) AS three
FROM pg_temp.collated;
SELECT DISTINCT customers(retention_agg(c, d, p) OVER ()) AS three, customers(retention_agg(k, d, p) OVER ()) AS three,
	customers(retention_agg(k || 'x', d, p) OVER (ROWS 9 PRECEDING)) > 0 AS another_window FROM pg_temp.collated ORDER BY 3;
SELECT customers(retention_agg(c, d, 'month' COLLATE "C") OVER ()) AS three,
	customers(retention_agg(i, d, 'month' COLLATE "C") OVER ()) AS two FROM pg_temp.collated;
SELECT DISTINCT three, customers(retention_agg(i, d, 'month' COLLATE "C") OVER ()) AS two
FROM (SELECT *, customers(retention_agg(c, d, 'month' COLLATE "C") OVER ()) AS three FROM pg_temp.collated) x;
-- other arguments' types and another aggregate are other calls
SELECT DISTINCT customers(retention_agg(c, d, 'month' COLLATE "C") OVER ()) AS three,
	customers(retention_agg(i, d::timestamptz, 'month' COLLATE "C") OVER ()) AS two,
	repeat_purchase_rate(i) OVER () AS half, repeat_purchase_rate(d) OVER () AS none FROM pg_temp.collated;
SELECT DISTINCT cardinality(segmented_retention_agg(1, d, c, 'month' COLLATE "C") OVER ()),
	cardinality(segmented_retention_agg(2, d, k, 'month' COLLATE "C") OVER ()) FROM pg_temp.collated;
DROP VIEW pg_temp.collated;
DROP TABLE names;
DROP COLLATION any_case;
-- the empty text is a customer and an order id like others
SELECT customers(retention_agg(''::text, date '2024-01-01', 'day')), repeat_purchase_rate(''::text, ''::text)
FROM generate_series(1, 3);

-- Keys that collide in the hash of their type: it has an order, so that none is compared with all others.
SET client_min_messages = warning;
CREATE SEQUENCE comparisons;
CREATE TYPE chosen;
CREATE FUNCTION chosen_in(cstring) RETURNS chosen IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
CREATE FUNCTION chosen_out(chosen) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int4out';
CREATE TYPE chosen (INPUT = chosen_in, OUTPUT = chosen_out, LIKE = int4);
CREATE CAST (int4 AS chosen) WITHOUT FUNCTION;
CREATE FUNCTION chosen_hash(chosen) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION counted_eq(int, int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''comparisons''); RETURN $1 = $2; END';
CREATE FUNCTION counted_cmp(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''comparisons''); RETURN btint4cmp($1, $2); END';
CREATE CAST (chosen AS int4) WITHOUT FUNCTION;
CREATE FUNCTION chosen_eq(a chosen, b chosen) RETURNS boolean LANGUAGE sql AS 'SELECT counted_eq(a::int, b::int)';
CREATE FUNCTION chosen_cmp(a chosen, b chosen) RETURNS int LANGUAGE sql AS 'SELECT counted_cmp(a::int, b::int)';
CREATE OPERATOR = (FUNCTION = chosen_eq, LEFTARG = chosen, RIGHTARG = chosen);
CREATE OPERATOR CLASS chosen_hash_ops DEFAULT FOR TYPE chosen USING hash AS OPERATOR 1 =, FUNCTION 1 chosen_hash(chosen);
CREATE OPERATOR CLASS chosen_ops DEFAULT FOR TYPE chosen USING btree AS OPERATOR 3 =, FUNCTION 1 chosen_cmp(chosen, chosen);
SELECT customers(s) AS customers, s::text = (SELECT retention_agg(i % 1000, date '2024-01-01' + i % 70, 'month')::text FROM generate_series(1, 2000) i) AS same
FROM (SELECT retention_agg((i % 1000)::chosen, date '2024-01-01' + i % 70, 'month') AS s FROM generate_series(1, 2000) i) x;
-- that would be a million
SELECT last_value < 150000 AS few_comparisons FROM comparisons;
DROP TYPE chosen CASCADE;
DROP FUNCTION counted_eq, counted_cmp;
DROP SEQUENCE comparisons;
RESET client_min_messages;
