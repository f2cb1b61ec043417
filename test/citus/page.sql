-- The tables of docs/scaling.md in the schema :schema. In `plain` nothing is distributed: functions of these names stand
-- for those of Citus, and the one shard is the table.

SELECT :'schema' = 'plain' AS plain \gset
SET citus.enable_ddl_propagation = off;
CREATE SCHEMA :schema;
SET search_path = :schema, public, pg_catalog;
CREATE TABLE orders AS
SELECT customer AS customer_id, channel AS country, ordered_at AT TIME ZONE 'UTC' AS ordered_at, amount FROM whole.orders WHERE ordered_at < '2024-11-01';
CREATE TABLE new_orders AS
SELECT customer AS customer_id, channel AS country, ordered_at AT TIME ZONE 'UTC' AS ordered_at, amount FROM whole.orders WHERE ordered_at >= '2024-11-01';
\if :plain
CREATE FUNCTION create_distributed_table(table_name regclass, distribution_column text, colocate_with text DEFAULT NULL) RETURNS void LANGUAGE sql RETURN NULL;
CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql RETURN NULL;
CREATE FUNCTION run_command_on_shards(table_name regclass, command text, OUT success boolean, OUT result text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format(command, table_name) INTO result;
	success := true;
END $$;
\else
SET citus.enable_ddl_propagation = on;
SELECT create_distributed_table('new_orders', 'customer_id', colocate_with => 'none');
\endif
