-- rfm_agg and sum of counts: their state, which is a value, and counts of many customers. What the counts are is in models.sql.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

-- More customers than a list of the state holds, so that it is folded several times; some with amounts of other scales and wide ones.
CREATE TEMP TABLE buyer AS SELECT g, g % 3 AS worker, history_agg(d, CASE WHEN g % 5000 = 7 THEN 1e30 + g WHEN g % 17 = 0 THEN g % 10 WHEN g % 19 = 0 THEN (g % 1000) / 1000.0 ELSE round(g % 700 / 7.0, 2) END) AS h,
	history_agg(d) AS bare FROM generate_series(1, 40000) g, LATERAL (SELECT date '2024-01-01' + g % 97 + k * (1 + g % 13) AS d FROM generate_series(0, g % 4) k) x GROUP BY g;
-- by the rows of history_rfm, which are others' work
CREATE TEMP TABLE plain AS SELECT g, x, t_x, t, m * x AS spend, count(*) FILTER (WHERE p.day >= '2024-03-01' AND p.day < '2024-05-01' AND p.orders > 0) AS held
	FROM buyer, history_rfm(h, '2024-03-01') r, purchases(h) p WHERE x IS NOT NULL GROUP BY g, x, t_x, t, m;
CREATE TEMP TABLE counted AS SELECT rfm_agg(h, '2024-03-01') AS c, rfm_agg(bare, '2024-03-01') AS bare, rfm_agg(h, '2024-05-01', '2024-03-01') AS held FROM buyer;
-- each row and amount of the counts, written from the definition of their bytes
CREATE FUNCTION pg_temp.varint(v numeric) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	WITH RECURSIVE b(n, v, byte) AS (SELECT 1, div(v, 128), v % 128 UNION ALL SELECT n + 1, div(v, 128), v % 128 FROM b WHERE v > 0)
	SELECT string_agg(set_byte('\x00', 0, (byte + CASE WHEN v > 0 THEN 128 ELSE 0 END)::int), '' ORDER BY n) FROM b $$;
SELECT retention_rfm_send(bare) = '\x0100' || pg_temp.varint(2 * (date '2024-03-01' - date '2000-01-01')) || pg_temp.varint((SELECT count(*) FROM (SELECT DISTINCT x, t_x, t FROM plain) d))
	|| (SELECT string_agg(pg_temp.varint(row - coalesce(before + 1, 0)) || pg_temp.varint(n), '' ORDER BY row) FROM (SELECT row, n, lag(row) OVER (ORDER BY row) AS before
		FROM (SELECT x * 2::numeric ^ 32 + t_x * 65536 + t AS row, count(*) AS n FROM plain GROUP BY 1) r) d) AS same FROM counted;

-- Any order, parts, parallel workers: the same bytes. Windows go on with a state.
SELECT c = (SELECT rfm_agg(h, '2024-03-01' ORDER BY md5(g::text)) FROM buyer) AS shuffled, c = (SELECT sum(p) FROM (SELECT rfm_agg(h, '2024-03-01') AS p FROM buyer GROUP BY g % 500) x) AS summed,
	held = (SELECT sum(p ORDER BY w DESC) FROM (SELECT worker AS w, rfm_agg(h, '2024-05-01', '2024-03-01') AS p FROM buyer GROUP BY worker) x) AS held,
	bare = (SELECT sum(p) FROM (SELECT rfm_agg(bare, '2024-03-01') AS p FROM buyer GROUP BY g) x) AS of_one_each FROM counted;
CREATE TABLE rfm_agg_buyer AS SELECT * FROM buyer;
ANALYZE rfm_agg_buyer;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE line text; found boolean := false;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP found := found OR line ~ 'Partial Aggregate'; END LOOP;
	RETURN found;
END $$;
SELECT pg_temp.is_parallel('SELECT rfm_agg(h, ''2024-03-01''), rfm_agg(h, ''2024-05-01'', ''2024-03-01'') FROM rfm_agg_buyer') AS parallel;
SELECT rfm_agg(h, '2024-03-01') = (SELECT c FROM counted) AS c, rfm_agg(bare, '2024-03-01') = (SELECT bare FROM counted) AS bare,
	rfm_agg(h, '2024-05-01', '2024-03-01') = (SELECT held FROM counted) AS held FROM rfm_agg_buyer;
RESET max_parallel_workers_per_gather;
DROP TABLE rfm_agg_buyer;
SELECT count(*), bool_and(w = (SELECT rfm_agg(h, '2024-03-01') FROM buyer b WHERE b.g <= x.g)) AS same
	FROM (SELECT g, rfm_agg(h, '2024-03-01') OVER (ORDER BY g) AS w FROM buyer WHERE g <= 30) x;
-- what was not there before the cut is not counted, but has to be of the same kind
SELECT rfm_agg(h, '2024-01-01') IS NULL AS nobody FROM buyer;
SELECT rfm_agg(h, '2024-01-01' ORDER BY n) FROM (VALUES (1, (SELECT h FROM buyer WHERE g = 1)), (2, (SELECT bare FROM buyer WHERE g = 2))) v(n, h);
SELECT sum(c) FROM (SELECT c FROM counted UNION ALL SELECT held FROM counted) x;
SELECT sum(c) FROM (SELECT c FROM counted UNION ALL SELECT bare FROM counted) x;
SELECT sum(c) IS NULL AS none, sum(NULL::retention_rfm) IS NULL AS null_only FROM counted WHERE false;
SELECT sum(x.c) = d.c + d.c AS skips_null FROM (SELECT c FROM counted UNION ALL SELECT NULL UNION ALL SELECT c FROM counted) x, counted d GROUP BY d.c;

-- States as values: the text and binary form of a state is that of the counts it holds, and combining what came back gives the same bytes.
CREATE AGGREGATE pg_temp.partial_rfm(retention_history, date) (SFUNC = rfm_agg_transfn, STYPE = retention_rfm_state);
CREATE AGGREGATE pg_temp.combined_rfm(retention_rfm_state) (SFUNC = rfm_agg_combinefn, STYPE = retention_rfm_state, FINALFUNC = rfm_agg_finalfn);
SELECT bool_and(s::text = c::text AND retention_rfm_state_send(s) = retention_rfm_send(c)) AS same,
	pg_temp.combined_rfm(s) = (SELECT c FROM counted) AS combined, pg_temp.combined_rfm(s::text::retention_rfm_state ORDER BY worker DESC) = (SELECT c FROM counted) AS by_text
	FROM (SELECT worker, pg_temp.partial_rfm(h, '2024-03-01') AS s, rfm_agg(h, '2024-03-01') AS c FROM buyer GROUP BY worker) x;
CREATE TEMP TABLE states AS SELECT worker, pg_temp.partial_rfm(h, '2024-03-01') AS s, pg_temp.partial_rfm(h, '2024-01-01') AS empty FROM buyer WHERE g <= 300 GROUP BY worker;
CREATE TEMP TABLE states_copied (LIKE states);
COPY states TO PROGRAM 'cat > retention_rfm_state.copy' (FORMAT binary);
COPY states_copied FROM PROGRAM 'cat retention_rfm_state.copy && rm retention_rfm_state.copy' (FORMAT binary);
SELECT pg_temp.combined_rfm(s) = (SELECT rfm_agg(h, '2024-03-01') FROM buyer WHERE g <= 300) AS by_binary,
	pg_temp.combined_rfm(empty) IS NULL AS empty, pg_temp.combined_rfm(empty::text::retention_rfm_state) IS NULL AS empty_by_text FROM states_copied;
-- states of one day, of another, and none
SELECT pg_temp.combined_rfm(CASE n WHEN 2 THEN s END ORDER BY n) = (SELECT rfm_agg(h, '2024-03-01') FROM buyer WHERE g <= 300) AS same FROM states, generate_series(1, 3) n;
SELECT pg_temp.combined_rfm(CASE n WHEN 1 THEN s ELSE empty END ORDER BY n) FROM states, generate_series(1, 2) n;
SELECT 'AQ=='::retention_rfm_state;
SELECT ''::retention_rfm_state;
-- By hand, the support functions refuse.
SELECT rfm_agg_transfn(NULL, NULL::retention_history, '2024-01-01'::date);
SELECT rfm_agg_transfn(s, c) FROM states, counted;
SELECT rfm_agg_combinefn(s, s) FROM states;
SELECT rfm_agg_finalfn(s) FROM states;

-- Flat bytes that are no state are refused wherever a state is read; a cast without function makes them.
SET client_min_messages = warning;
CREATE TYPE rfm_bytes;
CREATE FUNCTION rfm_bytes_in(cstring) RETURNS rfm_bytes LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION rfm_bytes_out(rfm_bytes) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE rfm_bytes (INPUT = rfm_bytes_in, OUTPUT = rfm_bytes_out, ALIGNMENT = double);
CREATE CAST (rfm_bytes AS retention_rfm_state) WITHOUT FUNCTION;
CREATE CAST (retention_rfm_state AS rfm_bytes) WITHOUT FUNCTION;
CREATE FUNCTION pg_temp.said(command text, forged bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE command INTO result USING forged;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ': ' || sqlerrm;
END $$;
-- layout at 0, with_amounts 1, unused 2 and 3, as_of 4, holdout_from 8, used 12, folded 16; an item of 20 bytes from 20 on
SELECT what, said, count(*) FROM (SELECT pg_temp.partial_rfm(h, '2024-03-01')::rfm_bytes::text::bytea FROM buyer WHERE g = 3) s(b),
	LATERAL (VALUES (1, 'its own', b), (2, 'another layout', set_byte(b, 0, 133)), (3, 'no header', substr(b, 1, 15)), (4, 'nothing', ''), (5, 'flags', set_byte(b, 2, 1)),
		(6, 'a holdout after its end', set_byte(b, 9, 255)), (7, 'more bytes than there is room for', set_byte(b, 13, 255)), (8, 'more folded than there is', set_byte(b, 16, 255)),
		(9, 'an item that does not end', set_byte(b, 12, 19)), (10, 'half a head', set_byte(b, 12, 22)), (11, 'a scale that is none', set_byte(b, 21, 255)),
		(12, 'an amount where none are', set_byte(b, 1, 0)), (13, 'counts that are none', set_byte(b, 23, 0))) f(n, what, forged),
	LATERAL (VALUES ('SELECT $1::text::rfm_bytes::retention_rfm_state'), ('SELECT retention_rfm_state_send($1::text::rfm_bytes::retention_rfm_state)'),
		('SELECT pg_temp.combined_rfm($1::text::rfm_bytes::retention_rfm_state)'), ('SELECT pg_temp.combined_rfm(v ORDER BY n) FROM (VALUES (1, (SELECT s FROM states LIMIT 1)), (2, $1::text::rfm_bytes::retention_rfm_state)) x(n, v)')) c(command),
	LATERAL (SELECT pg_temp.said(command, forged)) r(said) GROUP BY n, what, said ORDER BY n, said COLLATE "C";
DROP TYPE rfm_bytes CASCADE;
