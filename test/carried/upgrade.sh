#!/bin/bash
# pg_upgrade of a database with a tracked table: from another major version of the server where there is one that has the
# extension (OLD_PG_CONFIG), else from and to the same one.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
if [ "${1:-}" != inside ]; then
	. test/lib/postgres.sh
	NEW_PG_CONFIG=$PG_CONFIG PG_CONFIG=${OLD_PG_CONFIG:-$PG_CONFIG} CLUSTER_SETTINGS='max_prepared_transactions = 5' \
		exec test/lib/with_cluster.sh "$0" inside
fi
. test/carried/shop.sh
new=$("$NEW_PG_CONFIG" --bindir)
if [ ! -x "$new/pg_upgrade" ]; then
	echo "ok - a tracked table after pg_upgrade # SKIP no pg_upgrade"
	exit
fi

psql -Xq -c 'CREATE DATABASE shop'
shop shop
track shop
add shop 1 1000
run shop -c 'CALL retention_fold()'
add shop 1001 1010
is "it is kept" "$(facts shop)" "ready|t|t"
kept=$(run shop -c "SELECT md5(report('off'))")
data=$(run shop -c 'SHOW data_directory')
as_server "$bin/pg_ctl" -D "$data" -s -w -m fast stop
[ "$(id -u)" != 0 ] || chown postgres "$work"
as_server "$new/initdb" -D "$work/new" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
cat >>"$work/new/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
retention.fold_by_itself = off
timezone = 'UTC'
CONF
mkdir "$work/here"
[ "$(id -u)" != 0 ] || chown postgres "$work/here"
as_server bash -c 'cd "$1" && shift && exec "$@"' - "$work/here" \
	"$new/pg_upgrade" -U postgres -b "$bin" -B "$new" -d "$data" -D "$work/new" -s "$work/here" >"$work/said" 2>&1
status=$?
is "pg_upgrade has no error" $status 0
[ $status = 0 ] || cat "$work/said"
as_server "$new/pg_ctl" -D "$work/new" -l "$work/new/log" -s -w start
export PGHOST=$work
is "... reports are right at once" "$(facts shop)|$(run shop -c "SELECT md5(report('off')) = '$kept'")" "building|f|t|t"
add shop 1011 1020
is "... and after a change" "$(facts shop)" "building|f|t"
run shop -c 'CALL retention_fold()'
add shop 1021 1030
is "... kept after a fold" "$(facts shop)" "ready|t|t"
is "... and nothing is left of what was" "$(run shop -c "SELECT count(*) FROM pg_class WHERE relname LIKE 'retention_track\_%' AND relkind = 'm' AND oid NOT IN
	(SELECT unnest(logs || retired || histories || summaries || layers) FROM retention_tracking_state)")" 0
is "... which verifies" "$(run shop -c "SELECT count(*) FROM retention_verify('orders')")" 0
run shop -c "SELECT retention_untrack('orders')" >/dev/null
is "the extension goes" "$(run shop -c 'DROP EXTENSION retention' 2>&1 | grep -c ERROR)" 0
as_server "$new/pg_ctl" -D "$work/new" -s -w -m immediate stop
