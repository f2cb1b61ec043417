-- Reports that are always there: src/track/tracking.h.

-- Materialized views, which C fills, because those are in no publication, also not in one FOR ALL TABLES.
CREATE FUNCTION retention_track_no_refresh() RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_track_no_refresh' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION retention_track_no_refresh() IS 'support function of retention_track(): the error of a REFRESH of what is kept';

CREATE MATERIALIZED VIEW retention_tracking_state AS
	SELECT NULL::pg_catalog.oid AS orders, NULL::pg_catalog.oid AS trigger, NULL::bigint AS version,
		NULL::integer AS generation, NULL::pg_catalog.oid[] AS logs, NULL::pg_catalog.xid8[] AS logs_since,
		NULL::pg_catalog.oid AS histories, NULL::pg_catalog.oid AS summaries, NULL::pg_catalog.xid8 AS summaries_since,
		NULL::pg_catalog.oid AS layers, NULL::text AS columns, NULL::text AS stale,
		NULL::bigint AS customers, NULL::bytea[] AS heaviest, NULL::bigint[] AS heaviest_orders, NULL::bigint AS heaviest_below,
		NULL::timestamptz AS folded_at, NULL::pg_catalog.oid[] AS retired,
		NULL::pg_catalog.xid8[] AS retired_since, NULL::pg_catalog.xid8[] AS retired_by, NULL::pg_catalog.xid8 AS lost_by,
		NULL::text AS error
	WHERE retention_track_no_refresh()
WITH NO DATA;
CREATE INDEX retention_tracking_state_key ON retention_tracking_state (orders, trigger, version DESC);
COMMENT ON MATERIALIZED VIEW retention_tracking_state IS 'where what is kept of tracked tables is; written by the extension, see the view retention_tracked';

CREATE MATERIALIZED VIEW retention_tracking_leaf AS
	SELECT NULL::pg_catalog.oid AS orders, NULL::pg_catalog.oid AS trigger, NULL::integer AS generation,
		NULL::pg_catalog.oid AS leaf, NULL::pg_catalog.oid AS relfilenode,
		NULL::pg_catalog.xid AS rows_xmin, NULL::pg_catalog.tid AS rows_tid,
		NULL::pg_catalog.xid AS update_xmin, NULL::pg_catalog.tid AS update_tid
	WHERE retention_track_no_refresh()
WITH NO DATA;
CREATE INDEX retention_tracking_leaf_key ON retention_tracking_leaf (orders, trigger);
COMMENT ON MATERIALIZED VIEW retention_tracking_leaf IS 'the tables and partitions whose orders are in what is kept; written by the extension';

-- Nothing is their data, as nothing but the extension fills them.
UPDATE pg_catalog.pg_class SET relispopulated = true
WHERE oid OPERATOR(pg_catalog.=) ANY (ARRAY['retention_tracking_state'::pg_catalog.regclass, 'retention_tracking_leaf'::pg_catalog.regclass]::pg_catalog.oid[]);

CREATE FUNCTION retention_track_change() RETURNS trigger
	AS 'MODULE_PATHNAME', 'retention_track_change' LANGUAGE C;
COMMENT ON FUNCTION retention_track_change() IS 'support function of retention_track(): the trigger of a tracked table';

CREATE FUNCTION retention_track(orders regclass, customer name, ordered_at name, amount name DEFAULT NULL,
	order_id name DEFAULT NULL, segment name DEFAULT NULL, timezone text DEFAULT NULL, periods text[] DEFAULT '{month}', refund name DEFAULT NULL,
	cohort_at name DEFAULT NULL, filter text DEFAULT NULL)
	RETURNS text
	AS 'MODULE_PATHNAME', 'retention_track' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION retention_track(regclass, name, name, name, name, name, text, text[], name, name, text) IS 'keep reports over these columns of a table, like an index: they are answered in milliseconds without reading its orders, exactly as from scratch, also by segment, of the rows for which filter is true, and by the named periods, of which one may be calendar(...); for the owner; returns the name of the tracking; 42501, 42703, 42804; 55000 without an index on the customer; 22004 without a timezone for timestamptz; 22023 a filter that depends on more than its row; 0A000 calendar(...) with cohort_at or with amount and refund or order_id';

CREATE FUNCTION retention_untrack(orders regclass, customer name DEFAULT NULL, ordered_at name DEFAULT NULL,
	amount name DEFAULT NULL, order_id name DEFAULT NULL, segment name DEFAULT NULL, timezone text DEFAULT NULL, refund name DEFAULT NULL,
	cohort_at name DEFAULT NULL, filter text DEFAULT NULL) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_untrack' LANGUAGE C VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION retention_untrack(regclass, name, name, name, name, name, text, name, name, text) IS 'undo retention_track(): of these columns and filter, or all of the table; returns how many were undone';

CREATE FUNCTION retention_tracked(OUT name text, OUT orders regclass, OUT customer name, OUT ordered_at name,
	OUT amount name, OUT order_id name, OUT segment name, OUT refund name, OUT cohort_at name, OUT timezone text, OUT periods text[], OUT filter text, OUT status text, OUT reason text, OUT customers bigint,
	OUT waiting bigint, OUT bytes bigint, OUT folded_at timestamptz, OUT answered bigint, OUT from_scratch bigint,
	OUT why_from_scratch text, OUT fold_error text, OUT heaviest text, OUT heaviest_orders bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'retention_tracked' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10;
COMMENT ON FUNCTION retention_tracked() IS 'support function of the view retention_tracked';

CREATE VIEW retention_tracked AS SELECT t.* FROM retention_tracked() t;
GRANT SELECT ON retention_tracked TO PUBLIC;
COMMENT ON VIEW retention_tracked IS 'the tables whose reports are kept: which columns, and how it is with them';
COMMENT ON COLUMN retention_tracked.name IS 'of the tracking; those of its triggers begin with it';
COMMENT ON COLUMN retention_tracked.orders IS 'the table';
COMMENT ON COLUMN retention_tracked.customer IS 'column of retention_track()';
COMMENT ON COLUMN retention_tracked.ordered_at IS 'column of retention_track()';
COMMENT ON COLUMN retention_tracked.amount IS 'column of retention_track(); NULL: reports without amount';
COMMENT ON COLUMN retention_tracked.order_id IS 'column of retention_track(); NULL: each row is an order';
COMMENT ON COLUMN retention_tracked.segment IS 'column of retention_track(); NULL: reports without segment';
COMMENT ON COLUMN retention_tracked.refund IS 'column of retention_track(); NULL: negative amounts are refunds';
COMMENT ON COLUMN retention_tracked.cohort_at IS 'column of retention_track(); NULL: cohorts by the first order';
COMMENT ON COLUMN retention_tracked.timezone IS 'by whose days orders count; NULL where times have no zone';
COMMENT ON COLUMN retention_tracked.periods IS 'whose reports are read from sums';
COMMENT ON COLUMN retention_tracked.filter IS 'which rows count, as PostgreSQL prints it; NULL: all';
COMMENT ON COLUMN retention_tracked.status IS 'building until it has been built, ready, or stale until it is built again';
COMMENT ON COLUMN retention_tracked.reason IS 'why it is stale';
COMMENT ON COLUMN retention_tracked.customers IS 'who are kept';
COMMENT ON COLUMN retention_tracked.waiting IS 'customers with changes since the last fold, whose orders each report reads again';
COMMENT ON COLUMN retention_tracked.bytes IS 'of all that is kept';
COMMENT ON COLUMN retention_tracked.folded_at IS 'the last fold';
COMMENT ON COLUMN retention_tracked.answered IS 'reports of this session that were answered from what is kept';
COMMENT ON COLUMN retention_tracked.from_scratch IS 'reports of this session with these columns, timezone and filter that were not';
COMMENT ON COLUMN retention_tracked.why_from_scratch IS 'of the last of those';
COMMENT ON COLUMN retention_tracked.fold_error IS 'SQLSTATE of the last fold, or of customers that it had to leave; NULL: none';
COMMENT ON COLUMN retention_tracked.heaviest IS 'customer with the most orders as of the last fold; NULL for who may not select all that is tracked, and while it is not known';
COMMENT ON COLUMN retention_tracked.heaviest_orders IS 'how many; NULL as heaviest';

-- They save work only: nothing goes wrong where they are disabled.
CREATE FUNCTION retention_track_dropped() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'retention_track_dropped' LANGUAGE C;
COMMENT ON FUNCTION retention_track_dropped() IS 'support function of retention_track(): removes what is kept of a table that is dropped';
CREATE EVENT TRIGGER retention_track_dropped ON sql_drop EXECUTE FUNCTION retention_track_dropped();
ALTER EVENT TRIGGER retention_track_dropped ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER retention_track_dropped IS 'removes what is kept of a table that is dropped';

CREATE FUNCTION retention_track_leaf_came() RETURNS event_trigger
	AS 'MODULE_PATHNAME', 'retention_track_leaf_came' LANGUAGE C;
COMMENT ON FUNCTION retention_track_leaf_came() IS 'support function of retention_track(): has a partition that is empty when it comes tracked with its table';
CREATE EVENT TRIGGER retention_track_leaf_came ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE')
	EXECUTE FUNCTION retention_track_leaf_came();
ALTER EVENT TRIGGER retention_track_leaf_came ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER retention_track_leaf_came IS 'has a partition that is empty when it comes tracked with its table';
