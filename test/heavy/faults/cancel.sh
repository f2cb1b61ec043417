#!/bin/bash
# A thousand statements of one session cancelled at random moments: no memory and no temporary file stays
# behind any of them, and the next report is right.
cd "$(dirname "$0")/../../.." || exit
. test/heavy/faults/lib.sh

times=${CANCELS:-1000}
statements=(
	"$report"
	"SELECT retention_agg(customer, at, 'day') FROM orders"
	"SELECT segmented_retention_agg(customer, at, (id % 7)::text, 'month') FROM orders"
	"SELECT anchored_retention_agg(customer, at, at, amount, 'month') FROM orders"
	"SELECT count(*) FROM cohort_retention('orders', 'customer', 'at', 'day')"
	"SELECT retention_agg(h, 'month', '30 days') FROM (SELECT history_agg(at, amount) AS h FROM orders GROUP BY customer) x"
	"SELECT repeat_purchase_rate(customer, id) FROM orders"
	"SELECT length(retention_report(retention_agg(customer, at, amount, 'week'))) FROM orders"
)
RANDOM=${SEED:-42}
answer=$({
	echo '\set VERBOSITY terse'
	echo "SET max_parallel_workers_per_gather = 0;"
	for i in $(seq "$times"); do
		echo "SET work_mem = '$((i % 2 ? 64 : 65536))kB';"
		echo "SET statement_timeout = $((1 + RANDOM % 250));"
		echo '\o /dev/null'
		echo "${statements[i % ${#statements[@]}]};"
		echo '\o'
		echo 'SET statement_timeout = 0;'
		echo "SELECT 'left behind' FROM (SELECT count(*) AS n FROM pg_backend_memory_contexts WHERE name LIKE 'retention%') c, ($temp_files) f
			WHERE n > 0 OR f.count > 0;"
		[ "$i" != 50 ] || echo "SELECT sum(total_bytes) AS early FROM pg_backend_memory_contexts \\gset"
	done
	echo "SELECT 'grown by ' || sum(total_bytes) - :early FROM pg_backend_memory_contexts HAVING sum(total_bytes) > :early + 2000000;"
	echo "$report;"
} | psql -XqAt 2>&1)
cancelled=$(grep -c 'canceling statement due to statement timeout' <<<"$answer")
like "of $times statements many were cancelled, and none else failed" \
	"$cancelled $(grep 'ERROR' <<<"$answer" | grep -vc 'statement timeout')" '^[0-9]{2,} 0$'
is "no memory context and no temporary file was left behind" "$(grep -c 'left behind' <<<"$answer")" 0
is "the session's memory did not grow" "$(grep 'grown by' <<<"$answer")" ""
is "the report at the end is right" "$(tail -n 1 <<<"$answer")" "$(ask -c "$report")"
exit $failed
