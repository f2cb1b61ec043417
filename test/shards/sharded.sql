-- The partitions on shard :shard, a server at :host, and its rows.

\set server shard_ :shard
CREATE SERVER :server FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host :'host', port '5432', dbname 'postgres', extensions 'retention', async_capable 'true', batch_size '1000');
CREATE USER MAPPING FOR CURRENT_USER SERVER :server OPTIONS (user 'postgres');

SET search_path = sharded, public;
SELECT format('CREATE FOREIGN TABLE %1$s_%2$s PARTITION OF %1$s FOR VALUES IN (%2$s) SERVER %3$s'
	' OPTIONS (schema_name ''public'', table_name %1$L)', name, :shard, :'server')
FROM (VALUES ('orders'), ('local_orders'), ('histories'), ('summaries'), ('all_orders'), ('all_histories'), ('kept')) AS t(name) \gexec
SELECT format('INSERT INTO %1$s_%2$s SELECT * FROM whole.%1$s WHERE shard = %2$s', name, :shard)
FROM (VALUES ('orders'), ('histories'), ('summaries'), ('all_histories')) AS t(name) \gexec
