-- The view that the blocks of docs/scaling.md made over the shards: it is the summary of one table.

\pset tuples_only on
\pset format unaligned
SET search_path = sharded, public;
SET enable_partitionwise_aggregate = on;

SELECT CASE WHEN summary = (SELECT retention_agg(customer_id, ordered_at, amount, 'month') FROM whole.all_orders) THEN 'ok' ELSE 'not ok' END
	|| ' - the view of docs/scaling.md: equal to one table'
FROM all_shards;
