-- The type retention_history: input and output, equality and hash, merging, what
-- is read from it, and what becomes of malformed values.  How one is made is in
-- history_agg.sql.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- Orders of some customers, and histories of all kinds: few and many orders a
-- day, refunds, amounts and scales of every form, the ends of the calendar.
CREATE TEMP TABLE orders AS
SELECT i AS id, i * 7919 % 61 AS customer, date '2023-01-01' + (i * 31 + i * i * 7) % 500 AS day,
	((i * 37 % 1000 - 200) / 100.0)::numeric(10,2) AS amount
FROM generate_series(1, 1000) i;
CREATE TEMP TABLE h AS
SELECT 'customer ' || customer AS name, history_agg(day) AS h FROM orders WHERE customer < 3 GROUP BY customer
UNION ALL SELECT 'amounts of ' || customer, history_agg(day, amount) FROM orders WHERE customer < 3 GROUP BY customer
UNION ALL SELECT 'one order', history_agg(date '2024-01-31')
UNION ALL SELECT n || ' on one day', history_agg(date '2024-01-31') FROM unnest('{2,3,4,130,1000}'::int[]) n,
	generate_series(1, n) GROUP BY n
UNION ALL SELECT 'amount ' || a, history_agg(date '2024-01-31', a::numeric) FROM unnest('{12.34,-12.34,0,0.00,1e-30,-1e30,
	4611686018427387903,4611686018427387904,-9223372036854775807,9223372036854775808,0.000000000000000000,
	0.0000000000000000000,1.000000000000000001,1e-16383}'::text[]) a GROUP BY a
UNION ALL SELECT 'wide amounts', history_agg(day, amount * 1e40) FROM orders
UNION ALL SELECT 'wide for their sum', history_agg(day, 1e18) FROM orders WHERE id <= 3
UNION ALL SELECT 'far apart', history_agg(d, 1) FROM (VALUES (date '4714-11-24 BC'), ('5874897-12-31')) v(d)
UNION ALL SELECT 'turn of the era', history_agg(d) FROM (VALUES (date '0001-12-31 BC'), ('0001-01-01')) v(d);

-- Text and binary hold the same; text is at most 1.4 times as long.
SELECT name FROM h WHERE h::text::retention_history <> h OR decode(h::text, 'base64') <> retention_history_send(h)
	OR length(h::text) > 1.4 * length(retention_history_send(h)) + 4 OR h::text ~ '\s';
-- through COPY, text (as pg_dump does) and binary, by way of files in the data
-- directory that go at once
CREATE TEMP TABLE copied (LIKE h);
CREATE TEMP TABLE dumped (LIKE h);
COPY h TO PROGRAM 'cat > retention_history.copy' (FORMAT binary);
COPY copied FROM PROGRAM 'cat retention_history.copy && rm retention_history.copy' (FORMAT binary);
COPY h TO PROGRAM 'cat > retention_history.copy';
COPY dumped FROM PROGRAM 'cat retention_history.copy && rm retention_history.copy';
SELECT count(*), count(*) FILTER (WHERE h.h = copied.h AND h.h = dumped.h
	AND retention_history_send(h.h) = retention_history_send(copied.h)) AS same
FROM h JOIN copied USING (name) JOIN dumped USING (name);

-- = and <> go by value; so do GROUP BY, DISTINCT, joins and hash partitions.
SELECT count(*), count(*) FILTER (WHERE a.h = b.h) AS equal, count(*) FILTER (WHERE a.h <> b.h) AS different,
	count(*) FILTER (WHERE (a.h = b.h) = (a.name = b.name)) AS as_expected FROM h a, h b;
SET enable_nestloop = off;
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.name <> b.name) AS wrong FROM h a JOIN copied b ON a.h = b.h;
RESET enable_nestloop;
SELECT count(*) AS groups, min(n), max(n) FROM (SELECT count(*) AS n FROM (TABLE h UNION ALL TABLE copied) u GROUP BY h) g;
SELECT count(*) FROM (SELECT DISTINCT h FROM (TABLE h UNION ALL TABLE copied) u) d;
SELECT count(*) FILTER (WHERE retention_history_hash(h.h) <> retention_history_hash(copied.h)
	OR retention_history_hash_extended(h.h, 7) <> retention_history_hash_extended(copied.h, 7)) AS wrong,
	count(DISTINCT retention_history_hash(h.h)) = count(*) AS spread FROM h JOIN copied USING (name);
CREATE TEMP TABLE parts (h retention_history) PARTITION BY HASH (h);
CREATE TEMP TABLE part0 PARTITION OF parts FOR VALUES WITH (modulus 2, remainder 0);
CREATE TEMP TABLE part1 PARTITION OF parts FOR VALUES WITH (modulus 2, remainder 1);
INSERT INTO parts SELECT h FROM h;
SELECT count(*) FROM parts WHERE h = (SELECT h FROM h WHERE name = 'one order');

-- ||: of parts of a customer's orders, in any order, the same bytes as of all at once.
SELECT count(*), count(*) FILTER (WHERE all_at_once <> a || b || c) AS abc, count(*) FILTER (WHERE all_at_once <> c || (b || a)) AS cba,
	count(*) FILTER (WHERE all_at_once <> (b || c) || a) AS bca
FROM (SELECT history_agg(day, amount) AS all_at_once, history_agg(day, amount) FILTER (WHERE id % 3 = 0) AS a,
		history_agg(day, amount) FILTER (WHERE id % 3 = 1) AS b, history_agg(day, amount) FILTER (WHERE id % 3 = 2) AS c
	FROM orders GROUP BY customer) x;
-- twice the same batch counts twice; the scale is that of the finer; wide and narrow; NULL
SELECT a.name AS a, b.name AS b, orders(a.h || b.h), revenue(a.h || b.h), a.h || b.h = b.h || a.h AS commutes
FROM h a, h b WHERE (a.name, b.name) IN (('one order', 'one order'), ('one order', '1000 on one day'),
	('amount 12.34', 'amount 12.34'), ('amount 12.34', 'amount -12.34'), ('amount 0', 'amount 0.00'),
	('amount 12.34', 'amount -1e30'), ('amount -1e30', 'amount 1e-30'),
	('amount 4611686018427387903', 'amount -9223372036854775807'), ('amount 1.000000000000000001', 'amount 12.34'))
ORDER BY a.name COLLATE "C", b.name COLLATE "C";
SELECT h || NULL AS null, NULL || h AS null FROM h WHERE name = 'one order';
SELECT a.h || b.h FROM h a, h b WHERE a.name = 'one order' AND b.name = 'amount 12.34';
-- wide amounts that cancel out are the same bytes as narrow ones that never were wide
SELECT a.h || b.h || (SELECT history_agg(date '2024-01-31', 1e30)) = history_agg(date '2024-01-31', v) AS same
FROM h a, h b, unnest(ARRAY[12.34, -1e30, 1e30]) v WHERE a.name = 'amount 12.34' AND b.name = 'amount -1e30'
GROUP BY a.h, b.h;

-- The same history merged with itself again and again: 54000 before a count
-- would no longer be exact, and never a wrong number.
DO $$
DECLARE
	h retention_history; n int := 0;
BEGIN
	SELECT history_agg(date '2024-01-01', 1) INTO h;
	LOOP
		h := h || h;
		n := n + 1;
		ASSERT orders(h) = 2::bigint ^ n AND revenue(h) = 2::numeric ^ n, n;
	END LOOP;
EXCEPTION WHEN program_limit_exceeded THEN
	RAISE NOTICE '% after % times: %', SQLSTATE, n, SQLERRM;
END $$;

-- What is read from a history, against SQL over the orders.
CREATE TEMP TABLE histories AS SELECT customer, history_agg(day) AS plain, history_agg(day, amount) AS h
	FROM orders GROUP BY customer;
SELECT count(*) AS days, count(*) FILTER (WHERE (o.n, o.sum) IS DISTINCT FROM (p.orders, p.amount)) AS different
FROM (SELECT customer, day, count(*) FILTER (WHERE amount >= 0) AS n, sum(amount) FROM orders GROUP BY customer, day) o
	FULL JOIN (SELECT customer, p.* FROM histories, purchases(h) p) p USING (customer, day);
SELECT count(*) AS days, count(*) FILTER (WHERE o.n IS DISTINCT FROM p.orders OR p.amount IS NOT NULL) AS different
FROM (SELECT customer, day, count(*) AS n FROM orders GROUP BY customer, day) o
	FULL JOIN (SELECT customer, p.* FROM histories, purchases(plain) p) p USING (customer, day);
SELECT bool_and(day > before) AS ascending FROM (SELECT day, lag(day) OVER (PARTITION BY customer ORDER BY n) AS before
	FROM histories, purchases(h) WITH ORDINALITY p(day, orders, amount, n)) x;
SELECT count(*), count(*) FILTER (WHERE (orders(h), revenue(h), order_days(h), first_order(h), last_order(h), mean_gap_days(h),
		days_to_repeat(h)) IS DISTINCT FROM (o.orders, o.revenue, o.order_days, o.first_order, o.last_order,
		(o.last_order - o.first_order)::float8 / nullif(o.order_days - 1, 0), o.days[2] - o.days[1])) AS different
FROM histories JOIN (SELECT customer, count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue,
		(count(DISTINCT day) FILTER (WHERE amount >= 0))::int AS order_days, min(day) FILTER (WHERE amount >= 0) AS first_order,
		max(day) FILTER (WHERE amount >= 0) AS last_order, array_agg(day ORDER BY day) FILTER (WHERE amount >= 0) AS days
	FROM orders GROUP BY customer) o USING (customer);
SELECT count(*), count(*) FILTER (WHERE (orders(h, a, b), revenue(h, a, b), last_order(h, b)) IS DISTINCT FROM
	(o.orders, o.revenue, o.last_order)) AS different
FROM histories, unnest('{NULL,-infinity,2022-12-31,2023-03-01,2023-07-15,2024-05-01,2024-06-01,infinity}'::date[]) a,
	unnest('{NULL,-infinity,2022-12-31,2023-03-02,2023-07-15,2024-05-01,2024-06-01,infinity}'::date[]) b,
	LATERAL (SELECT count(*) FILTER (WHERE amount >= 0 AND in_range) AS orders, coalesce(sum(amount) FILTER (WHERE in_range), 0) AS revenue,
			max(day) FILTER (WHERE amount >= 0 AND before_b) AS last_order
		FROM (SELECT *, coalesce(day < b, true) AS before_b, coalesce(day >= a, true) AND coalesce(day < b, true) AS in_range
			FROM orders WHERE customer = histories.customer) o) o;
-- from is inclusive, before is exclusive; without amounts there is no revenue; a range of nothing has the scale of the rest
SELECT orders(h, '2024-01-31', '2024-02-01') AS on_the_day, orders(h, '2024-01-30', '2024-01-31') AS before,
	orders(h, '2024-02-01', NULL) AS after, orders(h, '2024-02-01', '2024-01-01') AS backwards,
	last_order(h, '2024-01-31'), last_order(h, '2024-02-01'), revenue(h), revenue(h, NULL, NULL) AS range
FROM h WHERE name = 'one order';
SELECT revenue(h, '2025-01-01', NULL) AS narrow FROM h WHERE name = 'amount 12.34';
SELECT revenue(h, '2025-01-01', NULL) = 0 AS wide, scale(revenue(h, '2025-01-01', NULL)) FROM h WHERE name = 'amount 1e-30';
SELECT name, orders(h), order_days(h), first_order(h), last_order(h), mean_gap_days(h), days_to_repeat(h),
	(SELECT count(*) FROM purchases(h)) AS rows
FROM h WHERE name IN ('one order', '2 on one day', 'amount -12.34', 'far apart', 'turn of the era') ORDER BY name COLLATE "C";
SELECT orders(n, NULL, NULL), revenue(n, NULL, NULL), last_order(n, NULL), orders(n), order_days(n), mean_gap_days(n),
	(SELECT count(*) FROM purchases(n)) AS rows FROM (VALUES (NULL::retention_history)) v(n);
-- a refund before the first order, and one on its day: two orders are 14 days apart
SELECT days_to_repeat(h), order_days(h), mean_gap_days(h), orders(h), revenue(h), p.*
FROM (SELECT history_agg(day, amount) AS h FROM (VALUES (date '2024-01-01', -5.00), ('2024-01-03', 20), ('2024-01-03', -20),
	('2024-01-10', -0.01), ('2024-01-17', 7), ('2024-02-01', -1)) v(day, amount)) x, purchases(h) p;

-- Sizes: 5 order days in three years take at most 48 bytes, 80 with amounts.
CREATE TEMP TABLE sized AS
SELECT history_agg(day) AS plain, history_agg(day, amount) AS priced
FROM (VALUES (date '2022-01-03', 19.99), ('2022-06-30', 1299.00), ('2023-07-01', 5.25), ('2024-02-29', 0.00), ('2024-12-31', 75.50)) v(day, amount);
SELECT pg_column_size(plain) <= 48 AS plain, pg_column_size(priced) <= 80 AS priced FROM sized;

-- Malformed text, 22P02.
CREATE FUNCTION pg_temp.outcome(value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text; h retention_history;
BEGIN
	h := value;
	RETURN CASE WHEN h::text = value THEN 'accepted' ELSE 'accepted, written differently' END;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || ' ' || detail;
END $$;
CREATE FUNCTION pg_temp.text_of(bytes bytea) RETURNS text LANGUAGE sql AS $$ SELECT translate(encode(bytes, 'base64'),
	E'\n', '') $$;
CREATE FUNCTION pg_temp.varint(n numeric) RETURNS bytea LANGUAGE sql AS $$
SELECT CASE WHEN n < 128 THEN set_byte('\x00', 0, n::int) ELSE set_byte('\x00', 0, (128 + n % 128)::int) || pg_temp.varint(div(n, 128)) END $$;
-- without amounts, of one day with so many orders; the day, zigzag, stands above the two bits of 0 to 2 orders, 3 for more
CREATE FUNCTION pg_temp.one_day(day int, orders int, rest bytea DEFAULT '') RETURNS bytea LANGUAGE sql AS $$
SELECT '\x010001'::bytea || pg_temp.varint((CASE WHEN day < 0 THEN -2 * day::numeric - 1 ELSE 2 * day::numeric END) * 4 + orders) || rest $$;
CREATE FUNCTION pg_temp.one_amount(scale numeric, orders int, amount bytea) RETURNS bytea LANGUAGE sql AS $$
SELECT '\x0101'::bytea || pg_temp.varint(scale) || substr(pg_temp.one_day(0, orders), 3) || amount $$;
CREATE FUNCTION pg_temp.wide(amount text) RETURNS bytea LANGUAGE sql AS $$
SELECT pg_temp.varint(2::numeric ^ 63) || pg_temp.varint(length(amount)) || amount::bytea $$;
SELECT label, pg_temp.outcome(pg_temp.text_of(b)) FROM (VALUES
	('one order', pg_temp.one_day(0, 1)), ('empty', ''), ('first byte only', '\x01'), ('no number of days', '\x0100'),
	('truncated', substr(pg_temp.one_day(8796, 1), 1, 5)), ('trailing byte', pg_temp.one_day(0, 1, '\x00')),
	('version 0', set_byte(pg_temp.one_day(0, 1), 0, 0)), ('version 2', set_byte(pg_temp.one_day(0, 1), 0, 2)),
	('unknown flag', set_byte(pg_temp.one_day(0, 1), 1, 2)),
	('no day', '\x010000'), ('more days than bytes', set_byte(pg_temp.one_day(0, 1), 2, 2)),
	('2^64 - 1 days', '\x0100'::bytea || pg_temp.varint(2::numeric ^ 64 - 1) || '\x01'), ('varint longer than needed', '\x0100018100'),
	('varint of 11 bytes', '\x0100018080808080808080808001'), ('no order and no amounts', pg_temp.one_day(0, 0)),
	('3 orders', pg_temp.one_day(0, 3, '\x00')), ('number of orders missing', pg_temp.one_day(0, 3)),
	('2^53 orders', pg_temp.one_day(0, 3, pg_temp.varint(2::numeric ^ 53 - 3))), ('2^53 + 1 orders', pg_temp.one_day(0, 3, pg_temp.varint(2::numeric ^ 53 - 2))),
	('2^64 orders', pg_temp.one_day(0, 3, pg_temp.varint(2::numeric ^ 64 - 3))),
	('2^53 orders, and one', set_byte(pg_temp.one_day(0, 3, pg_temp.varint(2::numeric ^ 53 - 3) || '\x01'), 2, 2)),
	('first day', pg_temp.one_day(-2451545, 1)), ('day before it', pg_temp.one_day(-2451546, 1)),
	('last day', pg_temp.one_day(date '5874897-12-31' - '2000-01-01', 1)), ('day after it', pg_temp.one_day(date '5874897-12-31' - '2000-01-01' + 1, 1)),
	('infinity', pg_temp.one_day(2147483647, 1)),
	('last day, and the next', set_byte(pg_temp.one_day(date '5874897-12-31' - '2000-01-01', 1, '\x01'), 2, 2)),
	('2^32 days on', set_byte(pg_temp.one_day(0, 1, pg_temp.varint(2::numeric ^ 34 - 3)), 2, 2)),
	('2^62 - 1 days on', set_byte(pg_temp.one_day(0, 1, pg_temp.varint(2::numeric ^ 64 - 3)), 2, 2)),
	('amount', pg_temp.one_amount(2, 1, '\xa413')), ('amount missing', pg_temp.one_amount(2, 1, '')), ('scale 16383', pg_temp.one_amount(16383, 1, '\x00')),
	('scale 16384', pg_temp.one_amount(16384, 1, '\x00')), ('refund', pg_temp.one_amount(2, 0, '\xa313')), ('no order, and 0', pg_temp.one_amount(2, 0, '\x00')),
	('no order, and a positive amount', pg_temp.one_amount(2, 0, '\xa413')), ('scale 19 and not 0', pg_temp.one_amount(19, 1, '\x02')),
	('wide amount', pg_temp.one_amount(1, 1, pg_temp.wide('12345678901234567890.5'))), ('wide refund', pg_temp.one_amount(0, 0, pg_temp.wide('-12345678901234567890'))),
	('no order, and a wide amount', pg_temp.one_amount(0, 0, pg_temp.wide('12345678901234567890'))),
	('narrow amount as text', pg_temp.one_amount(2, 1, pg_temp.wide('12.34'))), ('text of another scale', pg_temp.one_amount(1, 1, pg_temp.wide('12345678901234567890'))),
	('text of no number', pg_temp.one_amount(0, 1, pg_temp.wide('12345678901234e67890'))), ('text of NaN', pg_temp.one_amount(0, 1, pg_temp.wide('NaN'))),
	('text longer than the rest', pg_temp.one_amount(0, 1, pg_temp.varint(2::numeric ^ 63) || '\x7f'))) v(label, b)
ORDER BY label COLLATE "C";
SELECT v, pg_temp.outcome(v) FROM unnest(ARRAY['AQABAQ==', '', '!QABAQ==', 'AQAB==AQ', 'AQABAQ=', 'AQABAQ', 'null', ' AQABAQ==']) v;
SELECT ''::retention_history;
SELECT count(*) > 100 AS truncations,
	count(*) FILTER (WHERE pg_temp.outcome(pg_temp.text_of(substr(b, 1, n))) !~ '^22P02') AS not_refused
FROM (SELECT retention_history_send(h) AS b FROM h WHERE name IN ('customer 1', 'amounts of 1', 'amount -1e30')) x,
	generate_series(0, length(b) - 1) n;

-- Every bit of some histories flipped, every byte replaced by 0x00, 0x7f and
-- 0xff, or doubled, or left out: refused with 22P02, or a value that comes back
-- as the same bytes, and of which all that is read agrees.
CREATE FUNCTION pg_temp.read(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	h retention_history; wrong boolean;
BEGIN
	BEGIN
		h := pg_temp.text_of(bytes);
	EXCEPTION WHEN invalid_text_representation THEN RETURN 'refused';
	END;
	IF retention_history_send(h) <> bytes OR h::text::retention_history <> h THEN RETURN 'does not round-trip'; END IF;
	SELECT (coalesce(sum(p.orders), 0), coalesce(sum(amount), 0 * revenue(h)), count(*) FILTER (WHERE p.orders > 0), min(day) FILTER (WHERE p.orders > 0),
			max(day) FILTER (WHERE p.orders > 0)) IS DISTINCT FROM
			(orders(h), revenue(h), order_days(h)::bigint, first_order(h), last_order(h))
		OR bool_or(p.orders < 0 OR p.orders = 0 AND amount = 0 OR (amount IS NULL) <> (revenue(h) IS NULL))
		OR orders(h) >= 2 AND days_to_repeat(h) NOT BETWEEN 0 AND last_order(h) - first_order(h)
		OR mean_gap_days(h) < 1
	INTO wrong FROM purchases(h) p;
	IF wrong THEN RETURN 'wrong'; END IF;
	BEGIN
		ASSERT h || h = (SELECT history_agg(v) FROM unnest(ARRAY[h, h]) v) AND orders(h || h) = 2 * orders(h);
	EXCEPTION WHEN program_limit_exceeded THEN NULL;
	END;
	RETURN 'accepted';
END $$;
SELECT outcome, count(*) > 20 AS many FROM (
	SELECT pg_temp.read(mutated) AS outcome FROM (SELECT retention_history_send(h) AS b FROM h
		WHERE name IN ('customer 1', 'amounts of 1', 'one order', '130 on one day', 'amount -12.34', 'amount -1e30', 'far apart')) x,
		generate_series(0, length(b) - 1) i, generate_series(1, 13) m,
		LATERAL (SELECT CASE WHEN m <= 8 THEN set_bit(b, i * 8 + m - 1, 1 - get_bit(b, i * 8 + m - 1))
			WHEN m = 9 THEN set_byte(b, i, 0) WHEN m = 10 THEN set_byte(b, i, 127) WHEN m = 11 THEN set_byte(b, i, 255)
			WHEN m = 12 THEN substr(b, 1, i + 1) || substr(b, i + 1) ELSE substr(b, 1, i) || substr(b,
				i + 2) END) l(mutated) WHERE mutated <> b) r
GROUP BY outcome ORDER BY outcome;

-- The same validator behind binary input, 22P03.
CREATE TEMP TABLE received (h retention_history);
CREATE FUNCTION pg_temp.receive(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE received;
	EXECUTE format('COPY received FROM PROGRAM %L (FORMAT binary)', 'echo ' ||
		pg_temp.text_of('\x5047434f50590aff0d0a00'::bytea || '\x00000000000000000001' || int4send(length(bytes)) || bytes || '\xffff') || ' | base64 -d');
	RETURN (SELECT CASE WHEN retention_history_send(h) = bytes THEN 'accepted' ELSE 'does not round-trip' END
		FROM received);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT label, pg_temp.receive(bytes) FROM (VALUES ('as it was', pg_temp.one_day(0, 1)), ('empty', ''),
	('first byte only', '\x01'), ('truncated', substr(pg_temp.one_day(8796, 1), 1, 5)), ('trailing byte', pg_temp.one_day(0, 1, '\x00')),
	('version 0', set_byte(pg_temp.one_day(0, 1), 0, 0)), ('zeros', '\x0000000000000000')) v(label, bytes) ORDER BY label COLLATE "C";
SELECT count(*) FILTER (WHERE received !~ '^(accepted|22P03)'
	OR (received ~ 'accepted') <> (pg_temp.outcome(pg_temp.text_of(mutated)) ~ 'accepted')) AS different
FROM (SELECT retention_history_send(h) AS b FROM h WHERE name = 'amount -12.34') x, generate_series(0, length(b) - 1) i,
	generate_series(0, 7, 3) m,
	LATERAL (SELECT set_bit(b, i * 8 + m, 1 - get_bit(b, i * 8 + m))) l(mutated), pg_temp.receive(mutated) received;

-- A value too large for its page is stored out of line and compressed like any
-- other: 40,000 days. By the compression that was the default until PostgreSQL 19, for which these are still large.
SET default_toast_compression = pglz;
CREATE TEMP TABLE stored AS
SELECT history_agg(date '1900-01-01' + i, (i % 1009 / 4.0)::numeric(8,2)) AS h, history_agg(date '1900-01-01' + i) AS plain FROM generate_series(1, 40000) i;
INSERT INTO stored SELECT h || h, plain || plain FROM stored;
SELECT orders(h), revenue(h), order_days(h), mean_gap_days(h), orders(plain, '2000-01-01', '2001-01-01') AS year_2000,
	pg_column_size(h) > 8000 AS large, pg_column_size(plain) < 8000 AS compressed, (SELECT sum(p.orders) FROM purchases(h) p) = orders(h) AS all_there,
	h::text::retention_history = h AS same FROM stored ORDER BY 1;
SELECT history_agg(h) = (SELECT h || h || h FROM stored WHERE orders(h) = 40000) AS merged, history_agg(plain) = history_agg(plain ORDER BY orders(plain) DESC) AS any_order
FROM stored;

DROP TABLE orders, h, copied, dumped, parts, histories, sized, received, stored;

-- Days between any two orders, order days of a range, what models of repeat buying take.
CREATE TEMP TABLE buyer AS SELECT history_agg(day, amount) AS h FROM (VALUES (date '2024-01-01', 5.0), ('2024-01-01', 5), ('2024-01-11', 20),
	('2024-01-12', -3), ('2024-02-10', 10.5), ('2024-03-01', -1)) o(day, amount);
SELECT n, days_between_orders(h, n) FROM buyer, generate_series(1, 5) n;
SELECT days_between_orders(h, 1) = days_to_repeat(h) AS same FROM buyer;
SELECT days_between_orders(h, 0) FROM buyer;
SELECT order_days(h), order_days(h, NULL, NULL) AS open, order_days(h, '2024-01-02', NULL) AS later, order_days(h, NULL, '2024-01-11') AS before,
	order_days(h, '2024-01-11', '2024-02-11') AS within, order_days(h, '2024-02-11', '2024-01-11') AS backward,
	order_days(h, '-infinity', 'infinity') AS all, order_days(NULL, '2024-01-01', NULL) AS none FROM buyer;
SELECT as_of, r.* FROM buyer, unnest('{2024-01-01,2024-01-02,2024-01-12,2024-01-13,2024-02-10,2024-02-11,2025-01-01}'::date[]) as_of,
	history_rfm(h, as_of) r;
SELECT r.* FROM history_rfm((SELECT history_agg(d) FROM unnest('{2024-01-01,2024-01-03}'::date[]) d), '2024-02-01') r;
SELECT r.* FROM history_rfm((SELECT history_agg(date '2024-01-01', -1)), '2024-02-01') r;
SELECT history_rfm(h, NULL) IS NULL, history_rfm(NULL, '2024-01-01') IS NULL FROM buyer;
SELECT history_rfm(h, 'infinity') FROM buyer;
DROP TABLE buyer;
