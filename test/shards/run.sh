#!/bin/bash
# Orders divided over two other servers, which postgres_fdw reaches: what runs there, and that every result is
# that of all orders in one local table. Each server is one of with_cluster.sh, inside the one before; the
# innermost asks the other two.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/shards

if [ -z "$(psql -XqAtc "SELECT name FROM pg_available_extensions WHERE name = 'postgres_fdw'")" ]; then
	echo "ok - foreign shards # SKIP no postgres_fdw here"
	exit
fi

export SHARD_HOSTS="${SHARD_HOSTS:-}${SHARD_HOSTS:+ }$PGHOST"
read -ra hosts <<<"$SHARD_HOSTS"
[ ${#hosts[@]} = 3 ] || exec test/lib/with_cluster.sh "$0"

sql() {
	PGOPTIONS='-c client_min_messages=warning' psql -Xq -v ON_ERROR_STOP=1 "$@"
}

sql -f $here/whole.sql
for shard in 0 1; do
	sql -h "${hosts[shard]}" -f $here/shard.sql
	sql -v shard=$shard -v host="${hosts[shard]}" -f $here/sharded.sql
done
checks=$(sql -f $here/checks.sql)
echo "$checks"
grep -q '^ok' <<<"$checks" && ! grep -q '^not ok' <<<"$checks"
