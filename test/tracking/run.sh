#!/bin/bash
# Reports from what is kept against reports from scratch, byte for byte and in one snapshot, while sessions write, roll
# back, copy, truncate and fold; then faults that the comparison has to see: a row of the log that is lost, a fold that
# goes by a watermark, and layers that are lost. Last the first part again, with folds by themselves only. TRACKING_SECONDS
# of the first part, 20 in the quick suites.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
settings=$'max_prepared_transactions = 5\ntrack_commit_timestamp = on'
if [ "${1:-}" = "" ]; then
	CLUSTER_SETTINGS=$settings test/lib/with_cluster.sh "$here/run.sh" inside
	CLUSTER_SETTINGS=$settings$'\nretention.fold_by_itself = on' exec test/lib/with_cluster.sh "$here/run.sh" worker
fi
. test/lib/postgres.sh
. "$here/isolation.sh"
. "$here/serializable.sh"
. "$here/ring.sh"
. "$here/guest.sh"
. "$here/many.sh"
. "$here/invalidated.sh"
. "$here/interrupted.sh"
. "$here/reindexed.sh"
. "$here/attached.sh"
. "$here/late.sh"
seconds=${TRACKING_SECONDS:-20}
[ "$1" = inside ] || seconds=$((seconds / 2))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

q() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}
ok() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1 (\"$2\" instead of \"$3\")"
	fi
}

# settled TABLE EXPECTED COMMAND …: what the command says at last. Only folds take logs off the list and drop them, and none
# waits for what somebody wants or has locked, which autovacuum may at any time: so there are more folds until it is as
# expected, for minutes at most.
settled() {
	local answer i
	for i in $(seq 1000); do
		answer=$("${@:3}")
		[ "$answer" != "$2" ] || break
		sleep 0.2
		q "CALL retention_fold('$1')"
	done
	echo "$answer"
}

psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention' -f "$here/setup.sql" -f "$here/rare.sql" >/dev/null

# Clients of pgbench end with an error that is not about serialization; folds are to have none at all.
bench() {
	pgbench -n -T "$seconds" -c "$1" -j 1 -f "$here/$2.sql" >"$work/$2" 2>&1
}
# Once, and again on a machine that is so slow that it says nothing.
enough=$((2 * seconds))
compared=0 answered=0 differed=0
for _ in $(seq 10); do
	bench 4 write &
	jobs="$! writers"
	bench 3 read &
	jobs+=" $! readers"
	if [ "$1" = inside ]; then
		bench 1 fold &
		jobs+=" $! folder"
	fi
	for job in $(printf '%s-%s ' $jobs); do
		if wait "${job%-*}"; then
			echo "ok - ${job#*-} came to their end"
		else
			echo "not ok - ${job#*-} came to their end"
			{ grep -hs "ERROR:" "$work"/{write,fold,read} | head; tail -n 20 "$work"/{write,fold,read}; } || true
		fi
	done
	grep -h differs: "$work"/* | head -n 20 || true
	read -r compared answered differed < <(q "SELECT a.last_value, b.last_value, c.last_value FROM t.compared a, t.answered b, t.differed c" | tr '|' ' ')
	[ "$answered" -le "$enough" ] || break
done
ok "no difference between kept and from scratch" "$differed" 0
echo "# $compared comparisons, $answered of them answered from what is kept, in $seconds s"
ok "many were answered from what is kept" "$((answered > enough))" 1
if [ "$1" = worker ]; then
	for _ in $(seq 300); do
		waiting=$(q "SELECT string_agg(concat_ws(' ', orders, status, waiting), ', ') FROM retention_tracked WHERE status <> 'ready' OR waiting > 0")
		[ -n "$waiting" ] || break
		sleep 0.2
	done
	ok "what waits is folded by itself" "$waiting" ""
fi
q 'CALL retention_fold()'
ok "retention_verify() finds nothing" "$(q "SELECT count(*) FROM (VALUES ('t.a'), ('t.b'), ('t.c'), ('t.d'), ('t.e'), ('t.f'), ('t.g'), ('t.h'), ('t.i'), ('t.j'), ('t.k'), ('t.l')) v (r), retention_verify(r::regclass)")" 0

[ "$1" = inside ] || exit 0
isolation
serializable
ring
guest
invalidated
interrupted
dropped
reindexed
attached
late
[ -z "${TRACKING_HEAVY:-}" ] || many

# From 16 the server remembers the time at which somebody asked when the transaction ends.
ok "a transaction that has folded ends when it ends" "$(psql -X -q -A -t -v ON_ERROR_STOP=1 <<'SQL'
BEGIN;
CALL retention_fold('t.a');
SELECT pg_current_xact_id()::xid AS mine, clock_timestamp() AS folded \gset
COMMIT;
SELECT pg_xact_commit_timestamp(:'mine') >= :'folded';
SQL
)" t

# The faults.  Rows of the log are put away behind the server's back.
if ! q 'CREATE EXTENSION pg_surgery' 2>/dev/null; then
	echo "ok - a log row that is lost is seen # SKIP no pg_surgery"
	echo "ok - a fold by a watermark is seen # SKIP no pg_surgery"
	echo "ok - sums of a month's days that are lost are seen # SKIP no pg_surgery"
	echo "ok - ledgers of a segment that are lost are seen # SKIP no pg_surgery"
	echo "ok - days of sign-ups that are lost are seen # SKIP no pg_surgery"
	exit
fi
ok "the log is one relation" "$(settled t.a 1 q "SELECT cardinality(logs) FROM retention_tracking_state WHERE orders = 't.a'::regclass")" 1
log=$(q "SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'm' AND c.relname LIKE '%log%' AND c.oid IN
	(SELECT unnest(logs) FROM retention_tracking_state WHERE orders = 't.a'::regclass)")
disagree() {
	q "SELECT bool_or(NOT t.compare('${1:-a}')) FROM generate_series(1, 40)" 2>/dev/null
}
q "INSERT INTO t.a (customer, at, amount) VALUES (1, '2024-02-02', 7.5)"
ok "before the faults they agree" "$(disagree)" f
q "SELECT heap_force_kill('$log', ARRAY(SELECT ctid FROM $log))" >/dev/null
ok "a log row that is lost is seen" "$(disagree)" t
q "UPDATE t.a SET customer = customer WHERE customer = 1"
q "UPDATE t.a SET amount = amount + 1 WHERE customer = 1"
q "CALL retention_fold('t.a')"
ok "after a fold of that customer they agree again" "$(disagree)" f

# A writer that commits late has its row of the log before the end that a fold has seen.
q "BEGIN; INSERT INTO t.a (customer, at, amount) VALUES (2, '2024-03-03', 8.5); PREPARE TRANSACTION 'late'"
q "INSERT INTO t.a (customer, at, amount) VALUES (3, '2024-03-03', 8.5)"
q "CALL retention_fold('t.a')"
ok "a fold beside a late writer is no fault" "$(disagree)" f
q "SELECT heap_force_kill('$log', ARRAY(SELECT format('(%s,%s)', b, i)::tid FROM generate_series(1, 291) i))
	FROM generate_series(0, pg_relation_size('$log') / current_setting('block_size')::int - 1) b" >/dev/null 2>&1
q "COMMIT PREPARED 'late'"
ok "a fold by a watermark is seen" "$(disagree)" t

# loses TABLE WHAT CONDITION: those rows of its layers, which are "@", are put away.
loses() {
	local layers rows said
	q "CALL retention_fold('t.$1')"
	ok "before $2 are lost they agree" "$(disagree "$1")" f
	layers=$(q "SELECT layers::regclass FROM retention_tracking_state WHERE orders = 't.$1'::regclass ORDER BY version DESC LIMIT 1")
	rows=$(q "SELECT array_agg(ctid) FROM $layers WHERE ${3//@/$layers}")
	q "SELECT heap_force_kill('$layers', '$rows')" >/dev/null
	# few random reports read what is lost
	for _ in 1 2 3 4; do
		said=$(q "SELECT bool_or(NOT t.compare('$1')) FROM generate_series(1, 120)" 2>&1 || true)
		[[ $said != *t && $said != *"summary is damaged"* ]] || break
	done
	ok "$2 that are lost are seen" "$([[ $said == *t || $said == *"summary is damaged"* ]] && echo yes)" yes
	ok "retention_verify() names it" "$(q "SELECT DISTINCT part FROM retention_verify('t.$1')")" layer
}
loses d "sums of a month's days" "level = 1"
loses g "ledgers of a segment" "level = 2 AND period = (SELECT min(period) FROM @ WHERE level = 2)"
loses i "days of sign-ups" "level = 0"
