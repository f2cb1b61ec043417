-- Small, so that a join of several stays quick.
CREATE ROLE fuzzer LOGIN;
CREATE TABLE orders AS
	SELECT (i % 7)::bigint AS customer_id, 'c' || i % 5 AS customer, date '2024-01-05' + i * 9 AS day,
		timestamptz '2024-01-05 12:00+00' + i * interval '9 days' AS ordered_at, (i % 6 - 1)::numeric AS amount, i AS order_id
	FROM generate_series(1, 20) i;
CREATE TABLE summaries AS
	SELECT unit, retention_agg(customer_id, ordered_at, amount, unit) AS with_amounts, retention_agg(customer_id, ordered_at, unit) AS summary
	FROM orders, unnest(ARRAY['day', 'week', 'month', 'year']) unit GROUP BY unit;
CREATE TABLE histories AS
	SELECT customer_id, history_agg(ordered_at) AS history, history_agg(ordered_at, amount) AS with_amounts FROM orders GROUP BY customer_id;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO fuzzer;
-- Where sqlsmith looks for functions. Of all that the server has, one in a hundred is of the extension: here are those,
-- several times, and the server's of the same types.
CREATE SCHEMA chosen;
CREATE VIEW chosen.pg_proc AS
	SELECT p.* FROM pg_catalog.pg_proc p, generate_series(1, 5)
	WHERE EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'retention'))
	UNION ALL
	SELECT p.* FROM pg_catalog.pg_proc p
	WHERE pronamespace = 'pg_catalog'::regnamespace AND provolatile = 'i' AND NOT EXISTS (
		SELECT FROM unnest(proargtypes || prorettype) AS t
		WHERE t NOT IN ('bigint'::regtype, 'integer'::regtype, 'numeric'::regtype, 'double precision'::regtype, 'text'::regtype,
			'boolean'::regtype, 'date'::regtype, 'timestamptz'::regtype, 'interval'::regtype));
GRANT USAGE ON SCHEMA chosen TO fuzzer;
GRANT SELECT ON chosen.pg_proc TO fuzzer;
ANALYZE;
