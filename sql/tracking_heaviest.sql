-- The customer with the most orders that retention_tracked names, as orders come and go.
\set VERBOSITY terse
SET client_min_messages = warning;

CREATE TABLE purchases (customer text, at date, amount numeric(10,2));
CREATE INDEX ON purchases (customer, at);
-- c20 has 20 orders, c19 has 19, …
INSERT INTO purchases SELECT 'c' || i, date '2024-01-01' + j, 5 FROM generate_series(1, 20) i, generate_series(1, i) j;
SELECT retention_track('purchases', 'customer', 'at', 'amount');
SELECT heaviest, heaviest_orders FROM retention_tracked;
CALL retention_fold('purchases');
SELECT heaviest, heaviest_orders FROM retention_tracked;

-- more orders, and none; the same number as another one
INSERT INTO purchases SELECT 'c1', date '2024-02-01' + j % 3, 5 FROM generate_series(1, 30) j;
INSERT INTO purchases SELECT 'new', '2024-02-01', 5 FROM generate_series(1, 24) j;
CALL retention_fold('purchases');
SELECT heaviest, heaviest_orders FROM retention_tracked;
DELETE FROM purchases WHERE customer IN ('c1', 'c20');
CALL retention_fold('purchases');
SELECT heaviest, heaviest_orders FROM retention_tracked;
-- it is that of the orders after any changes, or is not known
CREATE FUNCTION right_or_unknown() RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN heaviest IS NULL THEN 'unknown'
		WHEN (SELECT (count(*) FILTER (WHERE customer = heaviest), heaviest_orders) = (max(n), max(n))
			FROM purchases, LATERAL (SELECT count(*) AS n FROM purchases p WHERE p.customer = purchases.customer) c) THEN 'right' ELSE 'wrong' END
	FROM retention_tracked
$$;
DELETE FROM purchases WHERE customer IN ('new', 'c19', 'c18', 'c17');
CALL retention_fold('purchases');
SELECT right_or_unknown();
DELETE FROM purchases WHERE customer IN ('c16', 'c15', 'c14', 'c13', 'c12', 'c11');
CALL retention_fold('purchases');
SELECT right_or_unknown();
INSERT INTO purchases SELECT 'c2', '2024-02-01', 5 FROM generate_series(1, 24) j;
CALL retention_fold('purchases');
SELECT right_or_unknown();
DELETE FROM purchases WHERE customer = 'c2';
CALL retention_fold('purchases');
SELECT right_or_unknown();
-- known as long as one of the heaviest, of whom 8 are kept, has as many orders as it had
TRUNCATE purchases;
INSERT INTO purchases SELECT 'c' || i, date '2024-01-01' + j, 5 FROM generate_series(10, 41) i, generate_series(1, i) j;
CALL retention_fold('purchases');
DELETE FROM purchases WHERE substr(customer, 2)::int > 34;
CALL retention_fold('purchases');
SELECT heaviest, heaviest_orders FROM retention_tracked;
TRUNCATE purchases;
INSERT INTO purchases VALUES ('one', '2024-02-01', 5);
CALL retention_fold('purchases');
SELECT heaviest, heaviest_orders FROM retention_tracked;

-- for who may read what is tracked
CREATE ROLE regress_heaviest;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
GRANT SELECT (at) ON purchases TO regress_heaviest;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
GRANT SELECT (customer) ON purchases TO regress_heaviest;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
GRANT SELECT (amount) ON purchases TO regress_heaviest;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
-- also what a filter reads, and in a schema that it may use
ALTER TABLE purchases ADD COLUMN secret boolean DEFAULT true;
SELECT retention_untrack('purchases');
SELECT retention_track('purchases', 'customer', 'at', 'amount', filter => 'secret');
CALL retention_fold('purchases');
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
GRANT SELECT ON purchases TO regress_heaviest;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
CREATE SCHEMA regress_closed;
ALTER TABLE purchases SET SCHEMA regress_closed;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
ALTER TABLE regress_closed.purchases SET SCHEMA public;
DROP SCHEMA regress_closed;
ALTER TABLE purchases ENABLE ROW LEVEL SECURITY;
SET ROLE regress_heaviest;
SELECT heaviest, heaviest_orders FROM retention_tracked;
RESET ROLE;
SELECT heaviest, heaviest_orders FROM retention_tracked;
DROP FUNCTION right_or_unknown;
DROP TABLE purchases;
DROP ROLE regress_heaviest;

-- integers, which are values and no pointers
CREATE TABLE purchases (customer bigint, at date);
CREATE INDEX ON purchases (customer, at);
INSERT INTO purchases SELECT i % 7 + i % 3, date '2024-01-01' + i FROM generate_series(1, 50) i;
SELECT retention_track('purchases', 'customer', 'at');
CALL retention_fold('purchases');
SELECT heaviest, heaviest_orders FROM retention_tracked;
SELECT customer, count(*) FROM purchases GROUP BY customer ORDER BY 2 DESC LIMIT 2;
DROP TABLE purchases;
