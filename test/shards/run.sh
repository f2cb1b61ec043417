#!/bin/bash
# Orders divided over two other servers, which postgres_fdw reaches: what runs there, and that every result is
# that of all orders in one local table. Each server is one of with_cluster.sh, inside the one before; the
# innermost asks the other two. `run.sh speed ORDERS` prints a table instead: times, times of one table, what the shards send.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/scaling.sh
here=test/shards

if [ -z "$(psql -XqAtc "SELECT name FROM pg_available_extensions WHERE name = 'postgres_fdw'")" ]; then
	echo "ok - foreign shards # SKIP no postgres_fdw here"
	exit
fi

export SHARD_HOSTS="${SHARD_HOSTS:-}${SHARD_HOSTS:+ }$PGHOST"
read -ra hosts <<<"$SHARD_HOSTS"
[ ${#hosts[@]} = 3 ] || exec test/lib/with_cluster.sh "$0" "$@"

sql() {
	PGOPTIONS='-c client_min_messages=warning' psql -Xq -v ON_ERROR_STOP=1 "$@"
}

orders=4000
[ "${1:-}" != speed ] || orders=${2:-3000000}
sql -v orders="$orders" -f $here/whole.sql
for shard in 0 1; do
	sql -h "${hosts[shard]}" -f $here/shard.sql
	sql -v shard=$shard -v host="${hosts[shard]}" -f $here/sharded.sql
done
if [ "${1:-}" = speed ]; then
	for host in "${hosts[@]:0:2}"; do sql -h "$host" -c 'VACUUM ANALYZE'; done
	sql -c 'VACUUM ANALYZE whole.orders, whole.all_histories'
	exec psql -Xq -v ON_ERROR_STOP=1 -f $here/speed.sql
fi
checks=$(sql -f $here/checks.sql) || checks+=$'\n'"not ok - the checks came to their end"
for shard in 0 1; do
	sql -v shard=$shard -h "${hosts[shard]}" -f $here/tracked.sql
done
checks+=$'\n'$(sql -f $here/kept.sql) || checks+=$'\n'"not ok - what the shards keep is answered"
# The blocks of the page and the readers of its table of reports, on tables of its names, over the shards and in one place.
blocks=$(scaling_blocks '`postgres_fdw`' && scaling_reports 'SELECT summary FROM all_shards' '')
sharded=$(PGOPTIONS='-c search_path=sharded,public -c client_min_messages=error' psql -XqAt -v ON_ERROR_STOP=1 2>&1 <<<"$blocks") &&
	whole=$(PGOPTIONS='-c search_path=whole,public -c client_min_messages=error' psql -XqAt -v ON_ERROR_STOP=1 2>&1 <<<"$blocks") &&
	[ "$(wc -l <<<"$sharded")" -gt 300 ] && [ "$sharded" = "$whole" ] && page=ok || page="not ok"
checks+=$'\n'"$page - the blocks and reports of docs/scaling.md: $(wc -l <<<"$sharded") lines, equal to those of one table"
[ "$page" = ok ] || diff <(echo "$sharded") <(echo "${whole:-}") || true
checks+=$'\n'$(sql -f $here/page.sql)
echo "$checks"
grep -q '^ok' <<<"$checks" && ! grep -q '^not ok' <<<"$checks"
