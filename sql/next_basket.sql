-- bought_next, next_basket and next_basket_test: what customers come back for, and what they may want next.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\pset null -

CREATE TABLE few (customer text, day date, id int, product text, amount numeric, returned boolean);
INSERT INTO few VALUES
	('ann', '2024-01-01', 1, 'machine', 200, false), ('ann', '2024-01-01', 1, 'beans', 10, false), ('ann', '2024-01-20', 2, 'beans', 10, false),
	('ann', '2024-01-30', 3, 'descaler', 5, false), ('ann', '2024-01-30', 3, 'beans', 10, false),
	('bob', '2024-01-03', 4, 'machine', 200, false), ('bob', '2024-01-13', 5, 'descaler', 5, false), ('bob', '2024-02-12', 6, 'descaler', 5, false),
	('cay', '2024-01-05', 7, 'beans', 10, false), ('cay', '2024-02-05', 8, 'tea', 4, false),
	('dan', '2024-01-06', 9, 'tea', 4, false), ('dan', '2024-03-30', 10, 'machine', 200, false),	-- not watched
	('eve', '2024-01-07', 11, 'machine', -200, true), ('eve', '2024-01-08', 12, NULL, 1, false),	-- nothing that counts
	(NULL, '2024-01-08', 13, 'beans', 10, false), ('fay', NULL, 14, 'beans', 10, false);
SELECT product, next, customers, watched, followed, share::numeric(6,4), base_share::numeric(6,4), lift::numeric(8,4), median_days AS median,
	p_value::numeric(8,6), p_adjusted::numeric(8,6)
FROM bought_next('few', 'customer', 'day', 'product', '45 days', 'id', min_customers => 1, amount => 'amount');
-- the day after `within` days is not one of them: 19, 10 and 31 days
SELECT product, next, watched, followed, median_days AS median FROM bought_next('few', 'customer', 'day', 'product', '29 days', min_customers => 1, refund => 'returned');
SELECT product, next, watched, followed, median_days AS median FROM bought_next('few', 'customer', 'day', 'product', '30 days', min_customers => 1, refund => 'returned');
-- the best of each, what more than one customer came back for, as of a day, some rows
SELECT product, next, followed FROM bought_next('few', 'customer', 'day', 'product', per_product => 1, min_customers => 1, refund => 'returned', as_of => '2025-01-01');
SELECT product, next, customers, watched, followed FROM bought_next('few', 'customer', 'day', 'product', '30 days', min_customers => 2, refund => 'returned');
SELECT product, next, customers, watched, followed FROM bought_next('few', 'customer', 'day', 'product', '30 days', min_customers => 1, refund => 'returned', as_of => '2024-02-01');
SELECT product, next, customers, watched, followed FROM bought_next('few', 'customer', 'day', 'product', '30 days', min_customers => 1, filter => 'customer < ''bob''');
SELECT count(*) FROM bought_next('few', 'customer', 'day', 'product', filter => 'false');

SELECT customer, rank, product, score::numeric(8,6), reason FROM next_basket('few', 'customer', 'day', 'product', 'id', per_customer => 3, amount => 'amount');
SELECT customer, rank, product, score::numeric(8,6), reason FROM next_basket('few', 'customer', 'day', 'product', 'id', per_customer => 2, decay => 0.5, refund => 'returned', as_of => '2024-01-31');
SELECT count(*) AS rows, count(DISTINCT product) AS products FROM next_basket('few', 'customer', 'day', 'product', per_customer => 100, refund => 'returned', filter => 'customer = ''ann''');
SELECT count(*) FROM next_basket('few', 'customer', 'day', 'product', filter => 'false');
SELECT measure, next_basket::numeric(6,4), own_frequency::numeric(6,4), popular::numeric(6,4)
FROM next_basket_test('few', 'customer', 'day', 'product', 'id', per_customer => 2, amount => 'amount');
-- nobody has two baskets
SELECT * FROM next_basket_test('few', 'customer', 'day', 'product', as_of => '2024-01-09');

-- Nobody buys a thing twice: new products come first, repeats fill up.
CREATE VIEW once AS SELECT c, date '2024-01-01' + d AS d, (c + d) % 7 AS p FROM generate_series(1, 30) c, generate_series(0, c % 4) d;
SELECT customer, rank, product, reason FROM next_basket('once', 'c', 'd', 'p', per_customer => 5) WHERE customer IN ('3', '4');
SELECT measure, next_basket::numeric(6,4), own_frequency::numeric(6,4), popular::numeric(6,4) FROM next_basket_test('once', 'c', 'd', 'p', per_customer => 3) WHERE measure LIKE 'recall%';
DROP VIEW once;
-- Nobody has a taste: what is popular.
CREATE VIEW any_of AS SELECT c, date '2024-01-01' + d AS d, (hashint4(c * 100 + d * 10 + k) & 255) * (hashint4(c * 100 + d * 10 + k + 50000) & 255) / 4096 AS p
FROM generate_series(1, 2000) c, generate_series(0, 4) d, generate_series(1, 2) k;
SELECT rank, product, count(*) AS customers, count(*) FILTER (WHERE reason = 'repeat') AS repeats FROM next_basket('any_of', 'c', 'd', 'p', per_customer => 3) GROUP BY rank, product ORDER BY rank;
SELECT measure, next_basket > own_frequency AS better, next_basket = popular AS same FROM next_basket_test('any_of', 'c', 'd', 'p', per_customer => 3) WHERE measure = 'recall@3';
DROP VIEW any_of;

-- Customers by their type's order, products as well.
CREATE VIEW numbers AS SELECT c, d, p FROM (VALUES (10, date '2024-01-01', 10.50), (9, '2024-01-01', 9), (9, '2024-01-01', 10.50), (100, '2024-01-01', 9)) v (c, d, p);
SELECT * FROM next_basket('numbers', 'c', 'd', 'p', per_customer => 2);

-- Errors.
SELECT * FROM bought_next('few', 'customer', 'day', NULL);
SELECT * FROM bought_next('few', 'customer', 'day', 'nowhere');
SELECT * FROM bought_next('few', 'customer', NULL, 'product');
SELECT * FROM bought_next('few', 'customer', 'day', 'product', '0 days');
SELECT * FROM bought_next('few', 'customer', 'day', 'product', '1 month');
SELECT * FROM bought_next('few', 'customer', 'day', 'product', NULL);
SELECT * FROM bought_next('few', 'customer', 'day', 'product', min_customers => 0);
SELECT * FROM bought_next('few', 'customer', 'day', 'product', per_product => NULL);
SELECT * FROM next_basket('few', NULL, 'day', 'product');
SELECT * FROM next_basket('few', 'customer', 'day', 'product', per_customer => 0);
SELECT * FROM next_basket('few', 'customer', 'day', 'product', decay => 0);
SELECT * FROM next_basket('few', 'customer', 'day', 'product', decay => 1.5);
SELECT * FROM next_basket('few', 'customer', 'day', 'product', decay => 'NaN');
SELECT * FROM next_basket_test('few', 'customer', 'day', 'product', decay => NULL);
DROP VIEW numbers;

-- More than fits into memory: the same rows.
CREATE TABLE many AS
SELECT hashint4(g) % 500 AS customer, date '2023-01-01' + (hashint4(g + 1000000) & 511) AS day, (hashint4(g + 2000000) & 1023) * (hashint4(g + 3000000) & 1023) / 4096 AS product
FROM generate_series(1, 60000) g;
SET work_mem = '1GB';
CREATE TABLE next_1 AS SELECT * FROM bought_next('many', 'customer', 'day', 'product');
CREATE TABLE basket_1 AS SELECT * FROM next_basket('many', 'customer', 'day', 'product', per_customer => 200);
CREATE TABLE test_1 AS SELECT * FROM next_basket_test('many', 'customer', 'day', 'product');
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
CREATE TABLE next_2 AS SELECT * FROM bought_next('many', 'customer', 'day', 'product');
CREATE TABLE basket_2 AS SELECT * FROM next_basket('many', 'customer', 'day', 'product', per_customer => 200);
CREATE TABLE test_2 AS SELECT * FROM next_basket_test('many', 'customer', 'day', 'product');
RESET work_mem;
RESET hash_mem_multiplier;
SELECT (SELECT count(*) FROM next_1) > 1000 AS next, (SELECT count(DISTINCT reason) FROM basket_1) > 2 AS reasons, (SELECT next_basket FROM test_1 WHERE measure = 'recall@10') > 0 AS tested;
SELECT count(*) AS differences FROM ((TABLE next_1 EXCEPT ALL TABLE next_2) UNION ALL (TABLE next_2 EXCEPT ALL TABLE next_1)) d;
SELECT count(*) AS differences FROM ((TABLE basket_1 EXCEPT ALL TABLE basket_2) UNION ALL (TABLE basket_2 EXCEPT ALL TABLE basket_1)) d;
SELECT count(*) AS differences FROM ((TABLE test_1 EXCEPT ALL TABLE test_2) UNION ALL (TABLE test_2 EXCEPT ALL TABLE test_1)) d;
-- nor does a test depend on the order of rows, to the last bit
CREATE VIEW many_turned AS SELECT * FROM many ORDER BY customer DESC, day DESC, product DESC;
CREATE TABLE test_3 AS SELECT * FROM next_basket_test('many_turned', 'customer', 'day', 'product');
SELECT count(*) AS differences FROM ((TABLE test_1 EXCEPT ALL TABLE test_3) UNION ALL (TABLE test_3 EXCEPT ALL TABLE test_1)) d;
DROP VIEW many_turned;
-- what followed for enough customers is the same whether the rest is looked at or not, in memory and through files
CREATE TABLE next_3 AS SELECT 1 AS least, b.* FROM bought_next('many', 'customer', 'day', 'product', min_customers => 1, per_product => 1000) b WHERE followed >= 12
UNION ALL SELECT 12, b.* FROM bought_next('many', 'customer', 'day', 'product', min_customers => 12, per_product => 1000) b;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
INSERT INTO next_3 SELECT 64, b.* FROM bought_next('many', 'customer', 'day', 'product', min_customers => 12, per_product => 1000) b;
RESET work_mem;
RESET hash_mem_multiplier;
SELECT least > 1 AS pruned, count(*) > 1000 AS many, sum(hashtextextended(ROW(product, next, customers, watched, followed, share, base_share, lift, median_days, p_value)::text, 0))
	= (SELECT sum(hashtextextended(ROW(product, next, customers, watched, followed, share, base_share, lift, median_days, p_value)::text, 0)) FROM next_3 WHERE least = 1) AS same
FROM next_3 GROUP BY least ORDER BY least;
-- products by number, the best first
SELECT count(*) AS out_of_order FROM (SELECT product::int AS p, p_value, lag(product::int) OVER (ORDER BY n) AS before, lag(p_value) OVER (ORDER BY n) AS p_before
	FROM bought_next('many', 'customer', 'day', 'product') WITH ORDINALITY b(product, next, customers, watched, followed, share, base_share, lift, median_days, p_value, p_adjusted, n)) x
WHERE before > p OR before = p AND p_before > p_value + 1e-15;
-- more than there are products is all of them
SELECT count(*) AS named, max(rank) = (SELECT count(DISTINCT product) FROM many) AS as_many FROM next_basket('many', 'customer', 'day', 'product', per_customer => 2147483647);
SELECT count(*) AS measures FROM next_basket_test('many', 'customer', 'day', 'product', per_customer => 2147483647);
-- Two orders of 2,600 products each, one after the other, have 6.8 million pairs, and one of 3,000 has 9 million: more than may be in a
-- file at a time, beside more lines than fit into memory.
CREATE TABLE wholesale AS
SELECT d AS id, 1 AS customer, date '2023-01-01' + d AS day, p AS product FROM generate_series(0, 1) d, generate_series(1, 2600) p
UNION ALL SELECT 2, 2, date '2023-01-01', p FROM generate_series(1, 3000) p
UNION ALL SELECT g, 3, date '2023-06-01' + g % 300, 1 FROM generate_series(3, 12000) g
UNION ALL SELECT 20000 + p, 20000 + p, date '2023-01-01', p FROM generate_series(1, 3000) p;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SET temp_file_limit = '70MB';
CREATE TABLE after_1 AS SELECT * FROM bought_next('wholesale', 'customer', 'day', 'product', '90 days', 'id', 1, 3);
CREATE TABLE named_1 AS SELECT * FROM next_basket('wholesale', 'customer', 'day', 'product', 'id', 5, filter => 'customer > 1');
SET temp_file_limit = '100kB';
\set VERBOSITY sqlstate
SELECT count(*) FROM bought_next('wholesale', 'customer', 'day', 'product', '90 days', 'id', 1, 3);
\set VERBOSITY default
RESET temp_file_limit;
RESET hash_mem_multiplier;
SET work_mem = '1GB';
CREATE TABLE after_2 AS SELECT * FROM bought_next('wholesale', 'customer', 'day', 'product', '90 days', 'id', 1, 3);
CREATE TABLE named_2 AS SELECT * FROM next_basket('wholesale', 'customer', 'day', 'product', 'id', 5, filter => 'customer > 1');
RESET work_mem;
SELECT (SELECT count(*) FROM after_1) AS after, count(*) AS differences FROM (TABLE after_1 EXCEPT ALL TABLE after_2) d;
SELECT (SELECT count(*) FROM named_1) AS named, (SELECT count(*) FROM named_1 WHERE reason = 'together') AS together, count(*) AS differences FROM (TABLE named_1 EXCEPT ALL TABLE named_2) d;
-- None of these pairs is of five customers, and none of them is written; two products followed for more.
CREATE VIEW retail AS TABLE wholesale UNION ALL SELECT 40000 + 10 * c + d, 40000 + c, date '2023-01-01' + 2 * d, 1 + d FROM generate_series(1, 6) c, generate_series(0, 1) d;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SET temp_file_limit = '5MB';
SELECT product, next, customers, watched, followed, median_days FROM bought_next('retail', 'customer', 'day', 'product', '90 days', 'id');
RESET ALL;
SET client_min_messages = warning;
SELECT product, next, customers, watched, followed, median_days FROM bought_next('retail', 'customer', 'day', 'product', '90 days', 'id');
DROP VIEW retail;
DROP TABLE wholesale, after_1, after_2, named_1, named_2;
DROP TABLE few, many, next_1, next_2, next_3, basket_1, basket_2, test_1, test_2, test_3;
