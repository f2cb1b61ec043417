#!/bin/bash
# docs/bi.md: its reporting schema is made on the shop of the cookbook, and every statement for a chart is run on it
# as its tool would send it, by the role that only reads. Then what the page says of rights, dependencies, keys
# and dumps of these views.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. test/lib/scratch.sh
. test/bi/blocks.sh
failed=0

# result NAME WRONG
result() {
	if [ -z "$2" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		printf '%s\n' "$2"
		failed=1
	fi
}

# ask DATABASE SQL [PSQL OPTION…]: rows, or "ERROR:  SQLSTATE"
ask() {
	psql -XqAt -d "$1" -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -c "$2" "${@:3}" 2>&1
}

# check NAME EXPECTED SQL [PSQL OPTION…]
check() {
	local answer
	answer=$(ask "$PGDATABASE" "${@:3}")
	result "$1" "$([ "$answer" = "$2" ] || echo "$answer instead of $2")"
}

psql -Xq -v ON_ERROR_STOP=1 -v shop=fixed -v last_day=2025-01-15 -f docs/cookbook/tables.sql
ask postgres "ALTER DATABASE $PGDATABASE SET search_path = fixed, public"

wrong=$(chapter_sql 'The reporting schema' | psql -Xq -v ON_ERROR_STOP=1 -o /dev/null --single-transaction 2>&1)
result 'docs/bi.md: the reporting schema' "$wrong"
[ -z "$wrong" ] || exit 1

# What a tool can rely on: it may be put into parentheses, gives rows, and its columns have names and plain types.
statement() {
	local sql=$1 rows columns
	rows=$(ask "$PGDATABASE" "SELECT count(*) FROM ($sql) AS \"Custom SQL Query\"" -U bi_reader) || { echo "$rows"; return; }
	[ "$rows" -gt 0 ] || echo "no row"
	columns=$(psql -XqAt -F ' ' -U bi_reader 2>&1 <<<"$sql \\gdesc")
	grep -vE '^[a-z_]+ (bigint|integer|numeric|double precision|date|boolean|text)$' <<<"$columns"
	cut -d ' ' -f 1 <<<"$columns" | sort | uniq -d
}

number=0
while IFS=$'\t' read -r -d '' chapter heading line block; do
	[ "$chapter" != 'The reporting schema' ] || continue
	number=$((number + 1))
	wrong=
	for values in with without; do
		sql=$(as_sent "$block" $values)
		case $sql in
			SELECT* | WITH*) wrong+=$(statement "$sql") ;;
			*) wrong+=$(ask "$PGDATABASE" "$sql" -U bi_reader) ;;
		esac
	done
	result "docs/bi.md:$line, $chapter$([ "$heading" = "$chapter" ] || echo ", $heading")" "$wrong"
done < <(blocks sql)
result 'docs/bi.md has statements' "$([ $number -gt 0 ] || echo none)"

# Of this moment: an error while nothing is kept, and then what is committed
check 'who may not use the schema of the orders cannot have reports on them' 'ERROR:  42501' \
	'SELECT count(*) FROM reporting.cohorts_now' -U bi_live
ask "$PGDATABASE" 'GRANT USAGE ON SCHEMA fixed TO bi_live'
check 'a report that cannot be from what is kept is an error for the role' 'ERROR:  55000' \
	'SELECT count(*) FROM reporting.cohorts_now' -U bi_live
check 'what is kept is built' '' "CALL retention_fold('orders')"
for view in cohorts_now revenue_now; do
	check "a chart of reporting.$view" t "SELECT count(*) > 5 FROM (SELECT * FROM reporting.$view WHERE complete) AS q" -U bi_live
done
check 'a new order is in the chart at once' 1 "
	DO \$\$ BEGIN PERFORM set_config('bi.size', cohort_size::text, true) FROM reporting.cohorts_now WHERE cohort = '2024-05' AND age = 0; END \$\$;
	INSERT INTO orders (order_id, customer_id, ordered_at, amount) VALUES (999999, 999999, '2024-05-05 12:00', 77);
	SET LOCAL ROLE bi_live; SET LOCAL retention.tracking = require;
	SELECT cohort_size - current_setting('bi.size')::int FROM reporting.cohorts_now WHERE cohort = '2024-05' AND age = 0"
ask "$PGDATABASE" 'DELETE FROM orders WHERE order_id = 999999'
check 'a report that matches no tracking says so' 'ERROR:  55000' \
	"SELECT count(*) FROM cohort_retention('orders', 'customer_id', 'ordered_at', timezone => 'Europe/Sofia')" -U bi_live
# its triggers depend on columns, as some of the views that follow
check 'the tracking can go again' 1 "SELECT retention_untrack('orders')"

# Who may read
ask "$PGDATABASE" "
	CREATE VIEW reporting.by_function AS SELECT * FROM cohort_retention('orders', 'customer_id', 'ordered_at');
	CREATE VIEW reporting.by_aggregate AS SELECT * FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders));
	GRANT SELECT ON reporting.by_function, reporting.by_aggregate TO bi_reader;"
check 'the reader has no right on the orders' 'ERROR:  42501' 'SELECT FROM fixed.orders' -U bi_reader
check 'a table function in a plain view reads with the rights of the reader' 'ERROR:  42501' \
	'SELECT count(*) FROM reporting.by_function' -U bi_reader
check 'an aggregate in a plain view reads with the rights of the owner' t \
	'SELECT count(*) > 0 FROM reporting.by_aggregate' -U bi_reader
check 'the reader only reads, in the zone of the role' 'on|Europe/Sofia' \
	"SELECT current_setting('transaction_read_only'), current_setting('TimeZone')" -U bi_reader

# Refresh
check 'new orders are in the views after a refresh, also in those of no country' '1|1|1' "
	INSERT INTO orders (order_id, customer_id, ordered_at, amount) VALUES (1000000, 1000000, '2024-05-05 12:00', 77);
	CALL reporting.refresh();
	SELECT (SELECT count(*) FROM reporting.country_cohorts WHERE country = 'unknown' AND cohort = '2024-05-01' AND age = 0),
	       (SELECT customers(summary) FROM reporting.summaries WHERE country = 'unknown'),
	       (SELECT count(*) FROM reporting.monthly_churn WHERE period = '2024-05-01')"
# The rows that a refresh has written anew have another ctid.
for nulls in '' 'NULLS NOT DISTINCT'; do
	name="a refresh works with NULLs in a key${nulls:+ of $nulls} and writes their rows only"
	if [ -n "$nulls" ] && [ "$(ask postgres 'SHOW server_version_num')" -lt 150000 ]; then
		echo "ok - $name # SKIP PostgreSQL 15 has them first"
		continue
	fi
	check "$name" 't|t' "
		CREATE MATERIALIZED VIEW by_segment AS
		SELECT segment, cohort, age, customers FROM cohort_retention('orders', 'customer_id', 'ordered_at', segment => 'country');
		CREATE UNIQUE INDEX ON by_segment (segment, cohort, age) $nulls;
		CREATE TEMP TABLE old AS SELECT ctid AS place, * FROM by_segment;
		REFRESH MATERIALIZED VIEW CONCURRENTLY by_segment;
		SELECT count(*) = (SELECT count(*) FROM old),
		       array_agg(b.* ORDER BY cohort, age) FILTER (WHERE NOT EXISTS (SELECT FROM old WHERE place = b.ctid))
		           = array_agg(b.* ORDER BY cohort, age) FILTER (WHERE segment IS NULL)
		FROM by_segment b"
	ask "$PGDATABASE" 'DROP MATERIALIZED VIEW by_segment'
done
check 'an index over coalesce() will not do' 'ERROR:  55000' "
	CREATE MATERIALIZED VIEW by_segment AS SELECT * FROM cohort_retention('orders', 'customer_id', 'ordered_at');
	CREATE UNIQUE INDEX ON by_segment (coalesce(segment, ''), cohort, age);
	REFRESH MATERIALIZED VIEW CONCURRENTLY by_segment"
check 'a stored summary can be refreshed and read' t \
	'SELECT count(*) > 10 FROM reporting.retention_curve' -U bi_reader

# What a view depends on
check 'the table is a dependency' 'ERROR:  2BP01' 'DROP TABLE orders'
check 'a renamed and moved table is followed' t "
	ALTER TABLE orders RENAME TO sales; ALTER TABLE sales SET SCHEMA public;
	REFRESH MATERIALIZED VIEW reporting.monthly_cohorts;
	ALTER TABLE public.sales SET SCHEMA fixed; ALTER TABLE fixed.sales RENAME TO orders;
	SELECT count(*) > 0 FROM reporting.monthly_cohorts"
check 'a dropped column is no dependency' 'ERROR:  42703' "
	CREATE TABLE few AS SELECT customer_id, ordered_at FROM orders LIMIT 10;
	CREATE MATERIALIZED VIEW of_few AS SELECT * FROM cohort_retention('few', 'customer_id', 'ordered_at');
	ALTER TABLE few DROP COLUMN ordered_at;
	REFRESH MATERIALIZED VIEW of_few"
check 'a column of the aggregate is one' 'ERROR:  2BP01' 'ALTER TABLE orders DROP COLUMN ordered_at'
check 'a text is no dependency' 'ERROR:  42P01' "
	CREATE TABLE few AS SELECT customer_id, ordered_at FROM orders LIMIT 10;
	CREATE MATERIALIZED VIEW of_few AS SELECT * FROM cohort_retention('few'::text::regclass, 'customer_id', 'ordered_at');
	DROP TABLE few;
	REFRESH MATERIALIZED VIEW of_few"
check 'the extension is a dependency' 'ERROR:  2BP01' 'DROP EXTENSION retention'

# Dumps, one as text and one in parts. The views bring their rows, and go on working.
work=$(mktemp -d)
copies=()
trap 'for copy in "${copies[@]}"; do psql -Xq -d postgres -c "DROP DATABASE $copy (FORCE)"; done
	psql -Xq -d postgres -c "DROP DATABASE $scratch (FORCE)"; rm -rf "$work"' EXIT
# One figure for the rows of all views in a database.
contents() {
	ask "$1" "SELECT md5(string_agg(r::text, ' ' ORDER BY r::text)) FROM (
		SELECT c::text r FROM reporting.monthly_cohorts c UNION ALL SELECT c::text FROM reporting.country_cohorts c
		UNION ALL SELECT c::text FROM reporting.monthly_churn c UNION ALL SELECT c::text FROM reporting.order_ladder c
		UNION ALL SELECT c::text FROM reporting.quarterly_revenue c UNION ALL SELECT c::text FROM reporting.summaries c
		UNION ALL SELECT c::text FROM reporting.retention_curve c UNION ALL SELECT c::text FROM reporting.by_aggregate c) r"
}
restore_text() {
	pg_dump "$PGDATABASE" | psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -d "$1"
}
restore_parts() {
	pg_dump -Fc -f "$work/dump" "$PGDATABASE" && pg_restore --exit-on-error -j 2 -d "$1" "$work/dump"
}
before=$(contents "$PGDATABASE")
result 'there are rows to dump' "$([[ $before =~ ^[0-9a-f]{32}$ ]] || echo "$before")"
for way in text parts; do
	copy=${scratch}_$way
	ask postgres "CREATE DATABASE $copy"
	copies+=("$copy")
	wrong=$(restore_$way "$copy" 2>&1)
	[ "$(contents "$copy")" = "$before" ] || wrong+=" the rows differ"
	answer=$(ask "$copy" "SET search_path = fixed, public; DELETE FROM orders; CALL reporting.refresh(); SELECT count(*) FROM reporting.monthly_cohorts")
	[ "$answer" = 0 ] || wrong+=" after a refresh: $answer"
	answer=$(ask "$copy" 'DROP TABLE fixed.orders')
	[ "$answer" = 'ERROR:  2BP01' ] || wrong+=" DROP TABLE: $answer"
	result "a dump as $way restores the views" "$wrong"
done
ask "$PGDATABASE" "
	CREATE MATERIALIZED VIEW by_name AS SELECT * FROM cohort_retention('orders'::text::regclass, 'customer_id', 'ordered_at');"
copy=${scratch}_name
ask postgres "CREATE DATABASE $copy"
copies+=("$copy")
answer=$(restore_text "$copy" 2>&1)
result 'a text without its schema breaks while a dump is restored' \
	"$([[ $answer == *'relation "orders" does not exist'* ]] || echo "$answer")"

exit $failed
