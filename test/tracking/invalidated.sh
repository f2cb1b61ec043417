# shellcheck shell=bash disable=SC2154
# An invalidation of a table that comes while a session reads the triggers that declare what is tracked, at which the server
# frees those that it had: as often as there are trackings, one by one held up by a debugger. To be sourced by run.sh.

# held_up NAME QUERY FUNCTION TIMES: a new session's query, and as often as it calls FUNCTION, TIMES at most, an ALTER TABLE that
# it does not notice before it goes on.
held_up() {
	local name=$1 query=$2 function=$3 times=$4 victim pid answer
	{
		echo "LOAD 'retention'; SELECT pg_backend_pid();"
		while [ ! -e "$work/held" ]; do sleep 0.1; done
		echo "$query"
	} | psql -XqAt >"$work/victim" 2>&1 &
	victim=$!
	until pid=$(grep -x '[0-9]*' "$work/victim" 2>/dev/null); do sleep 0.1; done
	cat >"$work/gdb" <<-GDB
		set pagination off
		set breakpoint pending on
		handle SIGUSR1 nostop noprint pass
		break $function
		commands
		silent
		shell psql -Xqc "ALTER TABLE held SET (autovacuum_vacuum_threshold = 1)"
		set \$n = \$n + 1
		if \$n >= $times
		delete
		end
		continue
		end
		set \$n = 0
		shell touch $work/held
		continue
	GDB
	timeout 60 gdb -q -p "$pid" -batch -x "$work/gdb" >"$work/gdb.out" 2>&1 || true
	touch "$work/held"
	wait "$victim" || true
	answer=$(sed 1d "$work/victim")
	rm -f "$work/held"
	ok "$name" "$answer" t
}

invalidated() {
	local reports="SELECT count(*) = 4 FROM retention_tracked WHERE orders = 'held'::regclass AND status = 'ready'"
	if ! command -v gdb >/dev/null || ! gdb -q -batch -p $$ >/dev/null 2>&1; then
		echo "ok - an invalidation while triggers are read # SKIP no debugger that may attach to others"
		return
	fi
	q "CREATE TABLE held (customer int, day date, amount numeric, note text);
		CREATE INDEX ON held (customer, day);
		INSERT INTO held SELECT i % 9, date '2024-01-01' + i, i, 'note ' || i FROM generate_series(1, 90) i;
		SELECT retention_track('held', 'customer', 'day', 'amount', filter => filter)
		FROM (SELECT format('amount > %s OR note IN (%s)', n, string_agg(quote_literal('note ' || i), ', ')) AS filter
			FROM generate_series(1, 80) i, generate_series(1, 4) n GROUP BY n) f" >/dev/null
	q "CALL retention_fold('held')"
	held_up "invalidations while the triggers of all trackings are read" "$reports" changed_when_read 4
	ok "... which came" "$(q "SELECT reloptions FROM pg_class WHERE relname = 'held'")" "{autovacuum_vacuum_threshold=1}"
	q "DROP TABLE held"
}
