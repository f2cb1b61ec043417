-- On shard :shard: its orders are tracked, and a view has what is kept, or fails: the report's argument is made of what
-- set_config() returns, so that it comes after the setting.

CREATE INDEX ON orders (customer, ordered_at);
SELECT retention_track('orders', 'customer', 'ordered_at', amount => 'amount', timezone => 'Europe/Sofia') \g /dev/null
CALL retention_fold('orders');
CREATE VIEW kept AS
SELECT :shard AS shard, s.summary
FROM (SELECT set_config('retention.tracking', 'require', true) OFFSET 0) AS c(value),
	LATERAL retention_summaries(right(c.value || 'public.orders', -length(c.value))::regclass, 'customer', 'ordered_at', amount => 'amount',
		timezone => 'Europe/Sofia') AS s;
