# shellcheck shell=bash disable=SC2154
# Rows that another module writes when the transaction commits, after the memory of the transaction was written to the log:
# in a transaction that has changed the table before, and in one that has not. To be sourced by run.sh.
. test/lib/module.sh
late() {
	local report="SELECT sum(customers) FROM repeat_purchase('late', 'customer', 'day') WHERE order_number = 1" module
	module=$(mktemp -d)
	chmod 755 "$module"
	cp "$here/late.c" "$module"
	build_module "$module" late || {
		echo "not ok - the module builds"
		return
	}
	q "CREATE FUNCTION run_late(statement text) RETURNS void AS '$module/late' LANGUAGE C;
		CREATE TABLE late (customer int, day date);
		CREATE INDEX ON late (customer, day);
		INSERT INTO late SELECT i % 9, date '2024-01-01' + i FROM generate_series(1, 90) i;
		SELECT retention_track('late', 'customer', 'day')" >/dev/null
	q "CALL retention_fold('late')"
	psql -XqAt >/dev/null <<-SQL
		LOAD '$module/late';
		LOAD 'retention';
		BEGIN;
		INSERT INTO late VALUES (100, '2024-05-05');
		SELECT run_late('INSERT INTO late VALUES (101, ''2024-05-05'')');
		COMMIT;
		SELECT run_late('INSERT INTO late VALUES (102, ''2024-05-05'')');
		INSERT INTO late VALUES (103, '2024-05-05');
	SQL
	ok "what a callback writes at the end of a transaction is logged" "$(q "SET retention.tracking = require; $report")" "$(q "SET retention.tracking = off; $report")"
	q "DROP TABLE late; DROP FUNCTION run_late"
	rm -rf "$module"
}
