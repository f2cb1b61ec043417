-- The six functions over order lines in plain SQL, from the definitions (docs/definitions.md, section 18), one step at a
-- time and without a thought for speed. They read products.line, and of what random cases choose products.shop.

CREATE SCHEMA products;

-- One table for all cases, one column a type.
CREATE UNLOGGED TABLE products.line (
	r int, padding text,
	customer_int int, customer_text text COLLATE "C", customer_numeric numeric,
	at_timestamptz timestamptz, at_timestamp timestamp, at_date date,
	product_int int, product_text text, product_numeric numeric, product_array int[],
	order_int int, order_text text,
	amount numeric, sent_back boolean, kept boolean)
	WITH (autovacuum_enabled = false);

-- What a case has chosen: columns (NULL: not given) and arguments.
CREATE UNLOGGED TABLE products.chosen (
	customer name, ordered_at name, product name, order_id name, amount name, refund name, filter text,
	timezone text, as_of date, least int, per_product int, max_basket int, reach interval, first_only boolean,
	per_customer int, decay float8)
	WITH (autovacuum_enabled = false);

-- Upper tail of the normal distribution: its series for small z, the continued fraction for large ones.
CREATE FUNCTION products.upper_tail(z float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	density float8;
	term float8 := z;
	total float8 := z;
	fraction float8 := 0;
BEGIN
	IF z < 0 THEN
		RETURN 1 - products.upper_tail(-z);
	ELSIF z > 38.4 THEN
		RETURN 0;
	END IF;
	density := exp(-z * z / 2) / sqrt(2 * pi());
	IF z < 3 THEN
		FOR k IN 1 .. 100 LOOP
			term := term * z * z / (2 * k + 1);
			total := total + term;
			EXIT WHEN term < 1e-20;
		END LOOP;
		RETURN 0.5 - density * total;
	END IF;
	FOR k IN REVERSE 200 .. 1 LOOP
		fraction := k / (z + fraction);
	END LOOP;
	RETURN density / (z + fraction);
END $$;

-- Dunning's log-likelihood ratio of a table of two rows, k of n and others_k of others_n, with the sign of the difference.
-- In forty digits: what is added up is thousands of times larger than a ratio of next to nothing.
CREATE FUNCTION products.signed_g2(k float8, n float8, others_k float8, others_n float8) RETURNS float8
LANGUAGE sql IMMUTABLE
RETURN (
	SELECT sign(k * others_n - others_k * n) * CASE WHEN k * others_n = others_k * n THEN 0
		ELSE greatest(0, 2 * sum(CASE WHEN seen > 0 THEN seen * ln(seen::numeric(80, 40) * (n + others_n)::numeric / product) ELSE 0 END)) END
	FROM (VALUES (k::numeric, n::numeric * (k + others_k)::numeric),
		((n - k)::numeric, n::numeric * (n + others_n - k - others_k)::numeric),
		(others_k::numeric, others_n::numeric * (k + others_k)::numeric),
		((others_n - others_k)::numeric, others_n::numeric * (n + others_n - k - others_k)::numeric)) AS cell (seen, product));
CREATE FUNCTION products.p_value(g2 float8) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN products.upper_tail(sign(g2) * sqrt(abs(g2)));

-- Lines that count: with what has been named, no refund, kept by the filter, before as_of; their local day, and
-- customers, products and ids as places in the order of their types.
CREATE VIEW products.shop_line AS
WITH named AS (
	SELECT l.r,
		CASE c.customer WHEN 'customer_int' THEN l.customer_int::text WHEN 'customer_text' THEN l.customer_text
			WHEN 'customer_numeric' THEN l.customer_numeric::text END AS customer,
		CASE c.customer WHEN 'customer_int' THEN dense_rank() OVER (ORDER BY l.customer_int)
			WHEN 'customer_text' THEN dense_rank() OVER (ORDER BY l.customer_text)
			WHEN 'customer_numeric' THEN dense_rank() OVER (ORDER BY l.customer_numeric) END AS customer_place,
		CASE c.product WHEN 'product_int' THEN l.product_int::text WHEN 'product_text' THEN l.product_text
			WHEN 'product_numeric' THEN l.product_numeric::text
			WHEN 'product_array' THEN l.product_array::text END AS product,
		CASE c.product WHEN 'product_int' THEN dense_rank() OVER (ORDER BY l.product_int)
			WHEN 'product_text' THEN dense_rank() OVER (ORDER BY l.product_text)
			WHEN 'product_numeric' THEN dense_rank() OVER (ORDER BY l.product_numeric)
			WHEN 'product_array' THEN dense_rank() OVER (ORDER BY l.product_array) END AS product_place,
		CASE c.order_id WHEN 'order_int' THEN l.order_int::text WHEN 'order_text' THEN l.order_text END AS order_id,
		CASE c.order_id WHEN 'order_int' THEN dense_rank() OVER (ORDER BY l.order_int)
			WHEN 'order_text' THEN dense_rank() OVER (ORDER BY l.order_text) END AS order_place,
		CASE c.ordered_at WHEN 'at_timestamptz' THEN extract(epoch FROM l.at_timestamptz)
			WHEN 'at_timestamp' THEN extract(epoch FROM l.at_timestamp)
			WHEN 'at_date' THEN extract(epoch FROM l.at_date) END AS instant,
		CASE c.ordered_at WHEN 'at_timestamptz' THEN (l.at_timestamptz AT TIME ZONE coalesce(c.timezone, current_setting('timezone')))::date
			WHEN 'at_timestamp' THEN l.at_timestamp::date WHEN 'at_date' THEN l.at_date END AS day,
		CASE WHEN c.amount IS NOT NULL THEN coalesce(l.amount, 0) END AS amount,
		CASE WHEN c.refund IS NOT NULL THEN l.sent_back IS TRUE
			WHEN c.amount IS NOT NULL THEN coalesce(l.amount, 0) < 0 ELSE false END AS is_refund,
		c.filter IS NULL OR l.kept IS TRUE AS is_kept,
		c.as_of, c.customer IS NOT NULL AS by_customer, c.ordered_at IS NOT NULL AS by_time, c.order_id IS NOT NULL AS by_id
	FROM products.line l, products.chosen c)
SELECT * FROM named
WHERE product IS NOT NULL AND NOT is_refund AND is_kept
	AND (customer IS NOT NULL OR NOT by_customer) AND (day IS NOT NULL OR NOT by_time)
	AND (as_of IS NULL OR day < as_of);

-- Lines with their baskets: an id, with customers one of each customer; a line without id; without ids a customer's
-- day. A basket's time is that of its earliest line.
CREATE VIEW products.basket_line AS
WITH placed AS (
	SELECT *, CASE WHEN by_id AND order_id IS NULL THEN format('line %s', r)
			WHEN by_id THEN format('order %s of %s', order_place, customer_place)
			ELSE format('%s of %s', day, customer_place) END AS key
	FROM products.shop_line)
SELECT dense_rank() OVER (ORDER BY key) AS basket, customer, customer_place, product, product_place,
	min(instant) OVER (PARTITION BY key) AS instant, min(day) OVER (PARTITION BY key) AS day, order_place, amount, r
FROM placed;

-- A product counts once in a basket.
CREATE VIEW products.basket_product AS
SELECT DISTINCT basket, customer, customer_place, product, product_place, instant, day, order_place
FROM products.basket_line;

-- Where the report ends: the day that is not in it.
CREATE VIEW products.report_end AS
SELECT coalesce((SELECT as_of FROM products.chosen),
	(SELECT max(day) FROM products.basket_line) + 1) AS day;

-- p-values adjusted by Benjamini and Hochberg, of `all` tests of which those not here have p = 1.
CREATE FUNCTION products.adjusted(p float8[], tests float8) RETURNS float8[] LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	result float8[] := array_fill(1::float8, ARRAY[cardinality(p)]);
	least_of float8 := 1;
	place record;
BEGIN
	FOR place IN SELECT value, at, row_number() OVER (ORDER BY value) AS rank FROM unnest(p) WITH ORDINALITY AS u (value, at)
		ORDER BY rank DESC
	LOOP
		least_of := least(least_of, place.value * tests / place.rank);
		result[place.at] := least_of;
	END LOOP;
	RETURN result;
END $$;

CREATE FUNCTION products.bought_together() RETURNS TABLE (product text, product_place bigint, other text, other_place bigint,
	together bigint, orders_product bigint, orders_other bigint, orders_all bigint, support float8, confidence float8,
	lift float8, conviction float8, g2 float8, p_value float8, p_adjusted float8)
LANGUAGE sql STABLE AS $$
	WITH chosen AS (TABLE products.chosen),
	small AS (
		SELECT b.* FROM (SELECT *, count(*) OVER (PARTITION BY basket) AS size FROM products.basket_product) b, chosen
		WHERE b.size <= max_basket),
	whole AS (SELECT count(DISTINCT basket) AS n FROM small),
	single AS (SELECT s.product, s.product_place, count(*) AS n FROM small s GROUP BY 1, 2),
	family AS (SELECT count(*)::float8 AS n FROM single, chosen WHERE single.n >= least),
	pair AS (
		SELECT a.product_place AS a, b.product_place AS b, count(*) AS n
		FROM small a JOIN small b USING (basket), chosen WHERE a.product_place <> b.product_place
		GROUP BY 1, 2 HAVING count(*) >= max(least)),
	tested AS (
		SELECT pair.*, pa.product AS product, pb.product AS other, pa.n AS na, pb.n AS nb, whole.n AS w,
			products.signed_g2(pair.n, pa.n, pb.n - pair.n, whole.n - pa.n) AS g2
		FROM pair JOIN single pa ON pa.product_place = a JOIN single pb ON pb.product_place = b, whole),
	once AS (SELECT a, b, products.p_value(g2) AS p FROM tested WHERE a < b),
	corrected AS (
		SELECT u.a, u.b, u.p AS adjusted
		FROM (SELECT array_agg(a ORDER BY a, b) AS a, array_agg(b ORDER BY a, b) AS b,
				products.adjusted(array_agg(p ORDER BY a, b), (SELECT n * (n - 1) / 2 FROM family)) AS p FROM once) o,
			unnest(o.a, o.b, o.p) AS u (a, b, p)),
	best AS (SELECT *, row_number() OVER (PARTITION BY a ORDER BY tested.g2 DESC, tested.n DESC, b) AS rank FROM tested)
	SELECT t.product, t.a, t.other, t.b, t.n, na, nb, w, t.n::float8 / w, t.n::float8 / na, (t.n::float8 / na) / (nb::float8 / w),
		CASE WHEN t.n = na THEN 'infinity' ELSE (1 - nb::float8 / w) / (1 - t.n::float8 / na) END,
		t.g2, products.p_value(t.g2), adjusted
	FROM best t JOIN corrected c ON c.a = least(t.a, t.b) AND c.b = greatest(t.a, t.b), chosen
	WHERE rank <= per_product
	ORDER BY t.a, rank
$$;

-- Everybody once for each product, at the first day with it.
CREATE VIEW products.first_with AS
SELECT b.customer, b.customer_place, b.product, b.product_place, min(b.day) AS day,
	(min(b.day) + (SELECT reach FROM products.chosen))::date <= (SELECT day FROM products.report_end) AS is_watched
FROM products.basket_product b
GROUP BY 1, 2, 3, 4;

CREATE FUNCTION products.bought_next() RETURNS TABLE (product text, product_place bigint, next text, next_place bigint,
	customers bigint, watched bigint, followed bigint, share float8, base_share float8, lift float8, median_days float8,
	p_value float8, p_adjusted float8)
LANGUAGE sql STABLE AS $$
	WITH chosen AS (TABLE products.chosen),
	single AS (
		SELECT f.product, f.product_place, count(*) AS n, count(*) FILTER (WHERE is_watched) AS watched
		FROM products.first_with f GROUP BY 1, 2),
	family AS (SELECT count(*)::float8 AS n FROM single, chosen WHERE single.n >= least),
	first AS MATERIALIZED (TABLE products.first_with),
	bought AS MATERIALIZED (TABLE products.basket_product),
	-- the first day behind each first one, of each product that was bought then
	came AS (
		SELECT f.product_place AS a, b.product_place AS b, f.customer_place, min(b.day) - f.day AS days
		FROM first f JOIN bought b USING (customer_place), chosen
		WHERE f.is_watched AND b.day > f.day AND b.day < f.day + reach
		GROUP BY 1, 2, 3, f.day),
	follow AS (SELECT a, b, count(*) AS n, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median FROM came GROUP BY 1, 2),
	base AS (SELECT b, sum(n) AS n, (SELECT sum(watched) FROM single) AS watched FROM follow GROUP BY 1),
	tested AS (
		SELECT f.a, f.b, s.product, t.product AS next, s.n AS customers, s.watched, f.n, f.median,
			base.n - f.n AS others_n, base.watched - s.watched AS others_watched,
			products.signed_g2(f.n, s.watched, (base.n - f.n)::float8, (base.watched - s.watched)::float8) AS g2
		FROM follow f JOIN base USING (b) JOIN single s ON s.product_place = a JOIN single t ON t.product_place = f.b, chosen
		WHERE f.a <> f.b AND f.n >= least),
	corrected AS (
		SELECT u.a, u.b, u.p AS adjusted
		FROM (SELECT array_agg(a ORDER BY a, b) AS a, array_agg(b ORDER BY a, b) AS b,
				products.adjusted(array_agg(products.p_value(g2) ORDER BY a, b), (SELECT n * (n - 1) FROM family)) AS p FROM tested) o,
			unnest(o.a, o.b, o.p) AS u (a, b, p)),
	best AS (SELECT *, row_number() OVER (PARTITION BY a ORDER BY g2 DESC, n DESC, b) AS rank FROM tested)
	SELECT t.product, t.a, t.next, t.b, customers, watched, t.n, t.n::float8 / watched, others_n::float8 / nullif(others_watched, 0)::float8,
		(t.n::float8 / watched) / nullif(others_n::float8 / nullif(others_watched, 0)::float8, 0), t.median,
		products.p_value(t.g2), adjusted
	FROM best t JOIN corrected c USING (a, b), chosen
	WHERE rank <= per_product
	ORDER BY t.a, rank
$$;

-- Baskets of each customer in their order: by time, those of one time by their products.
CREATE VIEW products.own_basket AS
SELECT basket, customer, customer_place, has,
	row_number() OVER (PARTITION BY customer_place ORDER BY day, instant, has) AS j,
	count(*) OVER (PARTITION BY customer_place) AS n
FROM (SELECT basket, customer, customer_place, day, instant, array_agg(product_place ORDER BY product_place) AS has
	FROM products.basket_product GROUP BY 1, 2, 3, 4, 5) b;

-- What the rule says of some baskets.
CREATE TYPE products.known AS (customer_place bigint, j bigint, n bigint, has bigint[]);
CREATE TYPE products.wanted AS (customer_place bigint, rank bigint, product_place bigint, score float8, reason text);
-- For the last baskets, would repeats before new products have been best (1), new ones first (2), or what is popular (3)?
CREATE FUNCTION products.best_order(known products.known[], per_customer int, decay float8) RETURNS int
LANGUAGE sql STABLE AS $$
	WITH basket AS MATERIALIZED (SELECT customer_place, j, CASE WHEN n > 1 THEN n - 1 ELSE 1 END AS n, has FROM unnest(known) WHERE j < n OR n = 1),
	item AS MATERIALIZED (SELECT customer_place, j, n, p FROM basket, unnest(has) AS p),
	popular AS MATERIALIZED (SELECT p, count(*) AS orders, count(*)::float8 / (SELECT count(*) FROM basket) AS share FROM item GROUP BY p),
	repeated AS MATERIALIZED (
		SELECT customer_place, p, orders, sum(1 + decay ^ (n - j)::float8 ORDER BY j) / total * share ^ 0.2::float8 AS score
		FROM item JOIN popular USING (p)
		JOIN (SELECT customer_place, sum(1 + decay ^ (n - j)::float8 ORDER BY j) AS total FROM basket GROUP BY 1) t USING (customer_place)
		GROUP BY customer_place, p, orders, total, share),
	candidate AS MATERIALIZED (
		SELECT customer_place, p, true AS is_repeat, orders, score FROM repeated
		UNION ALL
		SELECT customer_place, p, false, orders, share FROM (SELECT DISTINCT customer_place FROM basket) c, popular
		WHERE (customer_place, p) NOT IN (SELECT customer_place, p FROM repeated)),
	named AS MATERIALIZED (
		SELECT method, customer_place, p,
			row_number() OVER (PARTITION BY method, customer_place
				ORDER BY CASE WHEN method < 3 THEN is_repeat = (method = 1) END DESC, CASE WHEN method < 3 THEN score END DESC, orders DESC, p) AS rank
		FROM candidate, (VALUES (1), (2), (3)) m (method)),
	held AS (SELECT customer_place, p FROM unnest(known), unnest(has) AS p WHERE j = n AND n > 1),
	recall AS (
		SELECT m.method, h.customer_place, count(n.p)::float8 / count(*) AS recall
		FROM held h CROSS JOIN (VALUES (1), (2), (3)) m (method)
		LEFT JOIN named n ON n.method = m.method AND n.customer_place = h.customer_place AND n.p = h.p AND rank <= per_customer
		GROUP BY 1, 2)
	SELECT CASE WHEN c > greatest(a, b) + 1e-9 THEN 3 WHEN b > a + 1e-9 THEN 2 ELSE 1 END
	FROM (SELECT avg(recall) FILTER (WHERE method = 1) AS a, avg(recall) FILTER (WHERE method = 2) AS b, avg(recall) FILTER (WHERE method = 3) AS c FROM recall) r
$$;

CREATE FUNCTION products.rule(known products.known[], per_customer int, decay float8) RETURNS SETOF products.wanted
LANGUAGE sql STABLE AS $$
	WITH basket AS MATERIALIZED (SELECT row_number() OVER () AS basket, k.* FROM unnest(known) AS k),
	item AS MATERIALIZED (SELECT basket, customer_place, j, n, p FROM basket, unnest(has) AS p),
	popular AS MATERIALIZED (SELECT p, count(*) AS orders, count(*)::float8 / (SELECT count(*) FROM basket) AS share FROM item GROUP BY p),
	repeated AS MATERIALIZED (
		SELECT customer_place, p, sum(1 + decay ^ (n - j)::float8 ORDER BY j) / total * share ^ 0.2::float8 AS score
		FROM item JOIN popular USING (p)
		JOIN (SELECT customer_place, sum(1 + decay ^ (n - j)::float8 ORDER BY j) AS total FROM basket GROUP BY 1) t USING (customer_place)
		GROUP BY customer_place, p, total, share),
	-- the hundred best partners of each product, as many as are asked for, that are together more often than by chance
	pair AS (
		SELECT a.p AS a, b.p AS b, count(*) AS together FROM item a JOIN item b USING (basket) WHERE a.p <> b.p GROUP BY 1, 2),
	partner AS MATERIALIZED (
		SELECT * FROM (SELECT a, b, (together + 100 * pb.share) / (pa.orders + 100)::float8 AS score,
				row_number() OVER (PARTITION BY a ORDER BY (together + 100 * pb.share) / (pa.orders + 100)::float8 DESC, pb.orders DESC, b) AS place
			FROM pair JOIN popular pa ON pa.p = a JOIN popular pb ON pb.p = b
			WHERE together * (SELECT count(*) FROM basket) > pa.orders * pb.orders) x
		WHERE place <= least(per_customer, 100)),
	together AS (
		SELECT customer_place, b AS p, max(partner.score) AS score FROM item JOIN partner ON a = p
		WHERE j = n AND (customer_place, b) NOT IN (SELECT customer_place, p FROM repeated)
		GROUP BY 1, 2),
	candidate AS (
		SELECT customer_place, p, score, 1 AS kind FROM repeated
		UNION ALL SELECT customer_place, p, score, 2 FROM together
		UNION ALL SELECT customer_place, p, share, 3 FROM (SELECT DISTINCT customer_place FROM basket) c, popular
		WHERE (customer_place, p) NOT IN (SELECT customer_place, p FROM repeated UNION ALL SELECT customer_place, p FROM together)),
	decision AS MATERIALIZED (SELECT products.best_order(known, per_customer, decay) AS best),
	ranked AS (
		SELECT c.*, best, share, row_number() OVER (PARTITION BY customer_place ORDER BY CASE WHEN best < 3 THEN (kind = 1) = (best = 1) END DESC, CASE WHEN best < 3 THEN score END DESC, orders DESC, p) AS rank
		FROM decision, candidate c JOIN popular USING (p))
	SELECT customer_place, rank, p, CASE WHEN best < 3 THEN score ELSE share END,
		CASE WHEN best = 3 AND kind > 1 THEN 'popular' ELSE (ARRAY['repeat', 'together', 'popular'])[kind] END
	FROM ranked WHERE rank <= per_customer
$$;

CREATE FUNCTION products.next_basket() RETURNS TABLE (customer text, rank bigint, product text, score float8, reason text)
LANGUAGE sql STABLE AS $$
	SELECT c.customer, r.rank, p.product, r.score, r.reason
	FROM products.chosen, LATERAL products.rule(ARRAY(SELECT (customer_place, j, n, has)::products.known FROM products.own_basket), per_customer, decay) r
	JOIN (SELECT DISTINCT s.customer, s.customer_place FROM products.shop_line s) c USING (customer_place)
	JOIN (SELECT DISTINCT s.product, s.product_place FROM products.shop_line s) p USING (product_place)
	ORDER BY customer_place, rank
$$;

CREATE FUNCTION products.next_basket_test() RETURNS TABLE (measure text, next_basket float8, own_frequency float8, popular float8)
LANGUAGE sql STABLE AS $$
	WITH chosen AS (TABLE products.chosen),
	known AS MATERIALIZED (SELECT customer_place, j, CASE WHEN n = 1 THEN 1 ELSE n - 1 END AS n, has FROM products.own_basket WHERE j < n OR n = 1),
	had AS MATERIALIZED (SELECT customer_place, p, count(*) AS baskets FROM known, unnest(has) AS p GROUP BY 1, 2),
	orders AS MATERIALIZED (SELECT p, sum(baskets) AS orders FROM had GROUP BY p),
	held AS MATERIALIZED (
		SELECT customer_place, p, (customer_place, p) IN (SELECT customer_place, p FROM had) AS is_repeat
		FROM products.own_basket, unnest(has) AS p WHERE j = n AND n > 1),
	named AS MATERIALIZED (
		SELECT 1 AS method, customer_place, product_place AS p, rank
		FROM chosen, products.rule(ARRAY(SELECT (customer_place, j, n, has)::products.known FROM known), per_customer, decay)
		UNION ALL
		SELECT 2, customer_place, p, row_number() OVER (PARTITION BY customer_place ORDER BY baskets DESC, orders DESC, p) FROM had JOIN orders USING (p)
		UNION ALL
		SELECT 3, customer_place, p, row_number() OVER (PARTITION BY customer_place ORDER BY orders DESC, p)
		FROM orders, (SELECT DISTINCT customer_place FROM held) c),
	kind AS (SELECT * FROM (VALUES (1, ''), (2, ' repeat'), (3, ' new')) k (kind, name)),
	found AS (
		SELECT kind, m.method, h.customer_place, count(n.rank) AS hits, count(*) AS items,
			coalesce(sum(ln(2::float8) / ln(n.rank + 1::float8)), 0) AS gain
		FROM chosen CROSS JOIN kind CROSS JOIN (VALUES (1), (2), (3)) m (method) CROSS JOIN held h
		LEFT JOIN named n ON n.method = m.method AND n.customer_place = h.customer_place AND n.p = h.p AND n.rank <= per_customer
		WHERE kind = 1 OR is_repeat = (kind = 2)
		GROUP BY 1, 2, 3),
	each AS (
		SELECT kind, method, hits::float8 / items AS recall,
			gain / (SELECT sum(ln(2::float8) / ln(i + 1::float8)) FROM generate_series(1, least(per_customer, items)) AS i) AS ndcg
		FROM chosen, found),
	mean AS (SELECT kind, method, avg(recall) AS recall, avg(ndcg) AS ndcg FROM each GROUP BY 1, 2)
	SELECT format('%s@%s%s', measure, per_customer, name),
		max(value) FILTER (WHERE method = 1), max(value) FILTER (WHERE method = 2), max(value) FILTER (WHERE method = 3)
	FROM chosen CROSS JOIN kind CROSS JOIN (VALUES (1, 'recall'), (2, 'nDCG')) w (place, measure)
	LEFT JOIN LATERAL (SELECT method, CASE place WHEN 1 THEN recall ELSE ndcg END AS value FROM mean WHERE mean.kind = kind.kind) v ON true
	GROUP BY kind, name, place, measure, per_customer
	ORDER BY kind, place
$$;

CREATE FUNCTION products.product_retention() RETURNS TABLE (product text, customers bigint, watched bigint,
	repeat_customers bigint, repeat_rate float8, ci_low float8, ci_high float8, same_product_customers bigint,
	same_product_rate float8, median_days float8, revenue_per_customer numeric)
LANGUAGE sql STABLE AS $$
	WITH chosen AS (TABLE products.chosen),
	member AS MATERIALIZED (
		SELECT f.*, (f.day + reach)::date AS before FROM products.first_with f, chosen
		WHERE NOT first_only OR (customer_place, product_place) IN (
			SELECT customer_place, unnest(has) FROM products.own_basket WHERE j = 1)),
	had AS MATERIALIZED (SELECT DISTINCT b.customer_place, b.product_place, b.day FROM products.basket_product b),
	spent AS MATERIALIZED (SELECT l.customer_place, l.day, sum(amount) AS spent FROM products.basket_line l GROUP BY 1, 2),
	again AS (
		SELECT m.customer_place, m.product_place, min(h.day) AS again, bool_or(h.product_place = m.product_place) AS same
		FROM member m JOIN had h ON h.customer_place = m.customer_place AND h.day > m.day AND h.day < before GROUP BY 1, 2),
	money AS (
		SELECT m.customer_place, m.product_place, sum(s.spent) AS spent
		FROM member m JOIN spent s ON s.customer_place = m.customer_place AND s.day >= m.day AND s.day < before GROUP BY 1, 2),
	came AS (
		SELECT m.*, a.again, coalesce(a.same, false) AS same, money.spent
		FROM member m LEFT JOIN again a USING (customer_place, product_place) LEFT JOIN money USING (customer_place, product_place)),
	counted AS (
		SELECT c.product, c.product_place, count(*) AS customers, count(*) FILTER (WHERE is_watched) AS w,
			count(*) FILTER (WHERE is_watched AND again IS NOT NULL) AS x, count(*) FILTER (WHERE is_watched AND same) AS s,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY again - c.day) FILTER (WHERE is_watched) AS median,
			sum(spent) FILTER (WHERE is_watched) AS spent
		FROM came c GROUP BY 1, 2)
	SELECT r.product, customers, watched, repeats, rate, low, high, same, same_rate, median, revenue FROM (
	SELECT c.product, c.product_place, customers, w AS watched, x AS repeats, x::float8 / w AS rate,
		(x::float8 / w + z * z / (2 * w) - z * sqrt(x::float8 / w * (1 - x::float8 / w) / w + z * z / (4 * w::float8 * w))) / (1 + z * z / w) AS low,
		(x::float8 / w + z * z / (2 * w) + z * sqrt(x::float8 / w * (1 - x::float8 / w) / w + z * z / (4 * w::float8 * w))) / (1 + z * z / w) AS high,
		s AS same, s::float8 / w AS same_rate, median, c.spent / w AS revenue
	FROM counted c, LATERAL (SELECT 1.959963984540054::float8 AS z) z
	WHERE w > 0
	UNION ALL
	SELECT c.product, c.product_place, customers, 0, 0, NULL, NULL, NULL, 0, NULL, NULL, NULL FROM counted c WHERE w = 0) r
	ORDER BY product_place
$$;

CREATE FUNCTION products.replenishment() RETURNS TABLE (customer text, product text, times bigint, last_day date,
	usual_gap_days float8, due_day date, gap_ratio float8)
LANGUAGE sql STABLE AS $$
	WITH bought AS (SELECT DISTINCT s.customer, s.customer_place, s.product, s.product_place, s.day FROM products.shop_line s),
	gap AS (SELECT *, day - lag(day) OVER (PARTITION BY customer_place, product_place ORDER BY day) AS gap FROM bought),
	usual AS (
		SELECT g.customer, customer_place, g.product, product_place, count(*) AS times, max(day) AS last,
			percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap
		FROM gap g GROUP BY 1, 2, 3, 4 HAVING count(gap) >= 2)
	SELECT u.customer, u.product, times, last, gap, last + ceil(gap)::int,
		(coalesce((SELECT as_of FROM products.chosen), (SELECT max(day) FROM bought) + 1) - 1 - last)::float8 / gap
	FROM usual u ORDER BY customer_place, product_place
$$;
