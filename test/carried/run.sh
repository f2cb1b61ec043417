#!/bin/bash
# What is kept of a tracked table, where its database is carried elsewhere or its transactions end otherwise: dump and
# restore, a copy of the database, a subscriber with the extension and one without, prepared transactions, a crash, a
# standby that is promoted; new rules of a time zone, pg_upgrade. Reports are compared with those from scratch in one
# statement.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
if [ "${1:-}" != inside ]; then
	CLUSTER_SETTINGS=$'wal_level = logical\nmax_prepared_transactions = 5\nfull_page_writes = on' test/lib/with_cluster.sh "$0" inside &&
		test/carried/zone.sh && exec test/carried/upgrade.sh
	exit
fi
. test/carried/shop.sh

psql -Xq -c 'CREATE DATABASE shop'
shop shop
track shop
add shop 1 1000
run shop -c 'CALL retention_fold()'
add shop 1001 1010
is "it is kept" "$(facts shop)" "ready|t|t"

# Dump and restore.
"$bin/pg_dump" -Fc shop >"$work/custom"
psql -Xq -c 'CREATE DATABASE restored'
is "pg_restore has no error" "$("$bin/pg_restore" -d restored "$work/custom" 2>&1)" ""
is "... the dump has nothing of what is kept" "$("$bin/pg_restore" -l "$work/custom" | grep -c 'MATERIALIZED VIEW\|retention_tracking')" 0
is "... reports are right at once" "$(facts restored)" "building|f|t"
add restored 1011 1020
run restored -c 'CALL retention_fold()'
is "... and kept after a fold" "$(facts restored)" "ready|t|t"
is "a declaration restored twice is one" "$(run restored -c "SELECT retention_track('orders', 'customer', 'ordered_at', 'amount', segment => 'channel', timezone => 'Europe/Sofia', periods => $periods)" -c 'SELECT count(*) FROM retention_tracked' 2>/dev/null | tail -n 1)" 1
psql -Xq -c 'CREATE DATABASE no_triggers'
"$bin/pg_restore" -d no_triggers --section=pre-data "$work/custom"
"$bin/pg_restore" -d no_triggers --section=post-data "$work/custom"
"$bin/pg_restore" -d no_triggers --data-only --disable-triggers "$work/custom"
is "... data restored with --disable-triggers is known to be missing" "$(facts no_triggers | sed 's/|.*|/|/')" "stale|t"
run no_triggers -c 'CALL retention_fold()'
is "... and in what is kept after a fold, which makes the triggers fire always" "$(facts no_triggers)" "ready|t|t"

# Filters: what the server prints of them, and reads again, is what calls say.
psql -Xq -c 'CREATE DATABASE filters'
run filters -c 'CREATE EXTENSION retention' -c "
	CREATE TYPE kind AS ENUM ('a', 'b');
	CREATE TABLE orders (customer int, day date, amount numeric, status varchar(10), kind kind, at timestamptz, weight float8, span interval);
	CREATE INDEX ON orders (customer, day);
	INSERT INTO orders SELECT i % 30, date '2024-01-01' + i, i % 7, (ARRAY['paid', 'sent', 'void'])[1 + i % 3], (ARRAY['a', 'b'])[1 + i % 2]::kind,
		timestamptz '2024-01-01 UTC' + i * interval '1 day', 0.1 * i, i * interval '1 hour' FROM generate_series(1, 200) i;
	CREATE FUNCTION filters() RETURNS SETOF text LANGUAGE sql AS \$\$ SELECT unnest(ARRAY['status IN (''paid'', ''sent'')',
		'NOT (status = ''void'' AND amount BETWEEN 1 AND 5)', 'kind IN (''a'', ''b'') AND kind > ''a''',
		'at >= ''2024-02-01 00:00+00'' AND at AT TIME ZONE ''Europe/Sofia'' < ''2024-06-30''', 'weight > 0.1 + 0.2', 'span > ''-1 days 26 hours''',
		'CASE status WHEN ''paid'' THEN amount ELSE 0 END IN (1, 2.5, 3)', '(status, amount) < (''sent'', 3)',
		'status COLLATE \"C\" LIKE ''p%'' OR extract(dow FROM day) IN (0, 6)']) \$\$;
	CREATE FUNCTION report(mode text, filter text) RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM set_config('retention.tracking', mode, true);
		RETURN (SELECT string_agg(r::text, ' ') FROM cohort_retention('orders', 'customer', 'day', 'month', 'amount', filter => filter) r);
	END \$\$;
	SELECT retention_track('orders', 'customer', 'day', 'amount', filter => f) FROM filters() f" >/dev/null
"$bin/pg_dump" filters >"$work/filters"
psql -Xq -c 'CREATE DATABASE filters_restored'
is "filters are restored without error" "$(run filters_restored -f "$work/filters" 2>&1 | grep 'ERROR')" ""
"$bin/pg_dump" filters_restored >"$work/filters_restored"
is "... and dumped as they were" "$(diff <(grep -v restrict "$work/filters") <(grep -v restrict "$work/filters_restored"))" ""
run filters_restored -c 'CALL retention_fold()' -c "UPDATE orders SET status = 'paid' WHERE customer = 1"
is "... and are those of calls" "$(run filters_restored -c "SELECT f FROM filters() f WHERE report('require', f) IS DISTINCT FROM report('off', f)" \
	-c "SELECT count(DISTINCT report('off', f)) FROM filters() f" 2>&1)" 9

# A copy of the database, with what is kept.
psql -Xq -c 'CREATE DATABASE copy TEMPLATE shop'
add copy 1011 1020
is "a database copied has what was kept" "$(facts copy)" "ready|t|t"
run copy -c 'CALL retention_fold()' -c 'DELETE FROM orders WHERE id % 10 = 0'
is "... and goes on with it" "$(facts copy)" "ready|t|t"

# Prepared transactions.
run shop -c 'BEGIN' -c "INSERT INTO orders VALUES (2001, 500, '2024-03-01', 7)" -c "PREPARE TRANSACTION 'one'" \
	-c 'BEGIN' -c "UPDATE orders SET amount = amount + 1 WHERE customer = 5" -c "PREPARE TRANSACTION 'two'"
is "a prepared transaction is not seen" "$(facts shop)" "ready|t|t"
run shop -c 'CALL retention_fold()'
is "... by a fold either" "$(facts shop)" "ready|t|t"
run shop -c "COMMIT PREPARED 'one'" -c "ROLLBACK PREPARED 'two'"
is "... until it commits, after that fold" "$(facts shop)" "ready|t|t"
is "... and its order is in the report" "$(run shop -c "SELECT max(cohort_size) FROM cohort_retention('orders', 'customer', 'ordered_at', 'year', 'amount', timezone => 'Europe/Sofia')")" 98
is "a transaction that has folded cannot be prepared" \
	"$(run shop -c 'BEGIN' -c 'CALL retention_fold()' -c "PREPARE TRANSACTION 'three'" 2>&1 | grep -c 'cannot PREPARE')" 1

# Logical replication: into a database where the table is tracked as well, and into one that has not the extension.
run shop -c 'CREATE PUBLICATION everything FOR ALL TABLES'
is "a publication of all tables has none of the extension" "$(run shop -c "SELECT string_agg(tablename, ' ') FROM pg_publication_tables")" orders
psql -Xq -c 'CREATE DATABASE subscriber' -c 'CREATE DATABASE bare'
shop subscriber
track subscriber
run bare -c 'CREATE TABLE orders (id int PRIMARY KEY, customer bigint, ordered_at timestamptz, amount numeric, channel text)'
for database in subscriber bare; do
	run shop -c "SELECT pg_create_logical_replication_slot('$database', 'pgoutput')" >/dev/null
	run $database -c "CREATE SUBSCRIPTION $database CONNECTION 'dbname=shop host=$PGHOST user=postgres' PUBLICATION everything
		WITH (create_slot = false, slot_name = $database)"
done
# Until the subscriber has all orders: their number and the sum of what they say.
caught_up() {
	local sum="SELECT count(*) || ' ' || sum(id * amount) || ' ' || sum(customer) FROM orders"
	for _ in $(seq 1200); do
		[ "$(run "$1" -c "$sum")" = "$(run shop -c "$sum")" ] && return
		sleep 0.1
	done
	return 1
}
caught_up subscriber
is "a subscriber has the orders" $? 0
caught_up bare
is "... so has one without the extension" $? 0
run subscriber -c 'CALL retention_fold()'
is "... where they are kept" "$(facts subscriber)" "ready|t|t"
add shop 3001 3100
run shop -c "UPDATE orders SET amount = 50, customer = 600 WHERE id = 7" -c "DELETE FROM orders WHERE id = 8" -c 'CALL retention_fold()'
caught_up subscriber
is "... and what is applied" "$(facts subscriber)" "ready|t|t"
is "... as the log says" "$(run subscriber -c "DO \$\$ BEGIN
		EXECUTE (SELECT format('CREATE TABLE logged AS SELECT DISTINCT customer FROM %s', logs[1]::regclass) FROM retention_tracking_state); END \$\$" \
	-c "SELECT count(*), bool_or(customer = 600), bool_or(customer = 7), bool_or(customer = 8) FROM logged")" "98|t|t|t"
run subscriber -c 'CALL retention_fold()'
run shop -c 'TRUNCATE orders' -c "INSERT INTO orders VALUES (1, 1, '2024-01-01', 1)"
caught_up subscriber
is "... a TRUNCATE as well" "$(facts subscriber | sed 's/|.*|/|/')" "stale|t"
run subscriber -c 'CALL retention_fold()'
is "... after which it is kept again" "$(facts subscriber)" "ready|t|t"
for database in subscriber bare; do
	run $database -c "DROP SUBSCRIPTION $database"
done

# Unlogged tables, which a crash empties: one that stays so; one that is logged then; and one that is made logged while a
# prepared transaction has what it changed in the log of before.
for database in emptied hardened halfway; do
	psql -Xq -c "CREATE DATABASE $database"
	shop $database
	run $database -c 'ALTER TABLE orders SET UNLOGGED'
	track $database
	add $database 1 1000
	run $database -c 'CALL retention_fold()'
	add $database 1001 1010
	is "an unlogged table is kept: $database" "$(facts $database)" "ready|t|t"
done
is "... in unlogged relations" "$(run emptied -c "SELECT relpersistence, count(*) FROM pg_class WHERE relname LIKE 'retention\_track\_%' GROUP BY 1")" "u|6"
run hardened -c 'ALTER TABLE orders SET LOGGED'
is "made logged, it is stale" "$(facts hardened)" "stale|f|t"
run hardened -c 'CALL retention_fold()'
add hardened 1011 1020
is "... until the next fold" "$(facts hardened)" "ready|t|t"
run halfway -c 'ALTER TABLE orders SET LOGGED' -c 'BEGIN' -c "INSERT INTO orders VALUES (2001, 500, '2024-03-01', 7)" -c "PREPARE TRANSACTION 'unlogged'"
is "... which waits for who wrote before" "$(run halfway -c 'CALL retention_fold()' 2>&1 | grep -c 'was altered')" 1

# A crash between a write and the next fold.
add shop 5001 5500
run shop -c 'CALL retention_fold()' -c 'CHECKPOINT'
add shop 5501 5600
run shop -c 'CALL retention_fold()'
add shop 5601 5700
data=$(run shop -c 'SHOW data_directory')
as_server "$bin/pg_ctl" -D "$data" -s -m immediate -w stop
as_server "$bin/pg_ctl" -D "$data" -l "$data/log" -s -w start
is "it is kept after a crash" "$(facts shop)" "ready|t|t"
is "... what was unlogged is empty" "$(run emptied -c 'SELECT count(*), (SELECT reason FROM retention_tracked) FROM orders')" "0|it is unlogged, and the server has crashed"
add emptied 1 500
is "... from scratch" "$(facts emptied)" "stale|f|t"
run emptied -c 'CALL retention_fold()'
add emptied 501 510
is "... until it is built" "$(facts emptied)" "ready|t|t"
is "... what was made logged is kept" "$(facts hardened)" "ready|t|t"
is "... with all that waited" "$(run hardened -c 'SELECT waiting > 0 FROM retention_tracked')" t
run halfway -c "COMMIT PREPARED 'unlogged'"
is "... what a prepared transaction changed is not lost" "$(facts halfway)" "stale|f|t"
run halfway -c 'CALL retention_fold()'
is "... nor after the fold" "$(facts halfway)" "ready|t|t"

# A standby, which only reads, and then writes.
[ "$(id -u)" != 0 ] || chown postgres "$work"
as_server "$bin/pg_basebackup" -D "$work/standby" -h "$PGHOST" -U postgres -R -c fast -X stream
cat >>"$work/standby/postgresql.auto.conf" <<CONF
port = 5433
max_standby_streaming_delay = -1
CONF
as_server "$bin/pg_ctl" -D "$work/standby" -l "$work/standby/log" -s -w start
add shop 6001 6100
wait_for_standby() {
	for _ in $(seq 1200); do
		[ "$(run shop -p 5433 -c 'SELECT max(id) FROM orders')" = "$1" ] && return
		sleep 0.1
	done
}
wait_for_standby 6100
is "a standby answers from what is kept" "$(facts shop -p 5433)" "ready|t|t"
is "... and says of an unlogged table what it would without" "$(run emptied -p 5433 -c "SELECT report('on')" 2>&1 | grep -c 'cannot access temporary or unlogged relations during recovery')" 1
run shop -c 'CALL retention_fold()'
add shop 6101 6110
wait_for_standby 6110
is "... after a fold of the primary" "$(facts shop -p 5433)" "ready|t|t"
is "... and folds nothing itself" "$(run shop -p 5433 -c 'CALL retention_fold()' 2>&1 | grep -c 'cannot execute')" 1
for call in "retention_track('orders', 'customer', 'ordered_at', timezone => 'UTC')" "retention_untrack('orders')"; do
	is "... nor does it ${call%%(*}" "$(run shop -p 5433 -c "SELECT $call" 2>&1)" "ERROR:  cannot execute ${call%%(*}() during recovery"
done
# A snapshot of the standby that is older than what the primary marks as dead in the index of kept histories, which comes
# with the image of its page.
few() {
	run shop -c "INSERT INTO few VALUES (1, timestamptz '2024-01-01 UTC' + $1 * interval '1 day', $1)"
}
run shop -c "CREATE TABLE few (customer bigint, ordered_at timestamptz, amount numeric(10, 2)); CREATE INDEX ON few (customer, ordered_at)"
run shop -c "SELECT retention_track('few', 'customer', 'ordered_at', 'amount', timezone => 'Europe/Sofia')" >/dev/null
run shop -c "INSERT INTO few SELECT i, '2024-01-01 UTC', i FROM generate_series(1, 5) i"
run shop -c "CALL retention_fold('few')"
few 40
add shop 6111 6111
wait_for_standby 6111
coproc OLD { exec psql -XqAt -d shop -p 5433; }
old() {
	local line
	printf '%s;\n' "$1" >&"${OLD[1]}"
	read -r line <&"${OLD[0]}"
	echo "$line"
}
old "BEGIN ISOLATION LEVEL REPEATABLE READ; SET retention.tracking = require; SELECT 1" >/dev/null
run shop -c "CALL retention_fold('few')"
few 80
run shop -c 'CHECKPOINT'
run shop -c "CALL retention_fold('few')"
add shop 6112 6112
wait_for_standby 6112
report="SELECT string_agg(r::text, ' ') FROM cohort_retention('few', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia') r"
kept=$(old "$report")
is "... an old snapshot of it as well" "$kept" "$(old "SET retention.tracking = off; $report")"
old 'COMMIT; SELECT 1' >/dev/null
is "... and from scratch with the scan node as without it" "$(old "SET retention.enable_scan = on; $report")" "$(old "SET retention.enable_scan = off; $report")"
is "... which was of two months" "$(grep -o '2024-0[0-9]-01' <<<"$kept" | sort -u | xargs)" '2024-01-01 2024-02-01'
exec {OLD[1]}>&-
as_server "$bin/pg_ctl" -D "$work/standby" -s -w promote
run shop -p 5433 -c "DELETE FROM orders WHERE id > 6050"
is "promoted, it goes on" "$(facts shop -p 5433)" "ready|t|t"
run shop -p 5433 -c 'CALL retention_fold()'
is "... and folds" "$(facts shop -p 5433)" "ready|t|t"
as_server "$bin/pg_ctl" -D "$work/standby" -s -w -m immediate stop
is "the extension goes" "$(run shop -c 'DROP EXTENSION retention CASCADE' 2>&1 | grep -c ERROR)" 0
