#!/bin/bash
# No more memory: the address space of the backend is limited in the middle of the session.
cd "$(dirname "$0")/../../.." || exit
. test/heavy/faults/lib.sh

if ! command -v prlimit >/dev/null; then
	echo "ok - out of memory # SKIP no prlimit here"
	exit
fi
# Limits the address space of process $1 to what it has and 60 MB; as its owner, which also a root needs that
# may not do everything.
cat >"$PGHOST/limit" <<'LIMIT'
#!/bin/bash
. test/heavy/faults/lib.sh
pages=$(awk '{ print $1 }' "/proc/$1/statm")
as_server prlimit --pid "$1" --as=$((pages * $(getconf PAGESIZE) + 60000000))
LIMIT
many="FROM (SELECT generate_series(1, 20000000) AS g) s"
answer=$(psql -XqAt <<-SQL 2>&1
	\set VERBOSITY terse
	SET work_mem = '2GB';
	SET jit = off;
	SET max_parallel_workers_per_gather = 0;
	SELECT pg_backend_pid() AS pid \gset
	\setenv BACKEND :pid
	\! bash $PGHOST/limit \$BACKEND
	SELECT customers(retention_agg(g, date '2024-01-01' + g % 500, 'day')) $many;
	SELECT customers(retention_agg(g, date '2024-01-01' + g % 500, 1.5, 'day')) $many;
	SELECT customers(retention_agg(md5(g::text), date '2024-01-01' + g % 500, 'day')) $many;
	SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'retention%';
	$report;
SQL
)
is "out of memory is an error, three times" "$(grep -c 'out of memory$' <<<"$answer")" 3
is "no memory context is left" "$(tail -n 2 <<<"$answer" | head -n 1)" 0
is "the session goes on, and its report is right" "$(tail -n 1 <<<"$answer")" "$(ask -c "$report")"
exit $failed
