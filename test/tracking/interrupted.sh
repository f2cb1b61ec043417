# shellcheck shell=bash disable=SC2154
# A writer whose look for the extension ends in an error, as it waits for a lock on the catalog: what the same session writes
# later is logged. And one whose extension goes while it waits. To be sourced by run.sh.
interrupted() {
	local report="SELECT sum(customers) FROM repeat_purchase('late', 'customer', 'day') WHERE order_number = 1"
	q "CREATE TABLE late (customer int, day date);
		CREATE INDEX ON late (customer, day);
		INSERT INTO late SELECT i % 9, date '2024-01-01' + i FROM generate_series(1, 90) i;
		SELECT retention_track('late', 'customer', 'day')" >/dev/null
	q "CALL retention_fold('late')"
	q "BEGIN; LOCK TABLE pg_catalog.pg_extension IN ACCESS EXCLUSIVE MODE; PREPARE TRANSACTION 'catalog'"
	# PostgreSQL 19 says in a context what it waited for
	ok "a writer that waits for a lock on the catalog in vain" "$(psql -XqAt -v SHOW_CONTEXT=never 2>&1 <<-'SQL'
		SET lock_timeout = '200ms';
		INSERT INTO late VALUES (100, '2024-05-05');
		\! psql -Xqc "ROLLBACK PREPARED 'catalog'"
		INSERT INTO late VALUES (101, '2024-05-05') RETURNING customer;
	SQL
	)" $'ERROR:  canceling statement due to lock timeout\n101'
	ok "... logs what it writes later" "$(q "SET retention.tracking = require; $report")" "$(q "SET retention.tracking = off; $report")"
	q "DROP TABLE late"
}

# A report that waits for its table, while the extension whose function it is is dropped: an error, and the server goes on.
dropped() {
	local report said
	q "CREATE DATABASE dropped"
	PGDATABASE=dropped q "CREATE EXTENSION retention; CREATE TABLE late (customer int, day date)"
	for report in "SELECT cohort_retention('late', 'customer', 'day')" "SELECT cohort_customers('late', 'customer', 'day', '2024-01-01', 0)"; do
		PGDATABASE=dropped q "BEGIN; LOCK TABLE late IN ACCESS EXCLUSIVE MODE; DROP EXTENSION retention CASCADE; PREPARE TRANSACTION 'dropped'"
		PGDATABASE=dropped psql -XqAt -c "$report" >"$work/dropped" 2>&1 &
		until [ "$(q "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = 'dropped')")" = 1 ]; do sleep 0.1; done
		PGDATABASE=dropped q "COMMIT PREPARED 'dropped'"
		wait $! || true
		said=$(sed -n '/ERROR/p' "$work/dropped")
		ok "a report whose function is dropped while it waits for its table: ${report:7:16}" "$said" "ERROR:  the function that runs was dropped meanwhile"
		PGDATABASE=dropped q "CREATE EXTENSION retention"
	done
	q "DROP DATABASE dropped"
}
