#!/bin/bash
# pg_dump and pg_restore of a database with tables, views and materialized views of both types, aggregates and
# table functions: everything is there again and gives the same; nothing but the extension is dumped of it.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. test/lib/postgres.sh
bin=$("$PG_CONFIG" --bindir)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

is() {
	if [ "$2" = "$3" ] && [ -n "$2" ]; then
		echo "ok - $1"
	else
		printf 'not ok - %s\n# %s\n# %s\n' "$1" "$2" "$3"
		failed=1
	fi
}

psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE DATABASE dump_from' -c 'CREATE DATABASE dump_custom' -c 'CREATE DATABASE dump_plain' || exit
psql -Xq -v ON_ERROR_STOP=1 -d dump_from -f test/dump/shop.sql || exit
# The same error in both places is no answer.
facts() {
	psql -XqAt -v ON_ERROR_STOP=1 -d "$1" -f test/dump/facts.sql 2>&1 || echo "failed in $1"
}
"$bin/pg_dump" -Fc dump_from >"$work/custom" && "$bin/pg_restore" -d dump_custom "$work/custom"
is "pg_restore of a custom dump has no error" "$?" 0
"$bin/pg_dump" dump_from >"$work/plain" && psql -Xq -v ON_ERROR_STOP=1 -d dump_plain -f "$work/plain" >/dev/null
is "psql of a plain dump has no error" "$?" 0
is "custom: values, views, indexes and reports are the same" "$(facts dump_custom)" "$(facts dump_from)"
is "plain: the same" "$(facts dump_plain)" "$(facts dump_from)"
is "of the extension, the dump has one CREATE EXTENSION" "$(grep -c '^CREATE EXTENSION IF NOT EXISTS retention' "$work/plain")" 1
is "... and none of its functions" "$(grep -cE '^CREATE (FUNCTION|AGGREGATE|TYPE) [a-z]+\.(retention_|history_)' "$work/plain")" 0
for database in dump_custom dump_plain; do
	psql -Xq -v ON_ERROR_STOP=1 -d $database -c "INSERT INTO orders VALUES (99, '2024-05-01', 7)" -c 'REFRESH MATERIALIZED VIEW CONCURRENTLY cohort_table'
	is "$database: the materialized view refreshes concurrently" "$?" 0
done
# what it depends on is known
like=$(psql -XqAt -d dump_from -c 'DROP TABLE orders' 2>&1)
is "DROP TABLE names the views of the table" "$(grep -c 'cannot drop table orders because other objects depend on it' <<<"$like")" 1
like=$(psql -XqAt -d dump_from -c 'DROP EXTENSION retention' 2>&1)
is "DROP EXTENSION names what uses it" "$(grep -c 'cannot drop extension retention because other objects depend on it' <<<"$like")" 1
psql -Xq -c 'DROP DATABASE dump_from' -c 'DROP DATABASE dump_custom' -c 'DROP DATABASE dump_plain'
exit $failed
