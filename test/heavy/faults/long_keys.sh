#!/bin/bash
# A customer and an order id that together are longer than any value can be, and pages of rows whose customers are long:
# memory for one of them at a time.
cd "$(dirname "$0")/../../.." || exit
. test/heavy/faults/lib.sh

answer=$(psql -XqAt <<-SQL 2>&1
	\set VERBOSITY terse
	CREATE TABLE long_lines (customer text, id text, at date);
	INSERT INTO long_lines VALUES (repeat('c', 550000000), NULL, '2024-01-01');
	UPDATE long_lines SET id = repeat('i', 550000000);
	SELECT FROM cohort_retention('long_lines', 'customer', 'at', order_id => 'id');
	DROP TABLE long_lines;
	$report;
SQL
)
is "texts of a pair that is too long are an error" "$(head -n 1 <<<"$answer")" "ERROR:  customer and order_id are too long"
is "the session goes on, and its report is right" "$(tail -n 1 <<<"$answer")" "$(ask -c "$report")"

if ! [ -r /proc/self/status ]; then
	echo "ok - pages of long customers # SKIP no /proc here"
	exit $failed
fi
# Sixty rows of a page, each with 10 MB.
ask -q <<-SQL
	CREATE TABLE long_rows AS SELECT repeat(md5((i % 3)::text), 312500) AS customer, i AS id, date '2024-01-01' + i AS at FROM generate_series(1, 60) i;
SQL
for query in "SELECT customers(retention_agg(customer, at, 'month')) FROM long_rows" \
	"SELECT customers(retention_agg(customer, at, 'month')) FROM long_rows WHERE id > 0" \
	"SELECT customers(retention_agg(customer, at, 'month')) + 0 * customers(retention_agg(customer, at, 'day')) FROM long_rows" \
	"SELECT customers(retention_agg(upper(customer), at, 'month')) FROM long_rows" \
	"SELECT customers(summary) FROM retention_summaries('long_rows', 'customer', 'at', order_id => 'id')"; do
	answer=$(psql -XqAt <<-SQL 2>&1
		SET max_parallel_workers_per_gather = 0;
		$query;
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s*(\d+) kB')::int / 1024 > 300;
	SQL
	)
	is "pages of long customers do not take their memory together" "${answer//$'\n'/ }" "3 f"
done
ask -qc "DROP TABLE long_rows"
exit $failed
