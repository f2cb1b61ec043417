-- The type retention_summary: input and output, equality and hash, addition,
-- and what becomes of malformed values.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

-- Summaries of all kinds: units, with and without amounts, one order, wide
-- amounts, refunds, BC and far future, refunds only.
CREATE TEMP TABLE orders AS
SELECT i * 7919 % 61 AS customer, date '2023-01-01' + (i * 31 + i * i * 7) % 500 AS day,
	(i * 37 % 1000 - 100) / 100.0 AS amount
FROM generate_series(1, 300) i;
CREATE TEMP TABLE s AS
SELECT unit || ' of ' || n AS name, retention_agg(customer, day, unit) AS s
	FROM orders, unnest('{day,week,month,quarter,year}'::text[]) unit, unnest('{30,61}'::int[]) n
WHERE customer < n GROUP BY unit, n
UNION ALL SELECT unit || ' with amounts', retention_agg(customer, day, amount, unit)
	FROM orders, unnest('{day,month,year}'::text[]) unit GROUP BY unit
UNION ALL SELECT 'wide amounts', retention_agg(customer, day, amount * 1e40, 'month') FROM orders
UNION ALL SELECT 'one order', retention_agg(1, date '2024-01-31', 'day')
UNION ALL SELECT 'one amount', retention_agg(1, date '2024-01-31', 12.34, 'day')
UNION ALL SELECT 'far apart', retention_agg(1, d, 1, 'year') FROM (VALUES (date '4713-11-24 BC'), ('5874897-12-31')) v(d)
UNION ALL SELECT 'refunds only', retention_agg(1, date '2024-01-31', -12.34, 'day');

-- Text and binary hold the same; text is at most 1.4 times as long.
SELECT name FROM s WHERE s::text::retention_summary <> s OR decode(s::text, 'base64') <> retention_summary_send(s)
	OR length(s::text) > 1.4 * length(retention_summary_send(s)) + 4 OR s::text ~ '\s';
-- through COPY BINARY, by way of a file in the data directory that goes at once
COPY s TO PROGRAM 'cat > retention_summary.copy' (FORMAT binary);
CREATE TEMP TABLE copied (LIKE s);
COPY copied FROM PROGRAM 'cat retention_summary.copy && rm retention_summary.copy' (FORMAT binary);
SELECT count(*), count(*) FILTER (WHERE s.s = copied.s
	AND retention_summary_send(s.s) = retention_summary_send(copied.s)) AS same FROM s JOIN copied USING (name);

-- = and <> go by value; so do GROUP BY, DISTINCT, joins and hash partitions.
SELECT count(*), count(*) FILTER (WHERE a.s = b.s) AS equal, count(*) FILTER (WHERE a.s <> b.s) AS different,
	count(*) FILTER (WHERE (a.s = b.s) = (a.name = b.name)) AS as_expected FROM s a, s b;
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.name <> b.name) AS wrong FROM s a FULL JOIN copied b ON a.s = b.s;
SET enable_nestloop = off;
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.name <> b.name) AS wrong FROM s a JOIN copied b ON a.s = b.s;
RESET enable_nestloop;
SELECT count(*) AS groups, min(n), max(n) FROM (SELECT count(*) AS n FROM (TABLE s UNION ALL TABLE copied) u GROUP BY s) g;
SELECT count(*) FROM (SELECT DISTINCT s FROM (TABLE s UNION ALL TABLE copied) u) d;
SELECT count(*) FROM (TABLE s EXCEPT ALL TABLE copied) e;
SELECT count(*) FILTER (WHERE retention_summary_hash(s.s) <> retention_summary_hash(copied.s)
	OR retention_summary_hash_extended(s.s, 7) <> retention_summary_hash_extended(copied.s, 7)) AS wrong,
	count(DISTINCT retention_summary_hash(s.s)) > 10 AS spread FROM s JOIN copied USING (name);
CREATE TEMP TABLE parts (s retention_summary) PARTITION BY HASH (s);
CREATE TEMP TABLE part0 PARTITION OF parts FOR VALUES WITH (modulus 2, remainder 0);
CREATE TEMP TABLE part1 PARTITION OF parts FOR VALUES WITH (modulus 2, remainder 1);
INSERT INTO parts SELECT s FROM s;
SELECT count(*) FROM parts WHERE s = (SELECT s FROM s WHERE name = 'one order');

-- + and sum: shards of customers add up to the whole, in any order, in every unit.
CREATE TEMP TABLE shards AS
SELECT unit, amounts, shard, CASE WHEN amounts THEN retention_agg(customer, day, amount, unit) ELSE retention_agg(customer,
	day, unit) END AS s
FROM (SELECT *, customer % 5 AS shard FROM orders) o, unnest('{day,week,month,quarter,year}'::text[]) unit,
	(VALUES (true), (false)) a(amounts) GROUP BY unit, amounts, shard;
SELECT unit, amounts, sum(s) = (SELECT CASE WHEN amounts THEN retention_agg(customer, day, amount,
	unit) ELSE retention_agg(customer, day, unit) END FROM orders) AS whole,
	sum(s ORDER BY shard DESC) = sum(s ORDER BY shard) AS any_order,
		sum(s) FILTER (WHERE shard < 2) = sum(s) FILTER (WHERE shard = 1) + sum(s) FILTER (WHERE shard = 0) AS plus
FROM shards GROUP BY unit, amounts ORDER BY unit, amounts;
SELECT revenue(a + b) AS scale_of_the_finer, (a + b) = (b + a) AS commutes, ((a + b) + c) = (a + (b + c)) AS associates,
	unattributed_revenue(a + b + c)
FROM (SELECT retention_agg(1, date '2024-01-01', 5, 'month'), retention_agg(2, date '2024-02-01', 2.50, 'month'),
	retention_agg(3, date '2023-01-01', -2.125, 'month')) v(a, b, c);
-- no row, one NULL, one, two, NULL among them; an order of the sum with nothing
SELECT sum(s) IS NULL AS nothing FROM s WHERE false;
SELECT sum(NULL::retention_summary) IS NULL AS nothing, (SELECT s + NULL FROM s
	WHERE name = 'one order') IS NULL AS plus_null;
SELECT sum(s) = min(s::text)::retention_summary AS itself FROM s WHERE name = 'one order';
SELECT customers(sum(v)) FROM (SELECT s AS v FROM shards WHERE unit = 'day' AND NOT amounts
	UNION ALL VALUES (NULL::retention_summary), (NULL)) v;
-- mismatch
SELECT a.s + b.s FROM s a, s b WHERE a.name = 'day of 30' AND b.name = 'week of 30';
SELECT a.s + b.s FROM s a, s b WHERE a.name = 'day of 30' AND b.name = 'day with amounts';
SELECT sum(s ORDER BY name) FROM s WHERE name IN ('day of 30', 'month of 30');

-- The same summary added to itself again and again: 54000 before a count would
-- no longer be exact, and never a wrong number.
DO $$
DECLARE
	s retention_summary; n int := 0;
BEGIN
	SELECT retention_agg(1, date '2024-01-01', 1, 'month') INTO s;
	LOOP
		s := s + s;
		n := n + 1;
		ASSERT customers(s) = 2::bigint ^ n AND revenue(s) = 2::numeric ^ n, n;
	END LOOP;
EXCEPTION WHEN program_limit_exceeded THEN
	RAISE NOTICE '%: %', SQLSTATE, CASE WHEN n >= 52 THEN 'at least 2^52 customers' ELSE n::text END;
END $$;

-- Malformed text, 22P02.
CREATE FUNCTION pg_temp.outcome(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text; s retention_summary;
BEGIN
	s := value;
	RETURN CASE WHEN s::text = value THEN 'accepted' ELSE 'accepted, written differently' END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || ' ' || detail;
END $$;
CREATE FUNCTION pg_temp.text_of(bytes bytea) RETURNS text LANGUAGE sql AS $$ SELECT translate(encode(bytes, 'base64'),
	E'\n', '') $$;
CREATE TEMP TABLE one AS SELECT retention_summary_send(s) AS b, s::text AS t FROM s WHERE name = 'one order';
SELECT label, pg_temp.outcome(value) FROM one, LATERAL (VALUES
	('as it was', t), ('empty', ''), ('not base64', '!' || substr(t, 2)), ('padding inside', '====' || t),
		('half a character', left(t, -1)),
	('first byte only', pg_temp.text_of(substr(b, 1, 1))), ('truncated', pg_temp.text_of(substr(b, 1, length(b) - 1))),
		('trailing byte', pg_temp.text_of(b || '\x00')),
	('version 0', pg_temp.text_of(set_byte(b, 0, 0))), ('version 1', pg_temp.text_of(set_byte(b, 0, 1))),
		('version 3', pg_temp.text_of(set_byte(b, 0, 3))),
	('no header', pg_temp.text_of('\x02'::bytea || substr(b, 4 + get_byte(b, 2)))),
	('unknown section', pg_temp.text_of(b || '\x090100')), ('section twice', pg_temp.text_of(b || '\x080100')),
		('empty section', pg_temp.text_of(b || '\x0900')), ('section too long', pg_temp.text_of(b || '\x090200')),
	('unit 5', pg_temp.text_of(set_byte(b, 4, 5))), ('unknown scale', pg_temp.text_of(set_byte(b, 5, 9))),
	('unknown flag', pg_temp.text_of(set_byte(b, 3, get_byte(b, 3) | 128))), ('NULL-like', 'null'),
		('zeros', pg_temp.text_of('\x0000000000000000'))) v(label, value)
ORDER BY label COLLATE "C";
SELECT count(*) > 100 AS truncations,
	count(*) FILTER (WHERE pg_temp.outcome(pg_temp.text_of(substr(b, 1, n))) !~ '^22P02') AS not_refused
FROM (SELECT retention_summary_send(s) AS b FROM s WHERE name IN ('month of 61', 'year with amounts', 'refunds only')) x,
	generate_series(0, length(b) - 1) n;

-- Every bit of some summaries flipped, every byte replaced by 0x00, 0x7f and 0xff, or doubled,
-- or left out: refused with 22P02, or a value that comes back as the same
-- bytes, that every reader reads (or refuses for its size: 54000, 22008) and of
-- which no count is negative and every sum of period accounting is right.
CREATE FUNCTION pg_temp.read(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	s retention_summary; state text; wrong bigint; k int;
BEGIN
	BEGIN
		s := pg_temp.text_of(bytes);
	EXCEPTION WHEN invalid_text_representation THEN RETURN 'refused';
	END;
	IF retention_summary_send(s) <> bytes OR s::text::retention_summary <> s THEN RETURN 'does not round-trip'; END IF;
	IF customers(s) < 0 OR (orders(s) < customers(s) AND NOT is_anchored(s)) OR first_order(s) > last_order(s)
		OR repeat_purchase_rate(s) NOT BETWEEN 0 AND 1 THEN
		RETURN 'wrong totals';
	END IF;
	PERFORM revenue(s), retention_summary_hash(s), s = s + NULL;
	BEGIN
		PERFORM s + s;
		SELECT count(*) INTO wrong FROM order_ladder(s) l WHERE l.customers <= 0 OR conversion_rate > 1 OR share > 1;
		IF wrong > 0 THEN RETURN 'wrong ladder'; END IF;
	EXCEPTION WHEN program_limit_exceeded THEN NULL;
	END;
	IF last_order(s) - first_order(s) > 20000 THEN RETURN 'accepted'; END IF;	-- millions of rows take their time
	BEGIN
		SELECT count(*) INTO wrong FROM (SELECT c.*, lag(customers_since) OVER w AS since_before,
			lag(repeat_customers) OVER w AS repeat_before, lag(customers_within) OVER w AS within_before,
			lag(streak_customers) OVER w AS streak_before FROM cohorts(s) c WINDOW w AS (PARTITION BY cohort ORDER BY age)) c
		WHERE least(c.customers, customers_since - c.customers, c.orders - c.customers, repeat_customers,
			cohort_size - repeat_customers, since_before - customers_since, repeat_customers - repeat_before,
			customers_within - within_before, streak_before - streak_customers, c.customers - streak_customers,
			CASE WHEN age = 0 THEN -customers_within ELSE customers_within - c.customers END, cohort_size - customers_within) < 0
			OR cohort_size < 1 OR (age = 0 AND streak_customers <> c.customers);
		IF wrong > 0 THEN RETURN 'wrong cohorts'; END IF;
		FOREACH k IN ARRAY ARRAY[1, 3, 400] LOOP
			SELECT count(*) INTO wrong FROM periods(s, k, last_order(s) + 100) p
			WHERE least(opening_customers, new_customers, retained_customers, reactivated_customers, churned_customers,
				active_customers - ordering_customers, p.orders - ordering_customers) < 0
				OR active_customers <> retained_customers + new_customers + reactivated_customers
					OR opening_customers <> retained_customers + churned_customers;
			IF wrong > 0 THEN RETURN 'wrong periods'; END IF;
		END LOOP;
		SELECT count(*) INTO wrong FROM revenue_periods(s) r WHERE r.revenue <> opening_revenue + new_revenue
			+ reactivated_revenue + expansion_revenue - contraction_revenue - churned_revenue;
		IF wrong > 0 THEN RETURN 'wrong revenue'; END IF;
		PERFORM count(*) FROM retention_curve(s);
	EXCEPTION WHEN program_limit_exceeded OR datetime_field_overflow THEN NULL;
	END;
	RETURN 'accepted';
END $$;
SELECT outcome, count(*) > 20 AS many FROM (
	SELECT pg_temp.read(mutated) AS outcome FROM (SELECT retention_summary_send(s) AS b FROM s
		WHERE name IN ('month of 30', 'year with amounts', 'one amount', 'refunds only', 'quarter of 61')
		UNION ALL SELECT decode(anchored, 'base64') FROM (VALUES	-- of version 1 and 2
			('AQIHAZ8GhIkBWAUBBQQAACIB6AIC6AImAQG6nwEBoJwBACcAEgFkAAIAAQIBAQMAAgECAgEBJAECAgEsAQQByAGaA9IBoAEAAQAAAOKfAQABAAAAJ2QBAAAAZAA='),
			(translate((SELECT anchored_retention_agg(c, date '2024-01-01' + c * c * 7 % 190, date '2023-12-01' + c % 4 * 30, c, 'month')::text
				FROM generate_series(1, 24) c), E'\n', ''))) a(anchored)) x,
		generate_series(0, length(b) - 1) i, generate_series(1, 13) m,
		LATERAL (SELECT CASE WHEN m <= 8 THEN set_bit(b, i * 8 + m - 1, 1 - get_bit(b, i * 8 + m - 1))
			WHEN m = 9 THEN set_byte(b, i, 0) WHEN m = 10 THEN set_byte(b, i, 127) WHEN m = 11 THEN set_byte(b, i, 255)
			WHEN m = 12 THEN substr(b, 1, i + 1) || substr(b, i + 1) ELSE substr(b, 1, i) || substr(b,
				i + 2) END) l(mutated) WHERE mutated <> b) r
GROUP BY outcome ORDER BY outcome;

-- The same validator behind binary input, 22P03.
CREATE TEMP TABLE received (s retention_summary);
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE received;
	EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)', 'echo ' ||
		pg_temp.text_of('\x5047434f50590aff0d0a00'::bytea || '\x00000000000000000001' || int4send(length(bytes)) || bytes || '\xffff') || ' | base64 -d');
	RETURN (SELECT CASE WHEN retention_summary_send(s) = bytes THEN 'accepted' ELSE 'does not round-trip' END
		FROM received);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT label, pg_temp.receive(bytes) FROM one, LATERAL (VALUES ('as it was', b), ('empty', ''),
	('first byte only', substr(b, 1, 1)), ('truncated', substr(b, 1, length(b) - 1)),
	('trailing byte', b || '\x00'), ('version 0', set_byte(b, 0, 0)), ('unit 5', set_byte(b, 4, 5)),
		('zeros', '\x0000000000000000')) v(label, bytes) ORDER BY label COLLATE "C";
SELECT count(*) FILTER (WHERE received !~ '^(accepted|22P03)'
	OR (received ~ 'accepted') <> (pg_temp.outcome(pg_temp.text_of(mutated)) ~ 'accepted')) AS different
FROM (SELECT retention_summary_send(s) AS b FROM s WHERE name = 'one amount') x, generate_series(0, length(b) - 1) i,
	generate_series(0, 7, 3) m,
	LATERAL (SELECT set_bit(b, i * 8 + m, 1 - get_bit(b, i * 8 + m))) l(mutated), pg_temp.receive(mutated) received;

-- A value too large for its page is stored out of line and compressed like any
-- other: 10 years by day.
CREATE TEMP TABLE stored AS
SELECT retention_agg(i % 997, date '2014-01-01' + i * i % 7919 * 31 % 3653, (i * i % 1009)::numeric(8,2), 'day') AS s
	FROM generate_series(1, 20000) i;
SELECT customers(s), orders(s), last_order(s) - first_order(s) AS days, pg_column_size(s) > 8000 AS large,
	(SELECT sum(orders) FROM cohorts(s)) = orders(s) AS all_there, s::text::retention_summary = s AS same FROM stored;

DROP TABLE orders, s, copied, parts, shards, one, received, stored;
