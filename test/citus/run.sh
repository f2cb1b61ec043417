#!/bin/bash
# Orders distributed by Citus over three workers: where each call runs (pushed down whole, in two steps, or gathered), and
# that every result is that of the same orders in one local table. Each server is one of with_cluster.sh with Citus
# loaded, inside the one before; the innermost is the coordinator.
# `run.sh speed ORDERS` prints a table instead: times, times on one node, bytes that the workers sent.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/scaling.sh
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
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
checks=$(PGOPTIONS='-c client_min_messages=error' psql -Xq -v ON_ERROR_STOP=1 -f $here/checks.sql 2>&1) || checks+=$'\nnot ok - the checks came to their end'

# Table functions run queries of their own: what they ask the workers for has to be rows.
for call in "cohort_retention('orders', 'customer', 'ordered_at')" "customer_status('orders', 'customer', 'ordered_at', 'amount')" \
	"bought_together('orders', 'customer', 'channel', 'email', 'ordered_at')"; do
	asked=$(PGOPTIONS='-c search_path=shards,public -c citus.log_remote_commands=on' psql -Xq -v ON_ERROR_STOP=1 -c "SELECT FROM $call" 2>&1 |
		grep 'issuing SELECT .* FROM shards\.orders_')
	[ "$(wc -l <<<"$asked")" = 12 ] && ! grep -qE '_agg\(|GROUP BY' <<<"$asked" && checks+=$'\n'"ok - $call: gathered" ||
		checks+=$'\n'"not ok - $call: gathered"
done

# The blocks of the page and the calls of its table of reports, on distributed tables of these names, and on plain ones with
# functions in the place of those of Citus.
statements=$(scaling_blocks Citus && cat $here/segments.sql && echo 'ALTER TABLE histories ADD signed_up_on date; UPDATE histories SET signed_up_on = first_order(history) - 40;' &&
	scaling_reports "SELECT retention_agg(history, 'month') AS summary FROM histories" histories)
for schema in page plain; do
	sql -v schema=$schema -f $here/page.sql >/dev/null
	PGOPTIONS="-c search_path=$schema,public,pg_catalog -c client_min_messages=error" psql -XqAt -v ON_ERROR_STOP=1 <<<"$statements" >"$scratch/$schema" 2>&1 ||
		echo "broken off" >>"$scratch/$schema"
done
# the answers of the functions of Citus are empty lines
if diff <(grep . "$scratch/page") <(grep . "$scratch/plain") && [ "$(wc -l <"$scratch/plain")" -gt 500 ] && ! grep -q 'ERROR\|broken off\|not the segment' "$scratch/plain"; then
	checks+=$'\n'"ok - the blocks and reports of docs/scaling.md: $(wc -l <"$scratch/plain") lines, equal to those of plain tables"
else
	grep 'ERROR\|broken off\|not the segment' "$scratch/plain"
	checks+=$'\n'"not ok - the blocks and reports of docs/scaling.md: equal to those of plain tables"
fi
echo "$checks"
grep -q '^ok' <<<"$checks" && ! grep -q '^not ok' <<<"$checks"
