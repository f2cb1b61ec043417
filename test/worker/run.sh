#!/bin/bash
# Folds by themselves: that what waits is folded, whoever owns it, and what the process that does it is in the way of.
# Then crashes: that process is killed, or the server stopped, once each where a fold is held before its end, and CRASHES
# times (6) at any moment.
# Nothing is told by a clock: what has to come is waited for, for longer than the five minutes that a fold rests at most
# after errors.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
settings=$'max_prepared_transactions = 5\nretention.fold_by_itself = on\nautovacuum_naptime = 1s'
case ${1:-} in
	inside | crash) ;;
	*)
		CLUSTER_SETTINGS=$settings test/lib/with_cluster.sh "$0" inside
		status=$?
		# a process that is killed is a crash to the cluster's script as well
		lines=$(CLUSTER_SETTINGS=$settings$'\nshared_preload_libraries = retention\nfsync = on' \
			test/lib/with_cluster.sh "$0" crash 2>/dev/null)
		printf '%s\n' "$lines" | grep -v '^end$'
		[[ $lines == *$'\nend' ]] || echo "not ok - all crashes were tried"
		exit $status
		;;
esac
. test/lib/postgres.sh
bin=$("$PG_CONFIG" --bindir)

is() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		printf 'not ok - %s\n# %s\n# instead of\n# %s\n' "$1" "$2" "$3"
	fi
}
run() {
	psql -XqAt -v ON_ERROR_STOP=1 -d "$@"
}
# wait_for ANSWER DATABASE QUERY: the answer that came at last.
wait_for() {
	local answer=
	for _ in $(seq 1800); do
		answer=$(run "$2" -c "$3" 2>&1)
		[ "$answer" != "$1" ] || break
		sleep 0.2
	done
	echo "$answer"
}
running="SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'retention fold'"
kept="SELECT status, waiting FROM retention_tracked"
differences="SELECT count(*) FROM retention_verify('orders')"
# Of one statement: a report by what is kept, and the same from scratch.
exact="SELECT report('on') = report('off')"
pg_ctl() {
	local data
	data=$PGHOST/data
	if [ "$(id -u)" = 0 ]; then
		(cd / && exec runuser -u postgres -- "$bin/pg_ctl" -D "$data" -l "$PGHOST/log" -s -w "$@")
	else
		(cd / && exec "$bin/pg_ctl" -D "$data" -l "$PGHOST/log" -s -w "$@")
	fi
}
# A database with a table that is not tracked yet.
shop() {
	psql -Xqc "CREATE DATABASE $1"
	run "$1" -c 'CREATE EXTENSION retention' -c "
		CREATE TABLE orders (id int PRIMARY KEY, customer bigint, ordered_at timestamptz, amount numeric);
		CREATE INDEX ON orders (customer, ordered_at);
		CREATE FUNCTION report(mode text) RETURNS text LANGUAGE plpgsql AS \$\$
		BEGIN
			PERFORM set_config('retention.tracking', mode, true);
			RETURN (SELECT string_agg(r::text, ' ') FROM
				cohort_retention('orders', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia') r);
		END \$\$"
}
track="SELECT retention_track('orders', 'customer', 'ordered_at', 'amount', timezone => 'Europe/Sofia')"
# Orders from id $2 to $3, of that many customers.
add() {
	run "$1" -c "INSERT INTO orders SELECT i, i % ${4:-97}, timestamptz '2024-01-01 UTC' + i * interval '17 minutes', i % 13 FROM generate_series($2, $3) i"
}

# crash PID: of that process where there is one, or of the server, by turns.
crash() {
	round=$((round + 1))
	if [ $((round % 2)) = 0 ]; then
		pg_ctl -m immediate stop
		pg_ctl start
	elif [ -n "$1" ]; then
		kill -9 "$1"
		# until those who were there are gone
		wait_for 0 postgres "SELECT count(*) FROM pg_stat_activity WHERE pid = $1" >/dev/null
	fi
}
# after_crash DATABASE: what is wrong after a crash, and after the next fold; nothing.
after_crash() {
	local answer
	answer=$(wait_for t "$1" "SELECT true")
	answer+=" $(PGOPTIONS='-c retention.fold_by_itself=off' run "$1" -c "$exact" -c "$differences" 2>&1 | tr '\n' ' ')"
	# the next one
	run "$1" -c "UPDATE orders SET amount = amount + 1 WHERE id = $round"
	answer+="$(wait_for 'ready|0' "$1" "$kept") $(run "$1" -c "$exact" -c "$differences" | tr '\n' ' ')"
	[ "$answer" = "t t 0 ready|0 t 0 " ] || echo "round $round: $answer; "
}

if [ "$1" = crash ]; then
	round=0
	# A fold of so many makes another log when all is written. An event trigger holds that up, as long as a session has a lock.
	shop held
	run held -c "CREATE FUNCTION hold() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			WHILE NOT pg_try_advisory_xact_lock_shared(1) LOOP
				PERFORM pg_sleep(0.01);
			END LOOP;
		END \$\$" -c 'CREATE EVENT TRIGGER hold ON ddl_command_start EXECUTE FUNCTION hold()'
	add held 1 60000 20000
	run held -c "$track" >/dev/null
	is "it is built" "$(wait_for 'ready|0' held "$kept")" "ready|0"
	for how in killed "stopped, with the server,"; do
		# one that is about to end would fold what follows before it can be held
		wait_for 0 held "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'retention fold'" >/dev/null
		run held -c 'SET retention.fold_by_itself = off' -c "UPDATE orders SET amount = amount + 1"
		coproc HOLD { run held -c "SELECT pg_advisory_lock(1)" -c "SELECT 'held'" -c "SELECT pg_sleep(600)" 2>/dev/null; }
		holder=$HOLD_PID
		read -r <&"${HOLD[0]}" && read -r <&"${HOLD[0]}"
		run held -c "UPDATE orders SET amount = amount + 1 WHERE id = 1"
		held="backend_type = 'retention fold' AND wait_event = 'PgSleep'"
		is "a fold is held before its end" "$(wait_for 1 held "SELECT count(*) FROM pg_stat_activity WHERE $held") $(run held -c "SELECT waiting FROM retention_tracked")" "1 20000"
		crash "$(run held -c "SELECT pid FROM pg_stat_activity WHERE $held")"
		is "... it is $how and what is kept is right, also after the next one" "$(after_crash held)" ""
		wait "$holder" 2>/dev/null
	done
	psql -Xqc 'DROP DATABASE held (FORCE)'

	shop shop
	add shop 1 60000 20000
	run shop -c "$track" >/dev/null
	is "it is built" "$(wait_for 'ready|0' shop "$kept")" "ready|0"
	RANDOM=${SEED:-1}
	wrong=
	for _ in $(seq "${CRASHES:-6}"); do
		# so many customers that a fold takes a while
		run shop -c "UPDATE orders SET amount = amount + 1, customer = (customer + $RANDOM) % 20000 WHERE id % 3 = $((RANDOM % 3))"
		pid=
		for _ in $(seq 200); do
			pid=$(run shop -c "SELECT pid FROM pg_stat_activity WHERE backend_type = 'retention fold' AND state = 'active'")
			[ -z "$pid" ] || break
		done
		sleep "0.$(printf '%03d' $((RANDOM % 500)))"
		crash "$pid"
		wrong+=$(after_crash shop)
	done
	is "what is kept is right after a crash at any moment, and after the next fold" "$wrong" ""
	echo end
	exit
fi

shop shop
run shop -c "$track" >/dev/null
add shop 1 1000
is "nothing is called, and it is built" "$(wait_for 'ready|0' shop "$kept")" "ready|0"
for i in $(seq 1001 1030); do
	add shop "$i" "$i"
done
is "single rows are folded" "$(wait_for 'ready|0' shop "$kept")" "ready|0"
is "... exactly" "$(run shop -c "$exact" -c "$differences" | tr '\n' ' ')" "t 0 "
is "the process ends" "$(wait_for 0 shop "$running")" 0

# A session that has looked and writes again within a second does not look again, and it may be the last: the process
# must not have gone. Nobody reports.
script=$(mktemp)
chmod 644 "$script"
trap 'rm -f "$script"' EXIT
cat >"$script" <<'PGBENCH'
\set ms random(300, 1300)
\set customer random(1, 1000)
INSERT INTO orders SELECT max(id) + 1 + random() * 1000000, :customer, '2024-02-02', 1 FROM orders ON CONFLICT DO NOTHING;
\sleep :ms ms
PGBENCH
forgotten=
for seed in $(seq "${ROUNDS:-8}"); do
	pgbench -n -t 2 --random-seed="$seed" -f "$script" shop >/dev/null 2>&1
	answer=$(wait_for 'ready|0' shop "$kept")
	[ "$answer" = 'ready|0' ] || forgotten+="round $seed: $answer; "
done
is "nobody is forgotten" "$forgotten" ""
run shop -c 'DELETE FROM orders WHERE id > 1030'
is "... and they can go" "$(wait_for 'ready|0' shop "$kept") $(run shop -c "$differences")" "ready|0 0"
wait_for 0 shop "$running" >/dev/null

# What starts none.
run shop -c 'SET retention.fold_by_itself = off' -c "INSERT INTO orders VALUES (2000, 1, '2024-01-01', 1)"
run shop -c "BEGIN" -c "INSERT INTO orders VALUES (2001, 1, '2024-01-01', 1)" -c "PREPARE TRANSACTION 'p'"
run shop -c "BEGIN" -c "INSERT INTO orders VALUES (2002, 1, '2024-01-01', 1)" -c "ROLLBACK"
sleep 1
is "nothing starts one that is not to" "$(run shop -c "$running" -c 'SELECT waiting FROM retention_tracked' | tr '\n' ' ')" "0 1 "
run shop -c "COMMIT PREPARED 'p'"
is "a report does that finds somebody waiting" "$(run shop -c "$exact") $(wait_for 'ready|0' shop "$kept")" "t ready|0"

# A partition with rows, which nobody logs.
run shop -c "CREATE TABLE parted (id int, customer bigint, ordered_at timestamptz, amount numeric) PARTITION BY RANGE (id)" \
	-c "CREATE INDEX ON parted (customer, ordered_at)" -c "CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM (0) TO (10)" \
	-c "SELECT retention_track('parted', 'customer', 'ordered_at', 'amount', timezone => 'Europe/Sofia')" >/dev/null
parted="SELECT status, waiting FROM retention_tracked WHERE orders = 'parted'::regclass"
is "a second table" "$(wait_for 'ready|0' shop "$parted")" "ready|0"
wait_for 0 shop "$running" >/dev/null
run shop -c "CREATE TABLE p2 (LIKE parted)" -c "INSERT INTO p2 VALUES (11, 1, '2024-01-01', 1)" \
	-c "ALTER TABLE parted ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20)"
is "... is stale" "$(run shop -c "$parted")" "stale|"
run shop -c "SELECT count(*) FROM cohort_retention('parted', 'customer', 'ordered_at', 'month', 'amount', timezone => 'Europe/Sofia')" >/dev/null
is "... and built again as a report finds it" "$(wait_for 'ready|0' shop "$parted")" "ready|0"
run shop -c 'DROP TABLE parted'

# An owner that cannot log in, under row-level security that binds it.
run shop -c 'CREATE ROLE regress_retention_nologin NOLOGIN' -c 'ALTER TABLE orders OWNER TO regress_retention_nologin' \
	-c 'ALTER TABLE orders ENABLE ROW LEVEL SECURITY' -c 'ALTER TABLE orders FORCE ROW LEVEL SECURITY'
add shop 3001 3100
is "of an owner that cannot log in" "$(wait_for 'ready|0' shop "$kept") $(run shop -c "$differences")" "ready|0 0"
run shop -c 'ALTER TABLE orders DISABLE ROW LEVEL SECURITY'

# Where sessions of the database are those of a role which owns nothing.
wait_for 0 shop "$running" >/dev/null
run shop -c 'CREATE ROLE regress_retention_other' -c 'ALTER DATABASE shop SET role = regress_retention_other'
PGOPTIONS='-c role=none' add shop 3101 3200
is "of a database that sets a role" "$(PGOPTIONS='-c role=none' wait_for 'ready|0' shop "$kept")" "ready|0"
PGOPTIONS='-c role=none' run shop -c 'ALTER DATABASE shop RESET role'

# A customer whose data is an error stays; the others do not wait for it.
add shop 4001 4050
run shop -c "INSERT INTO orders VALUES (5000, 5000, 'infinity', 1)"
is "who cannot be folded waits, and says why" \
	"$(wait_for 'ready|1|22008' shop 'SELECT status, waiting, fold_error FROM retention_tracked')" "ready|1|22008"
is "... the process ends all the same" "$(wait_for 0 shop "$running")" 0
run shop -c 'DELETE FROM orders WHERE id = 5000'
is "... until that is mended" "$(wait_for 'ready|0|' shop 'SELECT status, waiting, fold_error FROM retention_tracked')" "ready|0|"

# What cannot be built is tried again, and said once.
shop broken
run broken -c "INSERT INTO orders VALUES (1, 1, 'infinity', 1)" -c "$track" >/dev/null
is "what cannot be built says why" \
	"$(wait_for 'building|22008' broken 'SELECT status, fold_error FROM retention_tracked')" "building|22008"
for i in 2 3 4; do
	add broken $i $i
	sleep 1
done
is "... once in the log" "$(grep -c 'ERROR: .*infinit' "$PGHOST/log")" 1
run broken -c 'DELETE FROM orders WHERE id = 1'
is "... until that is mended" "$(wait_for 'ready|0|' broken 'SELECT status, waiting, fold_error FROM retention_tracked')" "ready|0|"

# What it is in the way of.
# one that has ended before anybody looks is not waited for: the next row starts another
for i in $(seq 6001 6100); do
	add shop "$i" "$i"
	[ "$(run shop -c "$running")" = 0 ] || break
done
run shop -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'retention fold'" >/dev/null
add shop 6101 6200
is "ended by hand, the next one folds" "$(wait_for 'ready|0' shop "$kept")" "ready|0"
add shop 6201 6300
is "its database can be copied right after a write" "$(run postgres -c 'CREATE DATABASE copy TEMPLATE shop' 2>&1)" ""
is "... and is kept there" "$(run copy -c "$exact") $(wait_for 'ready|0' copy "$kept")" "t ready|0"
add copy 6301 6400
is "and dropped right after a write" "$(run postgres -c 'DROP DATABASE copy' 2>&1)" ""
add broken 7 100
is "the extension as well" "$(run broken -c 'SET client_min_messages = warning' -c 'DROP EXTENSION retention CASCADE' 2>&1)" ""
is "... then none is left" "$(wait_for 0 broken "$running AND datname = 'broken'")" 0
run broken -c 'CREATE EXTENSION retention' -c "$track" >/dev/null
is "... and it can come again" "$(wait_for 'ready|0' broken "$kept")" "ready|0"

# Without a place for a process.
run postgres -c 'ALTER SYSTEM SET max_worker_processes = 0'
pg_ctl -m fast restart
add shop 7001 7100
is "without a process reports are exact" "$(run shop -c "$exact")" t
is "... and it is said how many wait" "$(run shop -c "$kept")" "ready|97"
run shop -c 'CALL retention_fold()'
is "... for who folds by hand" "$(run shop -c "$kept") $(run shop -c "$differences")" "ready|0 0"
run postgres -c 'ALTER SYSTEM RESET max_worker_processes'
pg_ctl -m fast restart
add shop 8001 8100
is "with one they are folded again" "$(wait_for 'ready|0' shop "$kept") $(run shop -c "$differences")" "ready|0 0"
