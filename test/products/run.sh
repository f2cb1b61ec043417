#!/usr/bin/env bash
# Random shops: the six functions over order lines against the definitions in plain SQL (oracle.sql), every column.
#
# Usage: [PGHOST=... PGPORT=... PGUSER=...] [SEED=1] [CASES=150] run.sh [FIRST]
# Of the first differences it prints seed, case, the call and the first rows that differ. "SEED=1 CASES=1 run.sh 17"
# repeats case 17 and leaves its shop in products.line of database retention_products.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
seed=${SEED:-1}
cases=${CASES:-150}
first=${1:-1}
last=$((first + cases - 1))
database=retention_products

sql() {
	PGDATABASE=$database PGOPTIONS='-c client_min_messages=warning' psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -d "${PGDATABASE:-postgres}" \
	-c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database" -f - <<SQL
-- Little memory, so that large cases go to files.
ALTER DATABASE $database SET work_mem = '64kB';
ALTER DATABASE $database SET hash_mem_multiplier = 1;
ALTER DATABASE $database SET jit = off;
ALTER DATABASE $database SET timezone = 'Asia/Kolkata';
ALTER DATABASE $database SET datestyle = 'ISO, YMD';
-- of plain SQL, whose estimates are of nothing
ALTER DATABASE $database SET enable_nestloop = off;
SQL
sql -c 'CREATE EXTENSION retention' -f "$here/oracle.sql" -f "$here/cases.sql"

differences=0
reached=$((first - 1))
while ((reached < last && differences == 0)); do
	from=$((reached + 1))
	to=$((from + 49 < last ? from + 49 : last))
	sql -c "CALL products.run($seed, $from, $to)" || {
		echo "not ok - products: broken off in cases $from to $to, seed $seed"
		exit 1
	}
	reached=$to
	differences=$(sql -c 'SELECT count(*) FROM products.difference')
	sql -v seed="$seed" -f - <<-'SQL'
		SELECT format(E'seed %s, case %s; again: SEED=%1$s CASES=1 test/lib/with_cluster.sh test/products/run.sh %2$s\n%3$s',
			:'seed', number, details)
		FROM products.difference ORDER BY number LIMIT 5
	SQL
done
rows=$(sql -c "SELECT string_agg(format('%s %s rows in %s calls', function, rows, calls), ', ' ORDER BY function) FROM products.compared_with")
echo "products: $((reached - first + 1)) cases, seed $seed: $rows"
[[ $differences -eq 0 ]] && echo 'ok - products as plain SQL has them' || { echo 'not ok - products as plain SQL has them'; exit 1; }
