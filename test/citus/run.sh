#!/bin/bash
# Orders distributed by Citus over three workers: where each call runs (pushed down whole, in two steps, or gathered), and
# that every result is that of the same orders in one local table. Each server is one of with_cluster.sh with Citus
# loaded, inside the one before; the innermost is the coordinator.
# `run.sh speed ORDERS` prints a table instead: times, times on one node, bytes that the workers sent.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/citus

if [ -z "$(psql -XqAtc "SELECT name FROM pg_available_extensions WHERE name = 'citus'")" ]; then
	echo "ok - distributed tables # SKIP no Citus for this server"
	exit
fi

# the server of the first call has not loaded Citus
if [ -z "${CITUS_HOSTS+is set}" ]; then
	export CITUS_HOSTS='' CLUSTER_SETTINGS="shared_preload_libraries = 'citus'
shared_buffers = ${CITUS_BUFFERS:-128MB}"
	exec test/lib/with_cluster.sh "$0" "$@"
fi
export CITUS_HOSTS="$CITUS_HOSTS${CITUS_HOSTS:+ }$PGHOST"
read -ra hosts <<<"$CITUS_HOSTS"
[ ${#hosts[@]} = 4 ] || exec test/lib/with_cluster.sh "$0" "$@"

sql() {
	PGOPTIONS='-c client_min_messages=warning' psql -Xq -v ON_ERROR_STOP=1 "$@"
}

for host in "${hosts[@]}"; do
	sql -h "$host" -c 'CREATE EXTENSION citus' -c "ALTER SYSTEM SET citus.local_hostname = '$host'" -c 'SELECT pg_reload_conf()' >/dev/null
done
sql -c "SELECT citus_set_coordinator_host('$PGHOST', $PGPORT)" >/dev/null
for host in "${hosts[@]:0:3}"; do
	sql -c "SELECT citus_add_node('$host', $PGPORT)" >/dev/null
done

if [ "${1:-}" = speed ]; then
	sql -v orders="${2:-3000000}" -f $here/orders.sql
	exec psql -Xq -v ON_ERROR_STOP=1 -f $here/speed.sql
fi
sql -v orders=6000 -f $here/orders.sql
checks=$(PGOPTIONS='-c client_min_messages=error' psql -Xq -v ON_ERROR_STOP=1 -f $here/checks.sql 2>&1) || checks+=$'\nnot ok - the checks came to their end'
echo "$checks"

# the blocks of the page, on orders of these names
sql -c "CREATE TABLE orders AS SELECT customer AS customer_id, channel AS country, ordered_at AT TIME ZONE 'UTC' AS ordered_at, amount FROM whole.orders
	WHERE order_id % 10 <> 3" -c "CREATE TABLE new_orders AS SELECT customer AS customer_id, channel AS country, ordered_at AT TIME ZONE 'UTC' AS ordered_at,
	amount FROM whole.orders WHERE order_id % 10 = 3"
sql -c "SELECT create_distributed_table('new_orders', 'customer_id', colocate_with => 'none')" >/dev/null
awk '/^```pgsql$/ { on = 1; next } /^```$/ { on = 0 } on' docs/scaling.md >"${TMPDIR:-/tmp}/citus.$$.sql"
answers=$(psql -XqAt -v ON_ERROR_STOP=1 -f "${TMPDIR:-/tmp}/citus.$$.sql" 2>&1) && block=ok || block="not ok"
rm "${TMPDIR:-/tmp}/citus.$$.sql"
[ "$block" = ok ] || echo "$answers"
echo "$block - the blocks of docs/scaling.md run"
grep -q '^ok' <<<"$checks" && [ "$block" = ok ] && ! grep -q '^not ok' <<<"$checks"
