#!/bin/bash
# Random queries of sqlsmith over small tables of orders, summaries and histories, in a cluster of their own: none may
# crash the server. From the environment: SQLSMITH_QUERIES (200000), SQLSMITH_SECONDS (3600) and SEED.
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
psql -Xq -c "GRANT CREATE ON SCHEMA public TO fuzzer"
timeout "${SQLSMITH_SECONDS:-3600}" sqlsmith --verbose --max-queries="$queries" --seed="${SEED:-1}" --exclude-catalog \
	--target="host=$PGHOST port=$PGPORT dbname=$PGDATABASE user=fuzzer options='-c statement_timeout=500'" >"$log" 2>&1
status=$?
done=$(psql -XqAtc "SELECT 1" 2>/dev/null)
ran=$(grep -oE 'queries: [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+')
broken=$(grep -cE 'terminated by signal|server closed the connection|broken connection' "$log")
if [ "$done" = 1 ] && [ "$broken" = 0 ] && [ "${ran:-0}" -gt 0 ] && { [ $status = 0 ] || [ $status = 124 ]; }; then
	echo "ok - sqlsmith: ${ran} queries, seed ${SEED:-1}, and the server stands"
else
	tail -n 20 "$log"
	echo "not ok - sqlsmith: status $status, $ran queries"
fi
rm -f "$log"
