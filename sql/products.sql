-- bought_together, product_retention and replenishment: what products say about orders to come.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA products;
SET search_path = products, public;

CREATE TABLE few (customer text, day date, id int, product text, amount numeric, returned boolean);
INSERT INTO few VALUES
	('ann', '2024-01-01', 1, 'bread', 2, false), ('ann', '2024-01-01', 1, 'butter', 3, false), ('ann', '2024-01-01', 1, 'bread', 2, false),
	('ann', '2024-01-11', 2, 'bread', 2, false), ('ann', '2024-01-11', 2, 'butter', 3, false), ('ann', '2024-01-25', 3, 'bread', 2, false),
	('ann', '2024-02-04', 4, 'tea', 5, false),
	('bob', '2024-01-02', 5, 'bread', 2, false), ('bob', '2024-01-02', 5, 'butter', 3, false), ('bob', '2024-01-02', 5, 'tea', 5, false),
	('bob', '2024-02-02', 1, 'tea', 5, false),			-- the id of somebody else's order
	('cay', '2024-01-03', 6, 'tea', 5, false), ('cay', '2024-01-03', NULL, 'bread', 2, false), ('cay', '2024-01-03', NULL, 'butter', 3, false),
	('dan', '2024-01-04', 7, 'bread', -2, true), ('dan', '2024-01-04', 7, 'tea', -5, true),		-- only returned
	('eve', '2024-01-05', 8, NULL, 1, false), (NULL, '2024-01-05', 9, 'bread', 2, false), ('fay', NULL, 10, 'bread', 2, false);
\pset null -
SELECT product, other, together, orders_product AS a, orders_other AS b, orders_all AS n, support::numeric(8,6), confidence::numeric(8,6),
	lift::numeric(8,6), conviction::numeric(8,4), g2::numeric(10,6), p_value::numeric(10,8), p_adjusted::numeric(10,8)
FROM bought_together('few', 'id', 'product', 'customer', 'day', min_orders => 1, amount => 'amount');
-- by a column that tells refunds, without times (fay counts), without customers (an id is one order)
SELECT product, other, together, orders_product AS a, orders_other AS b, orders_all AS n FROM bought_together('few', 'id', 'product', 'customer', min_orders => 1, refund => 'returned');
SELECT product, other, together, orders_product AS a, orders_other AS b, orders_all AS n FROM bought_together('few', 'id', 'product', min_orders => 1, refund => 'returned');
-- days of customers
SELECT product, other, together, orders_product AS a, orders_other AS b, orders_all AS n FROM bought_together('few', NULL, 'product', 'customer', 'day', min_orders => 1, amount => 'amount');
-- before a day, of some rows, fewer rows, none
SELECT product, other, together, orders_all AS n FROM bought_together('few', 'id', 'product', 'customer', 'day', min_orders => 1, amount => 'amount', as_of => '2024-01-11');
SELECT product, other, together, orders_all AS n FROM bought_together('few', 'id', 'product', min_orders => 1, amount => 'amount', filter => 'customer = ''bob''');
SELECT product, other, together FROM bought_together('few', 'id', 'product', 'customer', min_orders => 1, per_product => 1, amount => 'amount');
SELECT product, other, together FROM bought_together('few', 'id', 'product', 'customer', min_orders => 3, amount => 'amount');
SELECT count(*) FROM bought_together('few', 'id', 'product');
SELECT count(*) FROM bought_together('few', 'id', 'product', min_orders => 1, filter => 'false');
-- of ten orders: the evidence for 5 is as strong by 3 (2 of its 3) as by 2 (3 of its 7), which are more
CREATE VIEW even AS SELECT g AS id, p AS product FROM (VALUES (1, '{2,3,5}'::int[]), (2, '{2,3,5}'), (3, '{2,5}'), (4, '{2,3}'), (5, '{2}'), (6, '{2}'), (7, '{2}'), (8, '{1}'), (9, '{1}'), (10, '{1}')) o (g, ps), unnest(ps) p;
SELECT product, other, together, orders_other AS b, orders_all AS n, g2::numeric(10,6) FROM bought_together('even', 'id', 'product', min_orders => 1) WHERE product = '5';
-- always together
CREATE VIEW twins AS SELECT g AS id, p AS product FROM generate_series(1, 5) g, unnest('{a,b}'::text[]) p UNION ALL SELECT 6, 'c';
SELECT product, other, lift, conviction, p_value < 0.02 AS evident FROM bought_together('twins', 'id', 'product');
-- wholesale
SET client_min_messages = notice;
SELECT product, other, together, orders_all AS n FROM bought_together('few', 'id', 'product', 'customer', min_orders => 1, max_basket => 2, amount => 'amount');
SET client_min_messages = warning;

SELECT product, customers, watched, repeat_customers AS repeats, repeat_rate::numeric(6,4) AS rate, ci_low::numeric(6,4), ci_high::numeric(6,4),
	same_product_customers AS same, same_product_rate::numeric(6,4) AS same_rate, median_days AS median, revenue_per_customer::numeric(10,4) AS revenue
FROM product_retention('few', 'customer', 'day', 'product', '30 days', 'id', amount => 'amount');
SELECT product, customers, watched, repeat_customers AS repeats, same_product_customers AS same, median_days AS median, revenue_per_customer::numeric(10,4) AS revenue
FROM product_retention('few', 'customer', 'day', 'product', '10 days', 'id', amount => 'amount', refund => 'returned');
-- the day after `within` days is not one of them, and is
SELECT product, repeat_customers AS repeats, median_days AS median FROM product_retention('few', 'customer', 'day', 'product', '11 days', amount => 'amount');
SELECT product, customers, watched, repeat_customers AS repeats, same_product_customers AS same, revenue_per_customer AS revenue
FROM product_retention('few', 'customer', 'day', 'product', '30 days', 'id', first_only => true, refund => 'returned');
SELECT product, customers, watched, repeat_rate, ci_low, median_days, revenue_per_customer
FROM product_retention('few', 'customer', 'day', 'product', amount => 'amount', as_of => '2024-01-04');

SELECT * FROM replenishment('few', 'customer', 'day', 'product', amount => 'amount');
SELECT * FROM replenishment('few', 'customer', 'day', 'product', refund => 'returned', as_of => '2024-03-01');

-- Errors.
SELECT * FROM bought_together('few', NULL, 'product', 'customer');
SELECT * FROM bought_together('few', NULL, 'product');
SELECT * FROM bought_together('few', 'id', NULL);
SELECT * FROM bought_together(NULL, 'id', 'product');
SELECT * FROM bought_together('few', 'id', 'nothing');
SELECT * FROM bought_together('few', 'nothing', 'product');
SELECT * FROM bought_together('few', 'id', 'product', as_of => '2024-01-01');
SELECT * FROM bought_together('few', 'id', 'product', timezone => 'UTC');
SELECT * FROM bought_together('few', 'id', 'product', 'customer', 'product');
SELECT * FROM bought_together('few', 'id', 'product', min_orders => 0);
SELECT * FROM bought_together('few', 'id', 'product', per_product => NULL);
SELECT * FROM bought_together('few', 'id', 'product', max_basket => -1);
SELECT * FROM bought_together('few', 'id', 'product', amount => 'product');
SELECT * FROM bought_together('few', 'id', 'product', filter => 'id = 1; DROP TABLE few');
SELECT * FROM product_retention('few', 'customer', NULL, 'product');
SELECT * FROM product_retention('few', NULL, 'day', 'product');
SELECT * FROM product_retention('few', 'customer', 'day', NULL);
SELECT * FROM product_retention('few', 'customer', 'day', 'product', '1 month');
SELECT * FROM product_retention('few', 'customer', 'day', 'product', '-1 days');
SELECT * FROM product_retention('few', 'customer', 'day', 'product', NULL);
SELECT * FROM product_retention('few', 'customer', 'day', 'product', first_only => NULL);
CREATE VIEW odd AS SELECT 1 AS id, 1 AS customer, timestamptz 'infinity' AS at, point '(0,0)' AS place, 'x' AS product, 1e40::numeric AS amount;
SELECT * FROM bought_together('odd', 'id', 'place');
SELECT * FROM bought_together('odd', 'place', 'product');
SELECT * FROM bought_together('odd', 'id', 'product', 'customer', 'at');
SELECT * FROM product_retention('odd', 'customer', 'at', 'product');
SELECT * FROM product_retention('odd', 'customer', 'at', 'product', timezone => 'Nowhere/Atall');
CREATE VIEW rich AS SELECT 1 AS id, 1 AS customer, date '2024-01-01' + g AS at, 'x' AS product, 1e40::numeric AS amount FROM generate_series(0, 1) g;
SELECT * FROM product_retention('rich', 'customer', 'at', 'product', '1 day', amount => 'amount');
SELECT count(*) FROM bought_together('rich', 'id', 'product', amount => 'amount');

-- Values that are the same count as one and look like the first of them; their order is that of the type.
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE kinds (id int, n numeric, t text COLLATE nocase, u uuid, c char(5), b boolean, i interval, r int4range, a int[], s "char", x xid);
INSERT INTO kinds SELECT g, (CASE WHEN g % 2 = 0 THEN '10.0' ELSE '10.00' END)::numeric, CASE WHEN g % 2 = 0 THEN 'Tea' ELSE 'TEA' END,
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'ab', true, CASE WHEN g % 2 = 0 THEN interval '1 day' ELSE interval '24 hours' END, '[1,5)', '{1,2}', 'k', '7'
FROM generate_series(1, 6) g;
INSERT INTO kinds SELECT g, 9, 'bread', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'b', false, interval '2 hours', '[0,2)', '{1}', 'j', '6' FROM generate_series(1, 6) g;
SELECT k, t.product, t.other, t.together, t.orders_all FROM unnest('{n,t,u,c,b,i,r,a,s,x}'::name[]) WITH ORDINALITY k(k, o),
	LATERAL bought_together('kinds', 'id', k) t ORDER BY o, t.product COLLATE "C";
SELECT t.product, t.other FROM bought_together('kinds', 'id', 'n') t;
-- of customers and order ids as well
CREATE VIEW kind_days AS SELECT t AS who, date '2024-01-01' + 3 * id AS day, n AS what, c AS id FROM kinds;
SELECT * FROM replenishment('kind_days', 'who', 'day', 'what');
SELECT product, other, together FROM bought_together('kind_days', 'id', 'what', 'who', min_orders => 1);
-- of a type without order by their texts, byte by byte
CREATE VIEW unordered AS SELECT c::text::xid AS who, date '2024-01-01' + d AS day, p::text::xid AS what FROM generate_series(8, 11) c, generate_series(1, 3) d, unnest('{9,10,100}'::int[]) p;
SELECT customer, product FROM replenishment('unordered', 'who', 'day', 'what') WHERE customer IN ('8', '10');
-- and of one text by their hash, in whatever order they come: here all values look alike
CREATE TYPE blind;
CREATE FUNCTION blind_in(cstring) RETURNS blind IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
CREATE FUNCTION blind_out(blind) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'boolout';
CREATE TYPE blind (INPUT = blind_in, OUTPUT = blind_out, LIKE = int4);
CREATE CAST (int4 AS blind) WITHOUT FUNCTION;
CREATE FUNCTION blind_eq(blind, blind) RETURNS boolean IMMUTABLE STRICT LANGUAGE internal AS 'int4eq';
CREATE FUNCTION blind_hash(blind) RETURNS int IMMUTABLE STRICT LANGUAGE internal AS 'hashint4';
CREATE FUNCTION blind_hash(blind, bigint) RETURNS bigint IMMUTABLE STRICT LANGUAGE internal AS 'hashint4extended';
CREATE OPERATOR = (FUNCTION = blind_eq, LEFTARG = blind, RIGHTARG = blind, HASHES);
CREATE OPERATOR CLASS blind_ops DEFAULT FOR TYPE blind USING hash AS OPERATOR 1 =, FUNCTION 1 blind_hash(blind), FUNCTION 2 blind_hash(blind, bigint);
CREATE TABLE alike AS SELECT n, n::blind AS what, 'c' || k AS who, date '2024-01-01' + d AS day FROM generate_series(1, 60) n, generate_series(1, 2) k, generate_series(1, n % 30 + 3) d;
CREATE VIEW alike_down AS SELECT * FROM alike ORDER BY n DESC, day DESC;
SELECT column_name, cardinality(up) AS rows, texts, up = down AS same FROM
	(SELECT 'product' AS column_name, array_agg(times ORDER BY n) AS up, array_agg(DISTINCT product) AS texts FROM replenishment('alike', 'who', 'day', 'what') WITH ORDINALITY r (c, product, times, l, u, d, g, n)) u,
	(SELECT array_agg(times ORDER BY n) AS down FROM replenishment('alike_down', 'who', 'day', 'what') WITH ORDINALITY r (c, p, times, l, u, d, g, n)) d
UNION ALL SELECT column_name, cardinality(up), texts, up = down FROM
	(SELECT 'customer' AS column_name, array_agg(times ORDER BY n) AS up, array_agg(DISTINCT customer) AS texts FROM replenishment('alike', 'what', 'day', 'who') WITH ORDINALITY r (customer, p, times, l, u, d, g, n)) u,
	(SELECT array_agg(times ORDER BY n) AS down FROM replenishment('alike_down', 'what', 'day', 'who') WITH ORDINALITY r (c, p, times, l, u, d, g, n)) d;
SELECT count(*), array_agg(DISTINCT customer) AS texts FROM customer_status('alike', 'what', 'day');
-- seventy thousand spellings of one product, each before the last: the first is shown, and none of the others takes memory
CREATE TABLE spelled AS SELECT g AS id, (translate(g::bit(17)::text, '01', 'Aa') || repeat('x', 1000))::text COLLATE nocase AS product FROM generate_series(131071, 61072, -1) g
UNION ALL SELECT 131071, 'other';
SELECT left(product, 18) AS product, left(other, 18) AS other, together, orders_other FROM bought_together('spelled', 'id', 'product', min_orders => 1);

-- Names are quoted, whatever they are.
CREATE SCHEMA "a; DROP SCHEMA";
CREATE TABLE "a; DROP SCHEMA"."or'ders" ("cust""omer" int, "select" timestamptz, "o; --" int, "prod uct" text, "$1" money, "re.fund" boolean);
INSERT INTO "a; DROP SCHEMA"."or'ders" SELECT g % 4, timestamptz '2024-01-01 22:00' + g * interval '1 day', g / 2, 'p' || g % 3, 2::money, g % 7 = 0 FROM generate_series(1, 60) g;
SELECT * FROM product_retention('"a; DROP SCHEMA"."or''ders"', 'cust"omer', 'select', 'prod uct', '20 days', 'o; --', false, '$1', 're.fund', '"prod uct" <> ''p2''', 'Asia/Tokyo', '2024-03-01');
SELECT product, other, together FROM bought_together('"a; DROP SCHEMA"."or''ders"', 'o; --', 'prod uct', 'cust"omer', 'select', 2, 5, 10, '$1', 're.fund', '"prod uct" <> ''p2''', 'Asia/Tokyo', '2024-03-01');

-- The caller's rights.
CREATE ROLE regress_retention_shopper;
CREATE VIEW open_lines AS SELECT id, product FROM few;
GRANT USAGE ON SCHEMA products TO regress_retention_shopper;
GRANT SELECT ON open_lines TO regress_retention_shopper;
GRANT SELECT (id) ON few TO regress_retention_shopper;
SET ROLE regress_retention_shopper;
SELECT count(*) FROM bought_together('open_lines', 'id', 'product', min_orders => 1);
SELECT count(*) FROM bought_together('few', 'id', 'product', min_orders => 1);
RESET ROLE;
GRANT SELECT ON few TO regress_retention_shopper;
ALTER TABLE few ENABLE ROW LEVEL SECURITY;
CREATE POLICY bobs ON few TO regress_retention_shopper USING (customer = 'bob');
SET ROLE regress_retention_shopper;
SELECT DISTINCT orders_all FROM bought_together('few', 'id', 'product', min_orders => 1);
RESET ROLE;
SELECT DISTINCT orders_all FROM bought_together('few', 'id', 'product', min_orders => 1);
DROP OWNED BY regress_retention_shopper;
DROP ROLE regress_retention_shopper;

-- Random lines against plain SQL; the same whatever the order of rows, the plan and the memory.
CREATE TABLE many AS
SELECT 'c' || abs(hashint8(g)) % 400 AS customer, timestamptz '2023-01-01' + abs(hashint8(g + 1000000)) % 400000 * interval '1 minute' AS at,
	CASE WHEN g % 50 > 0 THEN g / 4 END AS id, 'p' || (abs(hashint8(g + 2000000)) % 60) * (abs(hashint8(g + 3000000)) % 60) / 40 AS product,
	(abs(hashint8(g + 4000000)) % 1000)::numeric / (CASE WHEN g % 3 = 0 THEN 100 ELSE 10 END) AS amount, g % 11 = 0 AS returned
FROM generate_series(1, 12000) g;
UPDATE many m SET customer = f.customer FROM (SELECT id, min(customer) AS customer FROM many GROUP BY id) f WHERE f.id = m.id AND m.id % 3 > 0;
CREATE VIEW line AS
SELECT *, coalesce(customer || '/' || id::text, 'row ' || row_number() OVER ()) AS basket, (at AT TIME ZONE 'Asia/Kolkata')::date AS line_day
FROM many WHERE NOT returned AND customer IS NOT NULL AND product IS NOT NULL;
CREATE TABLE basket AS
SELECT basket, customer, min(line_day) AS day, min(at) AS at, array_agg(DISTINCT product) AS products, sum(amount) AS amount FROM line GROUP BY basket, customer;
CREATE TABLE item AS SELECT basket, customer, day, at, unnest(products) AS product FROM basket;
CREATE INDEX ON basket (customer, day);
CREATE INDEX ON item (customer, product, day);
ANALYZE basket, item;

CREATE FUNCTION g2(k11 float8, a float8, b float8, n float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
	SELECT sign(k11 * (n - a - b + k11) - (a - k11) * (b - k11)) * 2 * sum(CASE WHEN k > 0 THEN k * ln(k / e) ELSE 0 END)
	FROM (VALUES (k11, a * b / n), (a - k11, a * (n - b) / n), (b - k11, (n - a) * b / n), (n - a - b + k11, (n - a) * (n - b) / n)) t(k, e) $$;
-- the upper tail of the normal distribution, by its continued fraction and series
CREATE FUNCTION tail(z float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE f float8 := 0; term float8 := abs(z); total float8 := abs(z);
BEGIN
	IF abs(z) > 37 THEN
		f := 0;
	ELSIF abs(z) > 3 THEN
		FOR i IN REVERSE 200..1 LOOP f := i / (abs(z) + f); END LOOP;
		f := exp(-z * z / 2) / sqrt(2 * pi()) / (abs(z) + f);
	ELSE
		FOR i IN 1..100 LOOP EXIT WHEN term < 1e-100; term := term * z * z / (2 * i + 1); total := total + term; END LOOP;
		f := 0.5 - exp(-z * z / 2) / sqrt(2 * pi()) * total;
	END IF;
	RETURN CASE WHEN z >= 0 THEN f ELSE 1 - f END;
END $$;
CREATE TABLE expected_together AS
WITH n AS (SELECT count(*) AS orders_all FROM basket),
o AS (SELECT product, count(*) AS orders FROM item GROUP BY product),
pair AS (SELECT a.product, b.product AS other, count(*) AS together FROM item a JOIN item b USING (basket) WHERE a.product <> b.product GROUP BY 1, 2 HAVING count(*) >= 5),
t AS (SELECT pair.product, other, together, a.orders AS orders_product, b.orders AS orders_other, orders_all, g2(together, a.orders, b.orders, orders_all) AS g2
	FROM pair JOIN o a ON a.product = pair.product JOIN o b ON b.product = other, n),
p AS (SELECT *, tail(sign(g2) * sqrt(abs(g2))) AS p_value, row_number() OVER (PARTITION BY product ORDER BY round(g2::numeric, 6) DESC, together DESC, other) AS place FROM t),
q AS (SELECT product, other, least(1, min(p_value * (SELECT count(*) * (count(*) - 1) / 2 FROM o WHERE orders >= 5) / k) OVER (ORDER BY p_value DESC)) AS p_adjusted
	FROM (SELECT product, other, p_value, count(*) OVER (ORDER BY p_value) AS k FROM p WHERE product < other) k)
SELECT p.*, p_adjusted FROM p JOIN q ON q.product = least(p.product, p.other) AND q.other = greatest(p.product, p.other);
CREATE FUNCTION differs(a float8, b float8) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT (a IS NULL) <> (b IS NULL) OR abs(a - b) > 1e-8 * greatest(abs(a), abs(b)) + 1e-12 $$;
SELECT count(*) > 500 AS enough, count(*) FILTER (WHERE g2 < 0) > 50 AS both_ways FROM expected_together;
CREATE TABLE together AS SELECT row_number() OVER (PARTITION BY product) AS place, * FROM bought_together('many', 'id', 'product', 'customer', 'at', refund => 'returned', per_product => 100);
SELECT e.product, e.other, e.together, a.together FROM expected_together e FULL JOIN together a USING (product, other)
WHERE (e.together, e.orders_product, e.orders_other, e.orders_all, e.place) IS DISTINCT FROM (a.together, a.orders_product, a.orders_other, a.orders_all, a.place)
	OR differs(e.g2, a.g2) OR differs(e.p_value, a.p_value) OR differs(e.p_adjusted, a.p_adjusted)
	OR differs(a.support, e.together::float8 / e.orders_all) OR differs(a.confidence, e.together::float8 / e.orders_product)
	OR differs(a.lift, e.together::float8 * e.orders_all / e.orders_product / e.orders_other)
	OR differs(a.conviction, (1 - e.orders_other::float8 / e.orders_all) / (1 - e.together::float8 / e.orders_product)) LIMIT 5;
CREATE TABLE best AS SELECT * FROM bought_together('many', 'id', 'product', 'customer', 'at', refund => 'returned', per_product => 3);
SELECT count(*) AS differences FROM (SELECT * FROM best EXCEPT ALL (SELECT (t).* FROM (SELECT b AS t, row_number() OVER (PARTITION BY product) AS k
	FROM bought_together('many', 'id', 'product', 'customer', 'at', refund => 'returned', per_product => 100) b) t WHERE k <= 3)) d;

CREATE TABLE expected_return AS
WITH first_basket AS (SELECT DISTINCT ON (customer) customer, day, products FROM basket ORDER BY customer, day, at, products),
mine AS (SELECT false AS first_only, customer, product, min(day) AS day FROM item GROUP BY customer, product
	UNION ALL SELECT true, customer, unnest(products), day FROM first_basket),
m AS (SELECT *, day + 90 <= (SELECT max(day) + 1 FROM basket) AS watched,
	(SELECT min(d.day) FROM basket d WHERE d.customer = m.customer AND d.day > m.day AND d.day < m.day + 90) AS back,
	EXISTS (SELECT FROM item i WHERE i.customer = m.customer AND i.product = m.product AND i.day > m.day AND i.day < m.day + 90) AS same,
	(SELECT sum(amount) FROM basket b WHERE b.customer = m.customer AND b.day >= m.day AND b.day < m.day + 90) AS spent FROM mine m)
SELECT first_only, product, count(*) AS customers, count(*) FILTER (WHERE watched) AS watched, count(back) FILTER (WHERE watched) AS repeats,
	count(*) FILTER (WHERE watched AND same) AS same, percentile_cont(0.5) WITHIN GROUP (ORDER BY back - day) FILTER (WHERE watched AND back IS NOT NULL) AS median,
	sum(spent) FILTER (WHERE watched) / nullif(count(*) FILTER (WHERE watched), 0) AS revenue
FROM m GROUP BY first_only, product;
CREATE TABLE retained AS
SELECT f AS first_only, r.* FROM unnest('{f,t}'::boolean[]) f, product_retention('many', 'customer', 'at', 'product', '90 days', 'id', f, 'amount', 'returned', timezone => 'Asia/Kolkata') r;
SELECT e.first_only, e.product, e.repeats, a.repeat_customers FROM expected_return e FULL JOIN retained a USING (first_only, product)
	LEFT JOIN LATERAL wilson_interval(e.repeats, e.watched) w ON e.watched > 0
WHERE (e.customers, e.watched, e.repeats, e.same, e.median) IS DISTINCT FROM (a.customers, a.watched, a.repeat_customers, a.same_product_customers, a.median_days)
	OR differs(a.repeat_rate, e.repeats::float8 / nullif(e.watched, 0)) OR differs(a.same_product_rate, e.same::float8 / nullif(e.watched, 0))
	OR differs(a.ci_low, w.ci_low) OR differs(a.ci_high, w.ci_high) OR differs(e.revenue::float8, a.revenue_per_customer::float8) LIMIT 5;

CREATE TABLE expected_again AS
WITH d AS (SELECT DISTINCT customer, product, line_day AS day FROM line),
g AS (SELECT *, day - lag(day) OVER (PARTITION BY customer, product ORDER BY day) AS gap FROM d)
SELECT customer, product, count(*) AS times, max(day) AS last_day, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) FILTER (WHERE gap IS NOT NULL) AS usual_gap_days
FROM g GROUP BY customer, product HAVING count(gap) >= 2;
CREATE TABLE again AS SELECT * FROM replenishment('many', 'customer', 'at', 'product', refund => 'returned', timezone => 'Asia/Kolkata');
SELECT count(*) > 100 AS enough FROM again;
SELECT e.*, a.* FROM expected_again e FULL JOIN again a USING (customer, product)
WHERE (e.times, e.last_day, e.usual_gap_days, e.last_day + ceil(e.usual_gap_days)::int) IS DISTINCT FROM (a.times, a.last_day, a.usual_gap_days, a.due_day)
	OR differs(a.gap_ratio, ((SELECT max(line_day) FROM line) - e.last_day) / e.usual_gap_days) LIMIT 5;

-- in order, as they come
SELECT bool_and(ordered) AS ordered FROM (SELECT (customer, product) > lag((customer, product)) OVER () IS NOT FALSE AS ordered FROM again) o;

-- rows in another order, with little memory, by the executor and by parallel workers
CREATE TABLE shuffled AS SELECT * FROM many ORDER BY hashtext(customer || at || product);
SET work_mem = '64kB';
SELECT count(*) AS differences FROM (
	(SELECT * FROM bought_together('shuffled', 'id', 'product', 'customer', 'at', refund => 'returned', per_product => 3) EXCEPT ALL TABLE best)
	UNION ALL (TABLE best EXCEPT ALL SELECT * FROM bought_together('shuffled', 'id', 'product', 'customer', 'at', refund => 'returned', per_product => 3))) d;
SELECT count(*) AS differences FROM (SELECT f, r.* FROM unnest('{f,t}'::boolean[]) f, product_retention('shuffled', 'customer', 'at', 'product', '90 days', 'id', f, 'amount', 'returned', timezone => 'Asia/Kolkata') r
	EXCEPT ALL TABLE retained) d;
SELECT count(*) AS differences FROM (SELECT * FROM replenishment('shuffled', 'customer', 'at', 'product', refund => 'returned', timezone => 'Asia/Kolkata') EXCEPT ALL TABLE again) d;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET retention.enable_scan = off;
SELECT count(*) AS differences FROM (SELECT * FROM bought_together('shuffled', 'id', 'product', 'customer', 'at', refund => 'returned', per_product => 3) EXCEPT ALL TABLE best) d;

-- orders without ids, more than a table of them holds
CREATE VIEW unnamed AS SELECT customer, CASE WHEN id > 2990 THEN id END AS id, product, returned FROM shuffled;
SELECT max(orders_all) = (SELECT count(*) FILTER (WHERE id IS NULL) + count(DISTINCT (customer, id)) FILTER (WHERE id IS NOT NULL) FROM unnamed WHERE NOT returned) AS all_there
FROM bought_together('unnamed', 'id', 'product', 'customer', min_orders => 1, refund => 'returned');
-- Errors in the middle of reading leave nothing behind.
CREATE FUNCTION fails(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF i = 2900 THEN RAISE 'no more'; END IF; RETURN i; END $$;
CREATE VIEW failing AS SELECT customer, at, fails(id) AS id, product FROM many;
SELECT count(*) FROM bought_together('failing', 'id', 'product', 'customer', 'at');
DO $$ BEGIN PERFORM * FROM bought_together('failing', 'id', 'product', 'customer', 'at'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END $$;
SELECT count(*) FROM pg_ls_tmpdir();
RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA products, "a; DROP SCHEMA" CASCADE;
