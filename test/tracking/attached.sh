# shellcheck shell=bash disable=SC2154
# What comes while a fold or a report waits. A partition that is attached after the leaves were locked: with rows while a report
# waits for a leaf, and while a fold waits for a writer; and without rows while a build reads. To be sourced by run.sh.

# waits_for WHAT: until a session waits for a lock of that type.
waits_for() {
	until [ "$(q "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND wait_event = '$1'")" = 1 ]; do sleep 0.1; done
}

# held SQL: in a transaction that stays open until the file is there; waits until it has run.
held() {
	rm -f "$work/attached" "$work/held"
	{
		echo "BEGIN; $1;"
		echo "\\! touch $work/held"
		while [ ! -e "$work/attached" ]; do sleep 0.1; done
		echo "COMMIT;"
	} | psql -Xq &
	until [ -e "$work/held" ]; do sleep 0.1; done
}

attached() {
	local report="SELECT sum(orders) FROM cohort_retention('parted', 'customer', 'day')" waiter
	q "CREATE TABLE parted (customer int, day date) PARTITION BY RANGE (day);
		CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
		CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
		CREATE INDEX ON parted (customer, day);
		CREATE TABLE parted_3 (customer int, day date);
		INSERT INTO parted SELECT i, '2024-01-05' FROM generate_series(1, 10) i;
		INSERT INTO parted_3 SELECT i, '2024-03-05' FROM generate_series(1, 10) i;
		SELECT retention_track('parted', 'customer', 'day')" >/dev/null
	q "CALL retention_fold('parted'); INSERT INTO parted VALUES (1, '2024-01-06')"
	held "LOCK TABLE parted_2"
	q "$report" >"$work/report" &
	waiter=$!
	waits_for relation
	q "ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')"
	touch "$work/attached"
	wait "$waiter"
	ok "a partition that comes while a report waits is read of all customers" "$(cat "$work/report")" 21
	q "ALTER TABLE parted DETACH PARTITION parted_3; SELECT retention_untrack('parted');
		SELECT retention_track('parted', 'customer', 'day')" >/dev/null
	held "INSERT INTO parted VALUES (1, '2024-01-07')"
	ok "a first build waits for no writer that has found the log" "$(psql -XqAt -c "SET lock_timeout = '10s'" -c BEGIN -c "CALL retention_fold('parted')" \
		-c "SELECT status FROM retention_tracked WHERE orders = 'parted'::regclass" -c ROLLBACK 2>&1)" ready
	touch "$work/attached"
	wait
	# as if the declaration had been restored
	q "$(q "SELECT string_agg(format('ALTER TABLE parted DISABLE TRIGGER %1\$I; ALTER TABLE parted ENABLE ALWAYS TRIGGER %1\$I', tgname), '; ') FROM pg_trigger WHERE tgrelid = 'parted'::regclass")"
	held "INSERT INTO parted VALUES (1, '2024-01-08')"
	q "CALL retention_fold('parted')" &
	waiter=$!
	waits_for virtualxid
	q "ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')"
	touch "$work/attached"
	wait "$waiter"
	ok "a partition that comes while a build waits is built" "$(q "SET retention.tracking = require; $report" 2>&1 | head -n 1)" 23
	q "ALTER TABLE parted DETACH PARTITION parted_3"
	ok "... and what is kept is stale when it goes" "$(q "$report") $(q "SELECT status FROM retention_tracked WHERE orders = 'parted'::regclass")" "13 stale"
	q "CALL retention_fold('parted'); CREATE TABLE parted_4 (customer int, day date); CREATE INDEX ON parted_4 (customer, day);
		INSERT INTO parted VALUES (1, '2024-01-09')"
	q "TRUNCATE parted_2"
	held "REINDEX INDEX parted_1_customer_day_idx"
	q "CALL retention_fold('parted')" &
	waiter=$!
	waits_for relation
	q "ALTER TABLE parted ATTACH PARTITION parted_4 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01'); INSERT INTO parted VALUES (1, '2024-03-08')"
	touch "$work/attached"
	wait "$waiter"
	ok "one that comes empty while a build reads is no reason for another one" "$(q "SET retention.tracking = require; $report" 2>&1 | head -n 1) $(q "SELECT string_agg(generation::text, ' ' ORDER BY leaf) FROM retention_tracking_leaf WHERE orders = 'parted'::regclass")" "15 3 3 0"
	wait
	q "ALTER TABLE parted DETACH PARTITION parted_4"
	q "CALL retention_fold('parted')"
	held "REINDEX TABLE $(q "SELECT histories::regclass FROM retention_tracking_state WHERE orders = 'parted'::regclass")"
	psql -XqAtc "SELECT count(*) FROM retention_verify('parted')" >"$work/verified" 2>&1 &
	waiter=$!
	waits_for relation
	q "ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')"
	touch "$work/attached"
	wait "$waiter"
	ok "one that comes while retention_verify() waits is no difference" "$(tail -n 1 "$work/verified")" 0
	held "DROP TABLE parted"
	q "SELECT count(*) FROM retention_tracked WHERE orders::text = 'parted'" >"$work/dropped" 2>&1 &
	waiter=$!
	waits_for relation
	q "CALL retention_fold('parted')" >>"$work/dropped" 2>&1 &
	until [ "$(q "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 2 ]; do sleep 0.1; done
	touch "$work/attached"
	wait "$waiter" $! || true
	ok "a table that is dropped while a fold and the view wait for it" "$(cat "$work/dropped")" 0
	wait
	q "DROP TABLE parted_4"
}
