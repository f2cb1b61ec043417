#!/bin/bash
# The scan node (src/scan/). The regression tests use it wherever the planner does: here they run without it, to the same
# bytes. Then what takes several sessions or time: conflicts of serializable transactions, a row that is checked again,
# cancelling.
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
	FROM generate_series(1, 3000) n" -c "ANALYZE orders" -c "CREATE TABLE counts (of text, customers bigint)" \
	-c "INSERT INTO counts VALUES ('all', 0)"
report="SELECT customers(retention_agg(customer, at, 'month')) FROM orders"
rule "the node is there" "$(sql -c "EXPLAIN $report" | grep -q 'Retention Scan' || echo "it is not")"

# Two sessions at a time, each a psql that is told line by line.
coproc FIRST { psql -XqAt 2>&1; }
{ coproc SECOND { psql -XqAt 2>&1; }; } 2>/dev/null
first() { echo "$1; \\echo done" >&"${FIRST[1]}"; answer "${FIRST[0]}"; }
second() { echo "$1; \\echo done" >&"${SECOND[1]}"; answer "${SECOND[0]}"; }
answer() {
	local line
	while IFS= read -r -t 60 -u "$1" line && [ "$line" != done ]; do echo "$line"; done
}

# Each reads what the other writes.
first 'BEGIN ISOLATION LEVEL SERIALIZABLE' >/dev/null
second 'BEGIN ISOLATION LEVEL SERIALIZABLE' >/dev/null
read_by_first=$(first "$report")
read_by_second=$(second "$report")
first "INSERT INTO orders VALUES (3001, 1001, '2024-02-01')" >/dev/null
second "INSERT INTO orders VALUES (3002, 1002, '2024-02-01')" >/dev/null
ends=$(first COMMIT; second COMMIT)
rule "of two serializable transactions, each of which reads what the other writes, one fails" "$(
	[ "$read_by_first,$read_by_second" = 100,100 ] || echo "read $read_by_first and $read_by_second"
	[ "$(grep -c 'could not serialize' <<<"$ends")" = 1 ] || echo "ended: $ends")"

# The row is locked by another one when it is found, and its new version is checked again, with the subquery.
first 'BEGIN' >/dev/null
first "UPDATE counts SET of = 'every'" >/dev/null
echo "UPDATE counts SET customers = ($report WHERE customer < 10 * length(of)); \\echo done" >&"${SECOND[1]}"
for _ in $(seq 100); do
	[ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 0 ] || break
	sleep 0.1
done
first COMMIT >/dev/null
answer "${SECOND[0]}" >/dev/null
rule "a row that is checked again has the report of its new version" "$(
	got=$(sql -c "SELECT of, customers FROM counts")
	[ "$got" = "every|50" ] || echo "$got")"
echo '\q' >&"${FIRST[1]}"
echo '\q' >&"${SECOND[1]}"
wait

sql -c "INSERT INTO orders SELECT o.* FROM orders o, generate_series(1, 1000)"
started=$(date +%s%N)
error=$(psql -XqAt -c "SET statement_timeout = '50ms'" -c "SELECT retention_agg(md5(md5(md5(customer::text))), at, 'month') IS NULL FROM orders" 2>&1)
took=$((($(date +%s%N) - started) / 1000000))
rule "it can be cancelled" "$(
	grep -q 'statement timeout' <<<"$error" || echo "$error"
	[ "$took" -lt 2000 ] || echo "after $took ms")"
exit $failed
