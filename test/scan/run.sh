#!/bin/bash
# The scan node (src/scan/). The regression tests use it wherever the planner does: here they run without it, to the same
# bytes. Then what takes several sessions or time: transactions in all orders of their steps (isolation.sh), a scan that
# begins in the middle, cancelling.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. test/lib/postgres.sh
. test/lib/rule.sh

rule "the regression tests give the same without the node" \
	"$(PGOPTIONS='-c retention.enable_scan=off' test/lib/regress.sh 2>/dev/null | grep '^not ok')"

. test/lib/scratch.sh
sql() {
	psql -XqAt -v ON_ERROR_STOP=1 "$@"
}
sql -c "CREATE TABLE orders AS SELECT n AS id, n % 100 AS customer, timestamptz '2024-01-01' + n * interval '1 hour' AS at
	FROM generate_series(1, 3000) n" -c "ANALYZE orders"
report="SELECT customers(retention_agg(customer, at, 'month')) FROM orders"
rule "the node is there" "$(sql -c "EXPLAIN $report" | grep -q 'Retention Scan' || echo "it is not")"

in_workers='-c parallel_setup_cost=0 -c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0 -c cpu_operator_cost=0'
rule "... and in workers" "$(PGOPTIONS="$PGOPTIONS $in_workers" sql -c "EXPLAIN $report" | tr '\n' ' ' | grep -q 'Gather.*Retention Scan' || echo "it is not")"
. test/scan/isolation.sh
isolation

sql -c "INSERT INTO orders SELECT o.* FROM orders o, generate_series(1, 1000)"
# The scan of a table larger than a quarter of the buffers begins where another one is.
halfway() {
	psql -XqAt -c "SET retention.enable_scan = $1" -c BEGIN -c 'DECLARE c CURSOR FOR SELECT FROM orders' -c 'MOVE 2000000 IN c' \
		-c "SELECT ctid <> '(0,1)' FROM orders LIMIT 1" -c "SELECT retention_agg(customer, at, 'day') FROM orders" -c COMMIT
}
rule "it may begin in the middle" "$(
	with=$(halfway on)
	[ "$(head -n 1 <<<"$with")" = t ] || echo "it does not"
	[ "$with" = "$(halfway off)" ] || echo "it is not the same")"

# Not by a clock: the rows that it has read, which a sequence counts, are not all.
sql -c 'CREATE SEQUENCE seen' -c "CREATE FUNCTION see(bigint) RETURNS bigint LANGUAGE plpgsql STABLE AS
	'BEGIN PERFORM nextval(''seen''); RETURN \$1; END'"
report="SELECT retention_agg(see(customer), at, 'month') IS NULL FROM orders"
error=$(psql -XqAt -c "SET statement_timeout = '50ms'" -c "$report" 2>&1)
rule "it can be cancelled" "$(
	sql -c "EXPLAIN $report" | grep -q 'Retention Scan' || echo "it is not the node"
	grep -q 'statement timeout' <<<"$error" || echo "$error"
	sql -c "SELECT 'all have been read' FROM seen WHERE last_value >= (SELECT count(*) FROM orders)")"
exit $failed
