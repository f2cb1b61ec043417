#!/bin/bash
# Random queries of sqlsmith over small tables of orders, summaries and histories, in a cluster of their own: none may
# crash the server, all that were asked for have to run, and they have to get to the extension's functions.
# From the environment: SQLSMITH_QUERIES (200000), SQLSMITH_SECONDS (3600), in which they have to be done, and SEED.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/packages.sh
. test/lib/scratch.sh

have_command sqlsmith sqlsmith || {
	echo "ok - sqlsmith # SKIP it cannot be installed"
	exit
}
queries=${SQLSMITH_QUERIES:-200000}
log=$(mktemp)
psql -Xq -v ON_ERROR_STOP=1 -f test/heavy/sqlsmith/tables.sql || exit

# Functions that stop, cancel or write files are called as well: not by somebody who may not. Errors are its
# everyday business.
psql -Xq -v ON_ERROR_STOP=1 -c "GRANT CREATE ON SCHEMA public TO fuzzer" -c "ALTER ROLE fuzzer SET track_functions = 'all'" || exit
timeout "${SQLSMITH_SECONDS:-3600}" sqlsmith --verbose --max-queries="$queries" --seed="${SEED:-1}" --exclude-catalog \
	--target="host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=fuzzer
		options='-c statement_timeout=500 -c search_path=public,chosen,pg_catalog'" >"$log" 2>&1
status=$?
alive=$(psql -XqAtc "SELECT 1" 2>/dev/null)
ran=$(grep -oE 'queries: [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+')
broken=$(grep -cE 'terminated by signal|server closed the connection|broken connection' "$log")
read -r functions calls < <(psql -XqAt -F ' ' -f test/lib/members.sql -c "
	SELECT count(*), coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcid IN (SELECT oid FROM function) AND calls > 0")
if [ "$alive" = 1 ] && [ "$broken" = 0 ] && [ $status = 0 ] && [ "${ran:-0}" -ge "$queries" ]; then
	echo "ok - sqlsmith: $ran queries, seed ${SEED:-1}, and the server stands"
else
	tail -n 20 "$log"
	echo
	echo "not ok - sqlsmith: status $status, ${ran:-0} of $queries queries"
fi
if [ "${calls:-0}" -ge $((queries / 10000 + 1)) ]; then
	echo "ok - they called $functions functions of the extension $calls times, aggregates not counted"
else
	echo "not ok - they called functions of the extension only ${calls:-0} times"
fi
rm -f "$log"
