# shellcheck shell=bash
# To be sourced by run.sh: the log as a ring. Long snapshots while thousands of customers are folded again and again;
# a writer whose snapshot is older than the log that it writes to; ring.spec.

# Pages that a report reads in a session that has made one before.
pages_of_report() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$PGDATABASE" -c "SET retention.tracking = require" \
		-c "SELECT count(*) FROM cohort_retention('$1', 'customer', 'at', 'month', 'amount')" -c "SELECT t.pages('$1')" | tail -n 1
}
# Sessions that stay: 1 with the descriptors 11 and 21, 2 with 12 and 22, …; ask N SQL for one line.
stay() {
	mkfifo "$work/to$1" "$work/from$1"
	psql -X -q -A -t -v ON_ERROR_STOP=1 <"$work/to$1" >"$work/from$1" 2>&1 &
	eval "exec 1$1>$work/to$1 2$1<$work/from$1"
}
ask() {
	local answer
	echo "$2" >&"1$1"
	read -r -t 300 answer <&"2$1" || answer=nothing
	echo "$answer"
}

reads_little() {
	after=$(pages_of_report t.ring)
	echo "$((after - before <= 2 * 64 + 50))"
}

ring() {
	local before after i step
	psql -X -q -v ON_ERROR_STOP=1 >/dev/null <<-'SQL'
		SET client_min_messages = warning;
		CREATE TABLE t.ring (customer text, at date, amount numeric(10,2));
		CREATE INDEX ON t.ring (customer, at);
		INSERT INTO t.ring SELECT 'c' || i % 20000, date '2024-01-01' + i % 300, i % 50 FROM generate_series(1, 40000) i;
		SELECT retention_track('t.ring', 'customer', 'at', 'amount');
		CALL retention_fold('t.ring');
		CREATE FUNCTION t.pages(of_table regclass) RETURNS bigint LANGUAGE plpgsql AS $$
		DECLARE plan json;
		BEGIN
			EXECUTE format($q$EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
				SELECT * FROM cohort_retention(%L, 'customer', 'at', 'month', 'amount')$q$, of_table) INTO plan;
			RETURN (plan->0->'Plan'->>'Shared Hit Blocks')::bigint + (plan->0->'Plan'->>'Shared Read Blocks')::bigint;
		END $$;
		CREATE FUNCTION t.same_ring() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
		DECLARE
			scratch text;
			kept text;
		BEGIN
			PERFORM set_config('retention.tracking', 'off', true);
			scratch := (SELECT array_agg(r::text) FROM retention_summaries('t.ring', 'customer', 'at', 'month', 'amount') r);
			PERFORM set_config('retention.tracking', 'require', true);
			kept := (SELECT array_agg(r::text) FROM retention_summaries('t.ring', 'customer', 'at', 'month', 'amount') r);
			RETURN kept = scratch;
		END $$;
		CREATE PROCEDURE t.turn(first int, last int) LANGUAGE plpgsql AS $$
		BEGIN
			FOR i IN first .. last LOOP
				UPDATE t.ring SET amount = amount + 1 WHERE customer = ANY (SELECT 'c' || j % 20000 FROM generate_series(i * 1000, i * 1000 + 999) j);
				COMMIT;
				CALL retention_fold('t.ring');
			END LOOP;
		END $$;
	SQL
	before=$(pages_of_report t.ring)

	# Two snapshots, the second one some turns of the ring after the first.
	# Of two serializable transactions that do not see each other, one reads after the logs of the other are gone.
	stay 3
	ok "a serializable transaction" "$(ask 3 'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1;')" 1
	stay 1
	ok "a snapshot" "$(ask 1 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT t.same_ring();')" t
	q "CALL t.turn(0, ${TRACKING_TURNS:-80} / 3)"
	q "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT t.same_ring(); INSERT INTO t.ring VALUES ('c1', '2024-02-02', 3); COMMIT" >/dev/null
	q "CALL t.turn(${TRACKING_TURNS:-80} / 3, ${TRACKING_TURNS:-80} * 2 / 3)"
	stay 2
	ok "... one that is younger" "$(ask 2 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT t.same_ring();')" t
	q "CALL t.turn(${TRACKING_TURNS:-80} * 2 / 3, ${TRACKING_TURNS:-80})"
	after=$(pages_of_report t.ring)
	step=$(q "SELECT sum(n_tup_ins) FROM pg_stat_all_tables WHERE relid = ANY (SELECT unnest(logs || retired) FROM retention_tracking_state WHERE orders = 't.ring'::regclass)")
	echo "# $before pages a report before and $after after the folds, with $(q "SELECT cardinality(logs), cardinality(retired), lost_by > '0' FROM retention_tracking_state WHERE orders = 't.ring'::regclass") logs, retired, and some lost; $step rows in these"
	ok "... a report reads no more than two logs more" "$(settled t.ring 1 reads_little)" 1
	ok "... and is right" "$(q 'SELECT t.same_ring()')" t
	ok "... also for the oldest snapshot, from what is kept" "$(ask 1 'SELECT t.same_ring();')" t
	ok "... and for the younger one" "$(ask 2 'SELECT t.same_ring();')" t
	ok "... what they do not need is gone" "$(settled t.ring t q "SELECT cardinality(retired) <= 6 FROM retention_tracking_state WHERE orders = 't.ring'::regclass")" t

	ok "... the serializable one reads what it has to" \
		"$(ask 3 "SET retention.tracking = on; SELECT count(*) > 0 FROM cohort_retention('t.ring', 'customer', 'at', 'month', 'amount');")" t
	ok "... and cannot write as if it had been first" "$(ask 3 "INSERT INTO t.ring VALUES ('c2', '2024-02-02', 3); COMMIT; SELECT 1;" | grep -c 'could not serialize')" 1

	# What it writes to the log comes to one that its snapshot does not list.
	ok "what an old snapshot writes, it has" "$(ask 1 "INSERT INTO t.ring SELECT repeat(md5(i::text), 58), '2024-03-01', 7 FROM generate_series(1, 4000) i; SELECT t.same_ring();")" t
	ok "... and others have not" "$(q 'SELECT t.same_ring()')" t
	ok "... its pages are written" "$(ask 1 "SELECT sum(pg_relation_size(l)) > 4000000 FROM pg_locks, LATERAL (SELECT relation::regclass) r(l) WHERE pid = pg_backend_pid() AND mode = 'RowExclusiveLock' AND relation::regclass::text LIKE '%log%';")" t
	q "CALL retention_fold('t.ring')"
	q "CALL retention_fold('t.ring')"
	ok "... after it they have" "$(ask 1 'COMMIT; SELECT t.same_ring();')" t
	q "CALL retention_fold('t.ring')"
	q "CALL retention_fold('t.ring')"
	ok "... and when that is folded" "$(q 'SELECT t.same_ring()')" t
	ok "... also for the younger snapshot" "$(ask 2 'SELECT t.same_ring(); COMMIT;')" t
	exec 11>&- 12>&- 13>&- 21<&- 22<&- 23<&-
	wait
	ok "one log is left, and nothing retired" "$(settled t.ring "1|0" q "SELECT cardinality(logs), cardinality(retired) FROM retention_tracking_state WHERE orders = 't.ring'::regclass")" "1|0"
	ok "retention_verify() finds nothing" "$(q "SELECT count(*) FROM retention_verify('t.ring')")" 0
	q "DROP TABLE t.ring"
}
