#!/usr/bin/env bash
# Random orders: the extension against the definitions in plain SQL.
#
# Usage: [PGHOST=... PGPORT=... PGUSER=...] run.sh SEED CASES [FIRST]
# Of the first differences it prints seed, case and parameters, and the rows that
# differ: their columns by name, what the extension has and what the oracle has.
# "run.sh SEED 1 CASE" repeats a case and leaves its orders in differential.orders
# of database retention_differential.
# Installing another build meanwhile makes differences of its own: parallel
# workers load the new library, their leader has the old one.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
seed=${1:?usage: run.sh SEED CASES [FIRST]}
cases=${2:?usage: run.sh SEED CASES [FIRST]}
first=${3:-1}
last=$((first + cases - 1))
batch=500
reached=$((first - 1))
database=retention_differential

sql() {
	PGDATABASE=$database PGOPTIONS='-c client_min_messages=warning' \
		psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

PGOPTIONS='-c client_min_messages=warning' \
	psql -X -q -v ON_ERROR_STOP=1 -d "${PGDATABASE:-postgres}" \
	-c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" \
	-f - <<SQL
-- Parallel plans for any table once max_parallel_workers_per_gather allows them.
ALTER DATABASE $database SET max_parallel_workers_per_gather = 0;
ALTER DATABASE $database SET parallel_setup_cost = 0;
ALTER DATABASE $database SET parallel_tuple_cost = 0;
ALTER DATABASE $database SET min_parallel_table_scan_size = 0;
-- Little memory, so that a large case has to spill.
ALTER DATABASE $database SET work_mem = '64kB';
ALTER DATABASE $database SET hash_mem_multiplier = 1;
-- Compiling would take longer than any of these queries.
ALTER DATABASE $database SET jit = off;
ALTER DATABASE $database SET datestyle = 'ISO, YMD';
SQL
sql -c 'CREATE EXTENSION retention' -f "$here/oracle.sql" \
	-f "$here/oracle_accounts.sql" -f "$here/oracle_repeat.sql" \
	-f "$here/generate.sql" -f "$here/compare.sql" -f "$here/cases.sql" \
	-f "$here/histories.sql" -f "$here/segments.sql" -f "$here/anchors.sql" -f "$here/forecast.sql"

# The calendar first: small, and much else would be wrong with it.
calendar=$(sql -f "$here/calendar.sql")
printf '%s\n' "$calendar"
[[ $calendar =~ [1-9][0-9]*" clock changes of "[1-9][0-9]*" zones, "[1-9][0-9]*" days, 0 differences"$ ]] || exit 1

differences=0
for ((from = first; from <= last && differences == 0; from = reached + 1)); do
	to=$((from + batch - 1 < last ? from + batch - 1 : last))
	# The server may not survive what is tested.
	reached=$(sql -c "CALL differential.run($seed, $from, $to)") || {
		echo "differential: broken off in cases $from to $to, seed $seed"
		exit 1
	}
	differences=$(sql -c 'SELECT count(*) FROM differential.difference')
	sql -v seed="$seed" -f - <<-'SQL'
		SELECT format(E'seed %s, case %s; again: test/lib/with_cluster.sh test/differential/run.sh %1$s 1 %2$s\n%3$s',
			:'seed', number, details)
		FROM differential.difference ORDER BY number LIMIT 5
	SQL
done
echo "differential: $((reached - first + 1)) cases, seed $seed, $differences differences"
[[ $differences -eq 0 ]]
