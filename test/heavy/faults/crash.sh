#!/bin/bash
# kill -9 of a backend and immediate shutdown, both while an aggregate has a temporary file.
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/heavy/faults/lib.sh
bin=$("$PG_CONFIG" --bindir)
data=$PGHOST/data

psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention' -f test/heavy/faults/orders.sql
expected=$(ask -c "$report")

# Starts the long aggregate and waits until it has written a file; its backend is $backend.
start_long() {
	psql -XqAt -c "SET application_name = 'long'; $tight" -c "$tight" -c "$long" >/dev/null 2>&1 &
	client=$!
	for _ in $(seq 300); do
		backend=$(ask -c "SELECT pid FROM pg_stat_activity WHERE query LIKE '%generate_series(1, 200)%' AND pid <> pg_backend_pid()")
		if [ -n "$backend" ] && [ "$(ask -c "$temp_files")" != 0 ]; then
			return
		fi
		sleep 0.1
	done
}

wait_for_server() {
	for _ in $(seq 300); do
		if [ "$(ask -c 'SELECT 1')" = 1 ]; then
			return
		fi
		sleep 0.2
	done
}

start_long
is "the aggregate has a temporary file" "$(ask -c "SELECT count(*) > 0 FROM pg_ls_tmpdir()")" t
kill -9 "$backend"
wait "$client" 2>/dev/null
wait_for_server
is "no temporary file after kill -9 of the backend" "$(ask -c "$temp_files")" 0
is "the next report after it is right" "$(ask -c "$tight" -c "$report")" "$expected"

start_long
as_server "$bin/pg_ctl" -D "$data" -s -w -m immediate stop
wait "$client" 2>/dev/null
as_server "$bin/pg_ctl" -D "$data" -s -w -l "$PGHOST/log" start
wait_for_server
is "no temporary file after immediate shutdown and restart" "$(ask -c "$temp_files")" 0
is "the next report after that is right" "$(ask -c "$tight" -c "$report")" "$expected"
echo "ok - end of crashes"
exit $failed
