-- What is kept of tracked tables, brought up to date and compared with their orders.

CREATE PROCEDURE retention_fold(orders regclass DEFAULT NULL)
LANGUAGE c
AS 'MODULE_PATHNAME', 'retention_fold';
COMMENT ON PROCEDURE retention_fold(regclass) IS 'brings what is kept of a tracked table, or of all that are the caller''s, up to date now: for the owner; 42501, 42704, 55000, 25001 in a transaction that is not READ COMMITTED, 40001 if the table is altered meanwhile, 55P03 if what it needs is locked';

CREATE FUNCTION retention_verify(orders regclass)
RETURNS TABLE (tracking text, part text, key text, kept text, from_scratch text)
LANGUAGE c STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'retention_verify';
COMMENT ON FUNCTION retention_verify(regclass) IS 'what is kept of a tracked table that differs from its orders, customers and summaries by period: no row if all is well, or, with a NOTICE, where nothing is kept; for the owner; 22004 a NULL table, 42501, 42704 not tracked';
