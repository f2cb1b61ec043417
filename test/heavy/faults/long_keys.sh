#!/bin/bash
# A customer and an order id that together are longer than any value can be.
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
exit $failed
