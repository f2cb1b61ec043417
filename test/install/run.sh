#!/bin/bash
# Somebody who owns the schema that the extension is installed into has put objects of its names there before:
# CREATE EXTENSION must fail for each kind of them or leave it alone, but never take it over or call it; by a
# superuser, and by her who is none but may create in the database. Overloads that fit better, made before and after
# installation and update, are never called by the table functions. Then: drop and create again, in another schema,
# and as a user who may not.
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

psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE ROLE retention_mallory' -c 'CREATE DATABASE hostile' -c 'CREATE EXTENSION retention' \
	-c 'GRANT CREATE ON DATABASE hostile TO retention_mallory' || exit
# every function, aggregate, operator and type of the extension, as CREATE statements of somebody else
traps=$(psql -XqAt -v ON_ERROR_STOP=1 -f test/install/traps.sql)
psql -Xq -c 'DROP EXTENSION retention'
total=$(wc -l <<<"$traps")

planted=0
sprung=0
taken=0
number=0
while IFS= read -r trap; do
	number=$((number + 1))
	for creator in postgres retention_mallory; do
		answer=$(psql -XqAt -d hostile <<-SQL 2>&1
			CREATE SCHEMA target AUTHORIZATION retention_mallory;
			SET ROLE retention_mallory;
			SET search_path = target, pg_catalog;
			$trap;
			RESET ROLE;
			SELECT 'planted' FROM pg_roles r WHERE rolname = 'retention_mallory' AND (EXISTS (SELECT FROM pg_proc WHERE proowner OPERATOR(pg_catalog.=) r.oid)
				OR EXISTS (SELECT FROM pg_type WHERE typowner OPERATOR(pg_catalog.=) r.oid));
			SET ROLE $creator;
			CREATE EXTENSION retention SCHEMA target;
			RESET ROLE;
			SELECT 'taken' FROM pg_depend d, pg_extension e WHERE d.refobjid = e.oid AND e.extname = 'retention' AND d.deptype = 'e'
				AND ((d.classid = 'pg_proc'::regclass AND (SELECT proowner FROM pg_proc WHERE oid = d.objid) = 'retention_mallory'::regrole)
					OR (d.classid = 'pg_type'::regclass AND (SELECT typowner FROM pg_type WHERE oid = d.objid) = 'retention_mallory'::regrole)
					OR (d.classid = 'pg_operator'::regclass AND (SELECT oprowner FROM pg_operator WHERE oid = d.objid) = 'retention_mallory'::regrole));
			SELECT 'mallory ran' FROM pg_class WHERE relname = 'loot';
			DROP EXTENSION IF EXISTS retention CASCADE;
			DROP SCHEMA target CASCADE;
		SQL
		)
		if grep -q '^planted' <<<"$answer"; then planted=$((planted + 1)); else echo "# $answer"; fi
		grep -q 'mallory ran' <<<"$answer" && sprung=$((sprung + 1)) && echo "# $trap"
		grep -q '^taken' <<<"$answer" && taken=$((taken + 1)) && echo "# $trap"
	done
done < <(awk -v every="${EVERY:-1}" 'NR % every == 0 || /TYPE|OPERATOR/' <<<"$traps")
is "there are objects to put there, and each was" "$planted $([ "$total" -gt 20 ] && echo many)" "$((2 * number)) many"
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
psql -Xq -d hostile -c 'REVOKE CREATE ON DATABASE hostile FROM retention_mallory'
is "whoever may not create in the database cannot create it" "$(
	psql -XqAt -d hostile -c 'SET ROLE retention_mallory' -c 'CREATE EXTENSION retention' 2>&1 |
		grep -cE 'permission denied to create extension "retention"|Must have CREATE privilege on current database'
)" 2
psql -Xq -d hostile -c 'GRANT CREATE ON DATABASE hostile TO retention_mallory'
is "whoever may, can: the extension is hers, all that is in it the superuser's, and it counts" "$(psql -XqAt -d hostile <<-'SQL' 2>&1
	SET ROLE retention_mallory;
	CREATE SCHEMA target;
	CREATE EXTENSION retention SCHEMA target;
	SELECT extowner::regrole FROM pg_extension WHERE extname = 'retention';
	SELECT DISTINCT coalesce((SELECT proowner FROM pg_proc WHERE d.classid = 'pg_proc'::regclass AND oid = d.objid),
		(SELECT typowner FROM pg_type WHERE d.classid = 'pg_type'::regclass AND oid = d.objid),
		(SELECT oprowner FROM pg_operator WHERE d.classid = 'pg_operator'::regclass AND oid = d.objid),
		(SELECT opcowner FROM pg_opclass WHERE d.classid = 'pg_opclass'::regclass AND oid = d.objid), 10)
	FROM pg_depend d, pg_extension e WHERE d.refobjid = e.oid AND e.extname = 'retention' AND d.deptype = 'e';
	SELECT sum(customers) FROM target.cohorts((SELECT target.retention_agg(1, date '2024-01-01', 'month')));
	DROP EXTENSION retention;
	DROP SCHEMA target;
SQL
)" $'retention_mallory\n10\n1'

# Overloads. Their statements, and the answers without any.
overloads=$(mktemp -d)
trap 'rm -r "$overloads"' EXIT
psql -XqAt -d hostile -v ON_ERROR_STOP=1 <<-SQL
	\i test/lib/overloads.sql
	ALTER TYPE overload.tier OWNER TO retention_mallory;
	CREATE SCHEMA target;
	CREATE EXTENSION retention SCHEMA target;
	CREATE TABLE overload.expected AS SELECT * FROM overload.answers('target', '1.1');
	SET search_path = target;
	\o $overloads/before
	SELECT o || ';' FROM pg_temp.overloads(true) o;
	\o $overloads/after
	SELECT o || ';' FROM pg_temp.overloads() o;
	\o
	DROP EXTENSION retention;
	DROP SCHEMA target;
SQL
# Her objects in the extension's schema, and the calls with another answer.
look() {
	echo "SELECT (SELECT count(*) > 100 FROM pg_proc WHERE pronamespace = 'target'::regnamespace AND proowner = 'retention_mallory'::regrole),
		count(*) > 100, count(*) FILTER (WHERE a.answer IS DISTINCT FROM e.answer)
		FROM overload.answers('target', '$1') a JOIN overload.expected e USING (n);"
}
# as_mallory STATEMENT…
as_mallory() {
	echo 'SET ROLE retention_mallory; SET search_path = target;'
	printf '%s\n' "$@"
	echo 'RESET ROLE; RESET search_path;'
}
add_all="SELECT format('ALTER EXTENSION retention ADD %s %s', CASE prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END, oid::regprocedure)
	FROM pg_proc WHERE pronamespace = 'target'::regnamespace AND proowner = 'retention_mallory'::regrole \gexec"
# overloaded NAME EXPECTED STATEMENT…
overloaded() {
	is "$1" "$(
		{
			echo 'CREATE SCHEMA target AUTHORIZATION retention_mallory;'
			printf '%s\n' "${@:3}"
			echo 'DROP EXTENSION retention CASCADE; DROP SCHEMA target CASCADE;'
		} | psql -XqAt -d hostile 2>"$overloads/errors"
	)" "$2"
}
before=$(<"$overloads/before") after=$(<"$overloads/after")
overloaded "overloads from before the installation and after it are not called by a superuser's reports" 't|t|0' \
	"$(as_mallory "$before")" 'CREATE EXTENSION retention SCHEMA target;' "$(as_mallory "$after")" "$(look 1.1)"
overloaded "... nor those that the owner of the extension adds to it" 't|t|0' \
	"$(as_mallory 'CREATE EXTENSION retention SCHEMA target;' "$after" "$add_all")" "$(look 1.1)"
for version in $(ls sql/released | sed -nE 's/^retention--([0-9.]+)\.sql$/\1/p'); do
	overloaded "... nor, of $version, those from before it, before and after the update" $'t|t|0\nt|t|0' \
		"$(as_mallory "$before")" "CREATE EXTENSION retention SCHEMA target VERSION '$version';" "$(look "$version")" \
		'ALTER EXTENSION retention UPDATE;' "$(as_mallory "$after")" "$(look 1.1)"
	overloaded "... nor, of $version, those from between it and the update, and added to it" $'t|t|0\nt|t|0' \
		"$(as_mallory "CREATE EXTENSION retention SCHEMA target VERSION '$version';" "$after" "$add_all")" "$(look "$version")" \
		"$(as_mallory 'ALTER EXTENSION retention UPDATE;')" "$(look 1.1)"
done
psql -Xq -c 'DROP DATABASE hostile' -c 'DROP ROLE retention_mallory'
exit $failed
