# shellcheck shell=bash disable=SC2154
# REINDEX CONCURRENTLY of what is kept, which puts other indexes in the place of those that sessions know: held up where there
# are two, as it waits for a report's transaction to let the old one go. Likewise of the rows of states, which waits for who has
# written some; and VACUUM FULL, which moves them while a fold reads. To be sourced by run.sh.

# states: what REINDEX and VACUUM FULL of the rows of states leave.
states() {
	local report="SELECT sum(customers) FROM repeat_purchase('moved', 'customer', 'day') WHERE order_number = 1" folder writer
	q "CREATE TABLE beside (customer int, day date); CREATE INDEX ON beside (customer, day);
		CREATE TABLE moved (customer int, day date); CREATE INDEX ON moved (customer, day);
		INSERT INTO moved SELECT i % 9, date '2024-01-01' + i FROM generate_series(1, 90) i;
		SELECT retention_track('moved', 'customer', 'day'); SELECT retention_track('beside', 'customer', 'day')" >/dev/null
	q "CALL retention_fold('moved')"
	q "CALL retention_fold('beside'); INSERT INTO moved VALUES (100, '2024-05-05')"
	{
		echo "BEGIN; CALL retention_fold('moved');"
		echo "\\! touch $work/folded"
		while [ ! -e "$work/indexed" ]; do sleep 0.1; done
		echo "COMMIT;"
	} | psql -Xq &
	folder=$!
	until [ -e "$work/folded" ]; do sleep 0.1; done
	psql -Xqc "REINDEX TABLE CONCURRENTLY retention_tracking_state" &
	until [ "$(q "SELECT count(*) FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting for writers%'")" = 1 ] ||
		! kill -0 $! 2>/dev/null; do sleep 0.1; done
	touch "$work/indexed"
	wait "$folder" $!
	ok "the state that a transaction wrote, after REINDEX CONCURRENTLY" "$(q "SET retention.tracking = require; $report" 2>&1)" 10
	q "VACUUM FULL retention_tracking_state"
	q "CALL retention_fold('beside')"
	q "VACUUM retention_tracking_state"
	q "INSERT INTO moved VALUES (101, '2024-05-05')"
	{
		echo "BEGIN; REINDEX INDEX moved_customer_day_idx;"
		echo "\\! touch $work/locked"
		while [ ! -e "$work/moved" ]; do sleep 0.1; done
		echo "COMMIT;"
	} | psql -Xq &
	writer=$!
	until [ -e "$work/locked" ]; do sleep 0.1; done
	q "CALL retention_fold('moved')" >"$work/fold" 2>&1 &
	folder=$!
	until [ "$(q "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = 'relation'")" = 1 ]; do sleep 0.1; done
	q "VACUUM FULL retention_tracking_state"
	touch "$work/moved"
	wait "$folder" "$writer" || true
	ok "the states after VACUUM FULL beside a fold" "$(cat "$work/fold")$(q "SELECT orders, status, waiting FROM retention_tracked WHERE orders IN ('moved'::regclass, 'beside'::regclass) ORDER BY 1")" \
		$'beside|ready|0\nmoved|ready|0'
	q "DROP TABLE moved, beside"
}
reindexed() {
	local report="SELECT sum(customers) FROM repeat_purchase('indexed', 'customer', 'day') WHERE order_number = 1" histories reader
	q "CREATE TABLE indexed (customer int, day date);
		CREATE INDEX ON indexed (customer, day);
		INSERT INTO indexed SELECT i % 9, date '2024-01-01' + i FROM generate_series(1, 90) i;
		SELECT retention_track('indexed', 'customer', 'day')" >/dev/null
	q "CALL retention_fold('indexed'); INSERT INTO indexed VALUES (100, '2024-05-05')"
	histories=$(q "SELECT histories::regclass FROM retention_tracking_state WHERE orders = 'indexed'::regclass")
	{
		echo "BEGIN; $report;"
		while [ ! -e "$work/reindexed" ]; do sleep 0.1; done
	} | psql -XqAt >/dev/null 2>&1 &
	reader=$!
	until [ "$(q "SELECT count(*) FROM pg_locks WHERE relation = '$histories'::regclass AND granted")" = 1 ]; do sleep 0.1; done
	psql -Xqc "REINDEX TABLE CONCURRENTLY $histories" >/dev/null 2>&1 &
	until [ "$(q "SELECT count(*) FROM pg_index WHERE indrelid = '$histories'::regclass AND NOT indisvalid AND EXISTS
		(SELECT FROM pg_stat_progress_create_index WHERE phase = 'waiting for readers before marking dead')")" = 1 ]; do sleep 0.1; done
	ok "a report while an index of what is kept is made again" "$(q "SET retention.tracking = require; $report")" 10
	ok "... and a fold, which leaves what is kept" "$(q "CALL retention_fold('indexed')" 2>&1 | sed -n 's/_[0-9a-f]*_[0-9]*_/_/; /ERROR/p')
$(q "SELECT generation FROM retention_tracking_state WHERE orders = 'indexed'::regclass")" \
		$'ERROR:  an index of "retention_track_histories" is being built again\n1'
	touch "$work/reindexed"
	wait "$reader" $!
	q "CALL retention_fold('indexed')"
	ok "... and one after that" "$(q "SET retention.tracking = require; $report") $(q "SELECT generation FROM retention_tracking_state WHERE orders = 'indexed'::regclass") $(q "SELECT count(*) FROM retention_verify('indexed')")" "10 1 0"
	q "DROP TABLE indexed"
	states
}
