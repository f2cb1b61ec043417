SELECT quote_literal(t.some_table()) AS t \gset
\set kind random(1, 10)
\if :kind <= 7
SELECT t.compare(:t);
\else
\if :kind <= 9
BEGIN ISOLATION LEVEL REPEATABLE READ;
\else
BEGIN ISOLATION LEVEL SERIALIZABLE;
\endif
SELECT t.compare(:t);
SELECT pg_sleep(random() * 0.2);
SELECT t.compare(:t);
SELECT t.compare('a');
SELECT pg_sleep(random() * 0.3);
SELECT t.compare('b');
SELECT t.compare(:t);
COMMIT;
\endif
