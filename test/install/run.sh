#!/bin/bash
# Somebody who owns the schema that the extension is installed into has put objects of its names there before:
# CREATE EXTENSION by a superuser must fail for each kind of them or leave it alone, but never take it over or
# call it. Then: drop and create again, in another schema, and as a user who may not.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
failed=0

is() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1 (\"$2\" instead of \"$3\")"
		failed=1
	fi
}

psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE ROLE retention_mallory' -c 'CREATE DATABASE hostile' -c 'CREATE EXTENSION retention'
# every function, aggregate, operator and type of the extension, as CREATE statements of somebody else
traps=$(psql -XqAt -v ON_ERROR_STOP=1 -f test/install/traps.sql)
psql -Xq -c 'DROP EXTENSION retention'
total=$(wc -l <<<"$traps")

sprung=0
taken=0
number=0
while IFS= read -r trap; do
	number=$((number + 1))
	answer=$(psql -XqAt -d hostile <<-SQL 2>&1
		CREATE SCHEMA target AUTHORIZATION retention_mallory;
		SET ROLE retention_mallory;
		SET search_path = target, pg_catalog;
		$trap;
		RESET ROLE;
		CREATE EXTENSION retention SCHEMA target;
		SELECT 'taken' FROM pg_depend d, pg_extension e WHERE d.refobjid = e.oid AND e.extname = 'retention' AND d.deptype = 'e'
			AND ((d.classid = 'pg_proc'::regclass AND (SELECT proowner FROM pg_proc WHERE oid = d.objid) = 'retention_mallory'::regrole)
				OR (d.classid = 'pg_type'::regclass AND (SELECT typowner FROM pg_type WHERE oid = d.objid) = 'retention_mallory'::regrole)
				OR (d.classid = 'pg_operator'::regclass AND (SELECT oprowner FROM pg_operator WHERE oid = d.objid) = 'retention_mallory'::regrole));
		SELECT 'mallory ran' FROM pg_class WHERE relname = 'loot';
		DROP EXTENSION IF EXISTS retention CASCADE;
		DROP SCHEMA target CASCADE;
	SQL
	)
	grep -q 'mallory ran' <<<"$answer" && sprung=$((sprung + 1)) && echo "# $trap"
	grep -q '^taken' <<<"$answer" && taken=$((taken + 1)) && echo "# $trap"
done < <(awk -v every="${EVERY:-1}" 'NR % every == 0 || /TYPE|OPERATOR/' <<<"$traps")
is "of $total objects that may be there before, none of $number tried runs during installation" $sprung 0
is "... nor becomes part of the extension" $taken 0

is "it installs into a schema of its own, is dropped without a trace, and installs again" "$(psql -XqAt -d hostile <<-SQL 2>&1
	CREATE SCHEMA a; CREATE SCHEMA b;
	CREATE EXTENSION retention SCHEMA a;
	DROP EXTENSION retention;
	SELECT count(*) FROM pg_proc WHERE proname ~ '^retention|^history_agg';
	CREATE EXTENSION retention SCHEMA b;
	SELECT sum(customers) FROM b.cohorts((SELECT b.retention_agg(1, date '2024-01-01', 'month')));
	DROP EXTENSION retention;
SQL
)" "$(printf '0\n1')"
answer=$(psql -XqAt -d hostile -c 'GRANT CREATE ON DATABASE hostile TO retention_mallory' -c 'SET ROLE retention_mallory' -c 'CREATE EXTENSION retention' 2>&1)
is "nobody but a superuser can create it" "$(grep -c 'permission denied to create extension "retention"' <<<"$answer")" 1
psql -Xq -c 'DROP DATABASE hostile' -c 'DROP ROLE retention_mallory'
exit $failed
