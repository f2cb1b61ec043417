#!/bin/bash
# Jobs of the documentation by the real pg_cron: made as the page says, their time changed to now. After the nightly refresh of
# docs/bi.md an order that came in since is in the views; the alert of docs/cookbook/comparing.md is in its table, and heard by
# who listens.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/packages.sh
. test/lib/postgres.sh
. test/bi/blocks.sh

if [ "${1:-}" != inside ]; then
	major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	library=$("$PG_CONFIG" --pkglibdir)/pg_cron.so
	# Debian's package is for Debian's server.
	case $library in
		/usr/lib/postgresql/*) ensure pg_cron "$library:postgresql-$major-cron" || exit 0 ;;
	esac
	if [ ! -e "$library" ]; then
		echo "ok - pg_cron # SKIP this PostgreSQL has no pg_cron"
		exit 0
	fi
	export CLUSTER_SETTINGS="shared_preload_libraries = 'pg_cron'
cron.database_name = 'postgres'
cron.use_background_workers = on"
	exec test/lib/with_cluster.sh "$0" inside
fi

export PGOPTIONS='-c client_min_messages=warning -c search_path=fixed,public'
failed=0

ask() {
	psql -XqAt -v ON_ERROR_STOP=1 -c "$1" 2>&1
}

# check NAME EXPECTED SQL
check() {
	local answer
	answer=$(ask "$3")
	if [ "$answer" = "$2" ]; then
		echo "ok - pg_cron: $1"
	else
		echo "not ok - pg_cron: $1 ($answer instead of $2)"
		failed=1
	fi
}

psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention' &&
	psql -Xq -v ON_ERROR_STOP=1 -v shop=fixed -v last_day=2025-01-15 -f docs/cookbook/tables.sql &&
	chapter_sql 'The reporting schema' | psql -Xq -v ON_ERROR_STOP=1 || exit
while IFS=$'\t' read -r -d '' _ _ _ block; do
	[[ $block != '-- with pg_cron'* ]] || psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -c "$block" || exit
done < <(blocks sql)
echo "# pg_cron $(ask "SELECT extversion FROM pg_extension WHERE extname = 'pg_cron'")"

check 'the job of docs/bi.md is there' '15 3 * * *|CALL reporting.refresh()' 'SELECT schedule, command FROM cron.job'
ask "INSERT INTO orders (order_id, customer_id, ordered_at, amount) VALUES (1000000, 1000000, '2024-05-05 12:00', 77)"
check 'the order is not in the views before the refresh' 0 "SELECT count(*) FROM reporting.country_cohorts WHERE country = 'unknown'"

# run COMMAND TIMES: the job with this command now, until it has come to its end so often since.
run() {
	local before second
	local ended="SELECT count(*) FROM cron.job_run_details WHERE command = '$1' AND status NOT IN ('starting', 'running')"

	before=$(ask "$ended")
	# Seconds are known from version 1.5 on.
	ask "SELECT cron.alter_job(jobid, schedule => '2 seconds') FROM cron.job WHERE command = '$1'" >/dev/null ||
		ask "SELECT cron.alter_job(jobid, schedule => '* * * * *') FROM cron.job WHERE command = '$1'" >/dev/null
	for ((second = 0; second < 70 * $2; second++)); do
		[ "$(ask "$ended")" -lt $((before + $2)) ] || break
		sleep 1
	done
	ask "SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE command = '$1'" >/dev/null
}

run 'CALL reporting.refresh()' 1
check 'the job has succeeded' 'succeeded|CALL reporting.refresh()' \
	'SELECT status, command FROM cron.job_run_details ORDER BY runid LIMIT 1'
check 'the new order is in the views' '1|77.00|1' "
	SELECT (SELECT customers FROM reporting.country_cohorts WHERE (country, cohort, age) = ('unknown', '2024-05-01', 0)),
	       (SELECT revenue FROM reporting.country_cohorts WHERE (country, cohort, age) = ('unknown', '2024-05-01', 0)),
	       (SELECT customers(summary) FROM reporting.summaries WHERE country = 'unknown')"
check 'the view is what the table function says' 0 "
	SELECT count(*)
	FROM (SELECT cohort, age, customers, revenue, complete FROM reporting.monthly_cohorts) v
	NATURAL FULL JOIN
	     (SELECT cohort, age, customers, revenue, complete, 1 AS here
	      FROM cohort_retention('orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Sofia',
	                            as_of => (now() AT TIME ZONE 'Europe/Sofia')::date)) f
	WHERE v IS NULL OR here IS NULL"

# The alert: its table and procedure, and what has been so far.
alerts() {
	blocks "$1" docs/cookbook/comparing.md | while IFS=$'\t' read -r -d '' chapter _ _ block; do
		[ "$chapter" != 'Alert when a week is out of line' ] || printf '%s\n' "$block"
	done
}
ask 'ALTER DATABASE postgres SET search_path = fixed, public'
alerts sql | psql -Xq -v ON_ERROR_STOP=1 -o /dev/null || exit
alerts text | psql -Xq -v ON_ERROR_STOP=1 -o /dev/null || exit
check 'the job of docs/cookbook/comparing.md is there' '30 4 * * *|CALL notice_signals()' \
	"SELECT schedule, command FROM cron.job WHERE jobname = 'alerts'"
check 'there are alerts of before, none of them of the week' t "SELECT count(*) > 0 AND NOT bool_or(week = '2024-12-16') FROM alerts"
# psql says what it has heard after a command
coproc listener { psql -XqAt 2>&1; }
echo "LISTEN retention_alerts; SELECT 'listening';" >&"${listener[1]}"
IFS= read -r -t 10 answer <&"${listener[0]}"
[ "$answer" = listening ] || echo "# $answer"
# forty new customers of one week, all of whom come back in the next
ask "INSERT INTO orders (order_id, customer_id, ordered_at, amount)
	SELECT 2000000 + 2 * c + n, 2000000 + c, timestamptz '2024-12-18 12:00' + n * interval '7 days', 20
	FROM generate_series(1, 40) c, generate_series(0, 1) n"
run 'CALL notice_signals()' 2
check 'both runs of the alert have succeeded' 'succeeded|2' \
	"SELECT status, count(*) FROM cron.job_run_details WHERE command = 'CALL notice_signals()' GROUP BY status"
check 'the week is in the table' '2024-12-16|above|t' \
	"SELECT week, signal, rate > upper FROM alerts WHERE noticed_at > (SELECT min(noticed_at) FROM alerts)"
printf '%s\n' "SELECT 'end';" '\q' >&"${listener[1]}"
heard=$(timeout 10 cat <&"${listener[0]}")
if [ "$(grep -c 'Asynchronous notification "retention_alerts" with payload "customers of the week from 2024-12-16: above"' <<<"$heard")" = 1 ] &&
	[ "$(grep -c 'Asynchronous' <<<"$heard")" = 1 ]; then
	echo 'ok - pg_cron: who listens has heard of it once'
else
	echo "not ok - pg_cron: who listens has heard of it once ($heard)"
	failed=1
fi
exit $failed
