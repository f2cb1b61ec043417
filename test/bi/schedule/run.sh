#!/bin/bash
# The nightly refresh of docs/bi.md by the real pg_cron: the job is made as the page says, its time is changed to now, and an
# order that came in since is in the views.
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

# Seconds are known from version 1.5 on.
ask "SELECT cron.alter_job(jobid, schedule => '2 seconds') FROM cron.job" >/dev/null ||
	ask "SELECT cron.alter_job(jobid, schedule => '* * * * *') FROM cron.job" >/dev/null
for ((second = 0; second < 90; second++)); do
	[ "$(ask "SELECT count(*) FROM cron.job_run_details WHERE status NOT IN ('starting', 'running')")" = 0 ] || break
	sleep 1
done
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
exit $failed
