SELECT quote_literal(t.some_table()) AS t \gset
\set kind random(1, 100)
\if :kind <= 40
SELECT t.one_change(:t);
\elif :kind <= 60
BEGIN;
SELECT t.changes(:t);
SELECT t.compare(:t);
SELECT t.changes(:t);
SELECT t.compare(:t);
COMMIT;
\elif :kind <= 70
BEGIN;
SELECT t.changes(:t);
SAVEPOINT s;
SELECT t.changes(:t);
SELECT t.compare(:t);
ROLLBACK TO s;
SELECT t.changes(:t);
SELECT t.compare(:t);
COMMIT;
\elif :kind <= 78
BEGIN;
SELECT t.changes(:t);
SELECT t.changes('a');
ROLLBACK;
\elif :kind <= 86
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT t.compare(:t);
SELECT t.changes(:t);
SELECT t.compare(:t);
COMMIT;
\elif :kind <= 92
BEGIN;
DECLARE r CURSOR FOR SELECT t.compare(:t) FROM generate_series(1, 3);
FETCH r;
SELECT t.changes(:t);
FETCH r;
SELECT t.changes(:t);
FETCH r;
COMMIT;
\elif :kind <= 98
BEGIN;
SELECT t.copy_orders();
SELECT t.compare('a');
COMMIT;
\elif :kind <= 99
BEGIN;
SELECT t.changes(:t);
CALL retention_fold(('t.' || :t)::regclass);
SELECT t.compare(:t);
SELECT t.changes(:t);
SELECT t.compare(:t);
COMMIT;
\else
\set rare random(1, 4)
\if :rare = 1
SELECT t.truncate_one(:t);
\else
SELECT t.alter_one();
\endif
\endif
