#!/bin/bash
# test/exchange/run.sh [ROUNDS]
# Processes that hand each other the rows of a scan node (src/scan/exchange.h): the bytes of a serial plan, and no process that
# waits for ever, with any number of workers, with fewer than were planned, without the leader; when one fails, is ended, or the
# query is cancelled while others wait for it. ROUNDS of random plans; test/variants does it with chunks of a few rows.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. test/lib/rule.sh
. test/lib/scratch.sh
rounds=${1:-60}

sql() {
	psql -XqAt -v ON_ERROR_STOP=1 "$@"
}
milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}

# Texts of up to 30,000 characters, which fill more than a chunk each.
sql <<'SQL'
CREATE TABLE orders AS
SELECT n AS id, n * 7919 % 9000 AS number, md5((n * 7919 % 9000)::text)::uuid AS uuid, (n * 7919 % 9000)::numeric AS num,
	'customer ' || CASE WHEN n * 7919 % 9000 < 20 THEN repeat(md5(n::text), 0) || repeat('long', n * 7919 % 9000 * 375) ELSE '' END || n * 7919 % 9000 AS name,
	timestamptz '2023-10-01 00:00+00' + n * interval '17 minutes' AS at, (n % 97 - 4) / 4.0 AS amount
FROM generate_series(1, 40000) n;
ANALYZE orders;
CREATE TABLE few AS SELECT * FROM orders WHERE id <= 3;
CREATE FUNCTION plan_in_parallel() RETURNS void LANGUAGE sql AS $$
	SELECT set_config(name, '0', false) FROM unnest(ARRAY['parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size',
		'cpu_operator_cost']) name
$$;
-- A plan with workers, where there are many rows, or an error.
CREATE FUNCTION with_workers(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
	result text;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	IF query LIKE '%FROM orders' AND plan::text !~ 'Gather.*Retention Scan' THEN
		RAISE 'not in parallel: %', query;
	END IF;
	EXECUTE query INTO result;
	RETURN coalesce(result, 'null');
END $$;
CREATE TABLE calls AS
SELECT call, source, NULL::text AS answer
FROM unnest(ARRAY['retention_agg(number, at', 'retention_agg(number, at, amount', 'retention_agg(uuid, at', 'retention_agg(uuid, at, amount',
	'retention_agg(num, at, amount', 'retention_agg(name, at', 'retention_agg(name, at, amount', 'retention_agg(number, at, amount * 1e30',
	'retention_agg(number, at, CASE id % 3 WHEN 0 THEN amount * 1e25 WHEN 1 THEN amount END', 'retention_agg(number % 2, at, amount / 3',
	'retention_agg(number, at, CASE WHEN id % 1000 = 7 THEN 1e-20 ELSE amount END', 'retention_agg(1, at, amount',
	'anchored_retention_agg(number, at, at - number % 5 * interval ''20 days''', 'anchored_retention_agg(name, CASE WHEN id % 7 > 0 THEN at END, at - interval ''1 day'', amount',
	'anchored_retention_agg(uuid, at, at + id % 3 * interval ''1 day'', amount * 1e30',
	'concat(retention_agg(number, at, ''month'') FILTER (WHERE id % 3 > 0), retention_agg(name, at, amount, ''week''), retention_agg(uuid, at, amount']) call,
	unnest(ARRAY['orders', 'orders WHERE id % 50 = 0', 'orders WHERE id < 0', 'few']) source;
SET max_parallel_workers_per_gather = 0;
DO $$
DECLARE
	c calls;
BEGIN
	FOR c IN TABLE calls LOOP
		EXECUTE format('SELECT md5(%s, ''month'')%s::text) FROM %s', c.call, CASE WHEN c.call LIKE 'concat%' THEN ')' END, c.source) INTO c.answer;
		UPDATE calls SET answer = coalesce(c.answer, 'null') WHERE call = c.call AND source = c.source;
	END LOOP;
END $$;
SQL

# A round is a random setting, then some of the calls, in no more than a minute.
sql <<'SQL'
CREATE FUNCTION round() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	c calls;
	answer text;
	setting text;
BEGIN
	PERFORM set_config('parallel_leader_participation', CASE WHEN random() < 0.6 THEN 'on' ELSE 'off' END, false);
	-- one worker without its leader is as good as none to the planner
	PERFORM set_config('max_parallel_workers_per_gather', (CASE current_setting('parallel_leader_participation') WHEN 'on' THEN 1 ELSE 2 END +
		floor(random() * 3))::int::text, false);
	PERFORM set_config('max_parallel_workers', CASE WHEN random() < 0.6 THEN '8' ELSE floor(random() * 4)::int::text END, false);
	PERFORM set_config('work_mem', CASE WHEN random() < 0.8 THEN '4MB' ELSE '64kB' END, false);
	FOR c IN SELECT * FROM calls ORDER BY random() LIMIT 12 LOOP
		answer = with_workers(format('SELECT md5(%s, ''month'')%s::text) FROM %s', c.call, CASE WHEN c.call LIKE 'concat%' THEN ')' END, c.source));
		IF answer <> c.answer THEN
			SELECT string_agg(name || ' = ' || current_setting(name), ', ') INTO setting
			FROM unnest(ARRAY['max_parallel_workers_per_gather', 'max_parallel_workers', 'parallel_leader_participation', 'work_mem']) name;
			RAISE '%, ''month'') FROM % with %: % instead of %', c.call, c.source, setting, answer, c.answer;
		END IF;
	END LOOP;
END $$;
SQL
rule "random plans end and have the bytes of serial ones" "$({
	echo "SET statement_timeout = '60s'; DO \$\$ BEGIN PERFORM plan_in_parallel(); END \$\$;"
	yes 'DO $$ BEGIN PERFORM round(); END $$;' | head -n "$rounds"
} | sql 2>&1)"

# One row keeps the process that finds it for half a minute; the others wait for it.
stuck() {
	psql -XqAt 2>&1 <<SQL
SELECT plan_in_parallel();
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = ${2:-on};
SET application_name = 'stuck';
$1
SELECT retention_agg(name, at, amount, 'month') IS NOT NULL FROM orders WHERE CASE WHEN id = 39000 THEN pg_sleep(30) IS NOT NULL ELSE true END;
SQL
}
# A process of it that waits for what, once there is one.
waiting() {
	local pid
	for _ in $(seq 100); do
		pid=$(sql -c "SELECT pid FROM pg_stat_activity WHERE application_name = 'stuck' AND wait_event = '$1' AND ($2) LIMIT 1")
		[ -z "$pid" ] || break
		sleep 0.1
	done
	echo "${pid:-0}"
}
# The message of a query that has been stuck, and how long after START it ended.
ended() {
	grep -q "$1" <<<"$3" || echo "$3"
	[ $(($(milliseconds) - $2)) -lt 1500 ] || echo "after $(($(milliseconds) - $2)) ms"
}

start=$(milliseconds)
answer=$(stuck "SET statement_timeout = '1s';")
rule "a timeout ends those who wait" "$(ended 'statement timeout' $((start + 1000)) "$answer")"

output=$(mktemp)
trap 'rm -f "$output"' RETURN
end_one() {
	local name=$1 kind=$2 whom=$3 how=$4 message=$5 participation=${6:-on} pid started
	stuck '' "$participation" >"$output" &
	local query=$!
	pid=$(waiting "$kind" "$whom")
	started=$(milliseconds)
	sql -c "SELECT $how($pid)" >/dev/null
	wait $query
	rule "$name" "$([ "$pid" != 0 ] || echo "nobody waits"; ended "$message" "$started" "$(cat "$output")")"
}
end_one "a worker that waits can be ended" Extension "backend_type = 'parallel worker'" pg_terminate_backend 'due to administrator command'
end_one "so can one that others wait for" PgSleep "backend_type = 'parallel worker'" pg_terminate_backend 'due to administrator command' off
end_one "a leader that does not take part can be cancelled" ExecuteGather "backend_type = 'client backend'" pg_cancel_backend 'canceling statement' off
rule "a failure of one process is that of the query" "$(
	answer=$(sql 2>&1 -c "SELECT plan_in_parallel()" -c "SET max_parallel_workers_per_gather = 3" -c "SET statement_timeout = '20s'" \
		-c "SELECT retention_agg(number, at, amount / (id - 39000), 'month') FROM orders")
	grep -q 'division by zero' <<<"$answer" || echo "$answer")"
rule "no worker is left" "$(sql -c "SELECT backend_type FROM pg_stat_activity WHERE application_name = 'stuck'")"
rm -f "$output"
exit $failed
