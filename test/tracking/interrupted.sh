# shellcheck shell=bash
# A writer whose look for the extension ends in an error, as it waits for a lock on the catalog: what the same session writes
# later is logged. To be sourced by run.sh.
interrupted() {
	local report="SELECT sum(customers) FROM repeat_purchase('late', 'customer', 'day') WHERE order_number = 1"
	q "CREATE TABLE late (customer int, day date);
		CREATE INDEX ON late (customer, day);
		INSERT INTO late SELECT i % 9, date '2024-01-01' + i FROM generate_series(1, 90) i;
		SELECT retention_track('late', 'customer', 'day')" >/dev/null
	q "CALL retention_fold('late')"
	q "BEGIN; LOCK TABLE pg_catalog.pg_extension IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION 'catalog'"
	ok "a writer that waits for a lock on the catalog in vain" "$(psql -XqAt 2>&1 <<-'SQL'
		SET lock_timeout = '200ms';
		INSERT INTO late VALUES (100, '2024-05-05');
		\! psql -Xqc "ROLLBACK PREPARED 'catalog'"
		INSERT INTO late VALUES (101, '2024-05-05') RETURNING customer;
	SQL
	)" $'ERROR:  canceling statement due to lock timeout\n101'
	ok "... logs what it writes later" "$(q "SET retention.tracking = require; $report")" "$(q "SET retention.tracking = off; $report")"
	q "DROP TABLE late"
}
