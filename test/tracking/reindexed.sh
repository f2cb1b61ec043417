# shellcheck shell=bash disable=SC2154
# REINDEX CONCURRENTLY of what is kept, which puts other indexes in the place of those that sessions know: held up where there
# are two, as it waits for a report's transaction to let the old one go. To be sourced by run.sh.
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
}
