-- What views say of themselves, and one by the place of a column behind all others: not the same in a view that is made
-- anew, whose function has the columns that have come since as well.
SELECT relname, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace ORDER BY relname;
SELECT * FROM points ORDER BY age, n;
SELECT * FROM rungs ORDER BY order_number, n;
