#!/bin/bash
# From each released version to this one: until ALTER EXTENSION retention UPDATE, the library of today serves the SQL
# of then; the update makes the catalogs what CREATE EXTENSION makes them; nothing that users have made is lost.
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

# same NAME FILE FILE: the files are alike, and the first has something in it.
same() {
	if [ -s "$2" ] && diff -u "$2" "$3" >"$work/diff"; then
		echo "ok - $1"
	else
		echo "not ok - $1"
		sed -n '/^[-+][^-+]/p' "$work/diff" | head -n 10 | sed 's/^/# /'
		failed=1
	fi
}

# on DATABASE ARGUMENT…: what psql says, errors included.
on() {
	psql -XqAt -v ON_ERROR_STOP=1 -d "$1" "${@:2}" 2>&1
}

# say DATABASE FILE [SUFFIX]: what a file of this folder says there, kept in DATABASE.FILE and the suffix.
say() {
	on "$1" -f "test/upgrade/$2.sql" >"$work/$1.$2${3:-}" && return
	echo "not ok - $2.sql in $1${3:+ ($3)}"
	tail -n 3 "$work/$1.$2${3:-}" | sed 's/^/# /'
	failed=1
}

make_shop() {
	on postgres -c "CREATE DATABASE $1"
	on "$1" -v version="$2" -f test/upgrade/shop.sql
}

# symbols DATABASE: the library's functions that the SQL there names, and how many arguments they take at most.
symbols() {
	on "$1" -c 'SET client_min_messages = warning; SET search_path = tools' -f test/lib/members.sql -c '
		SELECT prosrc, max(pronargs) FROM function, pg_language l
		WHERE prolang = l.oid AND lanname = $$c$$ GROUP BY prosrc' -F ' ' | sort
}

now=$(sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" retention.control)
mapfile -t released < <(ls sql/released | sed -nE 's/^retention--([0-9.]+)\.sql$/\1/p' | sort -V)
is "there are released versions, and this one is none of them" \
	"$([ ${#released[@]} -gt 0 ] && [[ " ${released[*]} " != *" $now "* ]] && echo true)" true

on postgres -c 'CREATE ROLE retention_analyst' -c 'CREATE ROLE retention_mallory'
make_shop fresh "$now"
for file in calls facts catalog; do
	say fresh $file
done

for version in "${released[@]}"; do
	make_shop shop "$version"
	say shop calls
	same "$version called in the library of $now: the same answers" "$work/fresh.calls" "$work/shop.calls"
	is "... among them those of parallel plans" "$(grep -c 'Partial Aggregate' "$work/shop.calls")" 1
	is "... of all functions that a user of $version calls" "$(
		on shop -c 'SET client_min_messages = warning; SET search_path = tools' -f test/lib/members.sql \
			-c 'SELECT DISTINCT proname FROM function WHERE NOT is_support' |
			while read -r name; do grep -qE "\<$name\(" test/upgrade/calls.sql || echo "$name"; done
		echo end
	)" end
	is "... and a segment, which it does not have, is refused with what to do" "$(
		for name in cohort_retention customer_churn repeat_purchase retention_summaries; do
			on shop -c '\set VERBOSITY verbose' -c "SELECT count(*) FROM tools.$name('orders', 'customer', 'day', segment => 'line_of')"
		done | grep -cE 'ERROR:  0A000: segment needs version|HINT:  Run ALTER EXTENSION retention UPDATE'
	)" 8
	say shop definitions
	say shop views
	say shop facts
	same "views and stored values of $version: the same answers" "$work/fresh.facts" "$work/shop.facts"
	say shop catalog
	is "the catalogs of $version are others" "$(cmp -s "$work/fresh.catalog" "$work/shop.catalog" || echo true)" true

	# Or a session with the library of then would ignore the arguments of now.
	is "a function that takes more arguments than in $version has a symbol of its own" "$(
		join <(symbols shop) <(symbols fresh) | awk '$2 != $3; END { if (NR < 10) print NR " functions in common" }'
		echo end
	)" end

	# A dump of then is restored with the version of now.
	on postgres -c 'CREATE DATABASE restored'
	"$bin/pg_dump" shop >"$work/dump" && on restored -f "$work/dump" >/dev/null
	is "a dump of $version is restored without an error" "$?" 0
	is "... as $now" "$(on restored -c "SELECT extversion FROM pg_extension WHERE extname = 'retention'")" "$now"
	say restored facts
	same "... and says the same" "$work/shop.facts" "$work/restored.facts"
	say restored views
	same "... and views have the columns that they had" "$work/shop.views" "$work/restored.views"

	# An object of somebody else that is in the way.
	on shop -c 'CREATE FUNCTION tools.compare_rates(bigint, bigint, bigint, bigint) RETURNS int LANGUAGE sql RETURN 1'
	is "an object in the way makes the update fail" \
		"$(on shop -c 'ALTER EXTENSION retention UPDATE' | grep -c 'function "compare_rates" already exists with same argument types')" 1
	say shop facts .failed
	same "... and leaves $version as it was" "$work/shop.facts" "$work/shop.facts.failed"
	on shop -c 'DROP FUNCTION tools.compare_rates(bigint, bigint, bigint, bigint)'

	# The update, beside a session that has plans of before.
	on shop -c 'REVOKE ALL ON FUNCTION tools.periods, tools.cohorts, tools.customer_churn FROM public' \
		-c 'GRANT EXECUTE ON FUNCTION tools.periods, tools.cohorts TO retention_analyst'
	say shop privileges
	is "a session that is open goes on with its prepared statements" "$(on shop <<-SQL
		PREPARE churn AS SELECT md5(string_agg(concat(period, churned_customers, complete), ' ')) FROM tools.customer_churn('orders', 'customer', 'day') c;
		EXECUTE churn \\gset before_
		\\! psql -Xq -d shop -c 'ALTER EXTENSION retention UPDATE'
		EXECUTE churn \\gset after_
		SELECT extversion, :'before_md5' = :'after_md5' FROM pg_extension WHERE extname = 'retention';
	SQL
	)" "$now|t"
	say shop facts .updated
	same "tables, views and functions of $version survive the update" "$work/shop.facts" "$work/shop.facts.updated"
	say shop definitions .updated
	same "... views by their definitions" "$work/shop.definitions" "$work/shop.definitions.updated"
	say shop views .updated
	same "... views with the columns that they had" "$work/shop.views" "$work/shop.views.updated"
	say shop privileges .updated
	same "... and so do the privileges" "$work/shop.privileges" "$work/shop.privileges.updated"
	on shop -c 'REFRESH MATERIALIZED VIEW CONCURRENTLY cohort_table' -c 'REINDEX TABLE summaries'
	say shop facts .refreshed
	same "... and materialized views are refreshed" "$work/shop.facts" "$work/shop.facts.refreshed"
	say shop calls .updated
	same "after the update: the same answers" "$work/fresh.calls" "$work/shop.calls.updated"
	on shop -c 'GRANT ALL ON FUNCTION tools.periods, tools.cohorts, tools.customer_churn TO public' \
		-c 'REVOKE ALL ON FUNCTION tools.periods, tools.cohorts FROM retention_analyst'

	on postgres -c 'CREATE DATABASE updated'
	on updated -c 'CREATE SCHEMA tools' -c "CREATE EXTENSION retention SCHEMA tools VERSION '$version'" -c 'ALTER EXTENSION retention UPDATE'
	say updated catalog
	same "$(wc -l <"$work/fresh.catalog") rows of the catalogs are those of a fresh $now" "$work/fresh.catalog" "$work/updated.catalog"

	# Somebody who owns the schema of the extension has put objects of the new names there.
	on postgres -c 'CREATE DATABASE hostile'
	on updated -c 'SET search_path = tools' -f test/install/traps.sql >"$work/traps"
	echo 'CREATE FUNCTION same(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE loot (); RETURN true; END $$; CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = oid, FUNCTION = same)' >>"$work/traps"
	is "objects of somebody else are neither run nor taken over by the update" "$(
		while IFS= read -r object; do
			psql -XqAt -d hostile <<-SQL 2>&1 | tee -a "$work/planted" | grep -E '^(mallory ran|taken)' | sed "s/$/: $object/"
				CREATE SCHEMA target AUTHORIZATION retention_mallory;
				CREATE EXTENSION retention SCHEMA target VERSION '$version';
				SET ROLE retention_mallory;
				SET search_path = target, pg_catalog;
				$object;
				RESET ROLE;
				SELECT 'planted' FROM pg_roles r WHERE rolname = 'retention_mallory' AND (EXISTS (SELECT FROM pg_proc WHERE proowner OPERATOR(pg_catalog.=) r.oid)
					OR EXISTS (SELECT FROM pg_type WHERE typowner OPERATOR(pg_catalog.=) r.oid));
				ALTER EXTENSION retention UPDATE;
				SELECT 'taken' FROM pg_depend d, pg_extension e, pg_identify_object(d.classid, d.objid, 0) o
				WHERE d.refobjid = e.oid AND e.extname = 'retention' AND d.deptype = 'e' AND 'retention_mallory' = coalesce(
					(SELECT proowner FROM pg_proc WHERE d.classid = 'pg_proc'::regclass AND oid = d.objid),
					(SELECT typowner FROM pg_type WHERE d.classid = 'pg_type'::regclass AND oid = d.objid),
					(SELECT oprowner FROM pg_operator WHERE d.classid = 'pg_operator'::regclass AND oid = d.objid), 0)::regrole::text;
				SELECT 'mallory ran' FROM pg_class WHERE relname = 'loot';
				DROP EXTENSION retention CASCADE;
				DROP SCHEMA target CASCADE;
			SQL
		done <"$work/traps"
		echo end
	)" end
	# Those that the old version has cannot be put there.
	is "... and there were some" "$([ "$(grep -c '^planted' "$work/planted")" -ge 8 ] && echo true)" true
	is "... nor is a function of somebody else changed that stands where one of the extension was moved away" "$(
		for name in periods cohort_retention customer_churn retention_summaries; do
			psql -XqAt -d hostile <<-SQL 2>&1 | grep -cE "^ERROR:  function $name\(.*does not exist|^retention_mallory: as it was"
				CREATE SCHEMA target AUTHORIZATION retention_mallory;
				CREATE SCHEMA elsewhere;
				CREATE EXTENSION retention SCHEMA target VERSION '$version';
				SELECT format('CREATE FUNCTION %s RETURNS int LANGUAGE sql RETURN 1', oid::regprocedure) AS trap,
					oid::regprocedure AS function FROM pg_proc WHERE pronamespace = 'target'::regnamespace AND proname = '$name' \\gset
				ALTER FUNCTION :function SET SCHEMA elsewhere;
				SET ROLE retention_mallory;
				:trap;
				RESET ROLE;
				ALTER EXTENSION retention UPDATE;
				SELECT proowner::regrole || ': as it was' FROM pg_proc WHERE oid = to_regprocedure(:'function');
				DROP EXTENSION retention CASCADE;
				DROP SCHEMA target, elsewhere CASCADE;
			SQL
		done
	)" $'2\n2\n2\n2'
	for database in shop restored updated hostile; do
		on postgres -c "DROP DATABASE $database"
	done
done
on postgres -c 'DROP DATABASE fresh' -c 'DROP ROLE retention_analyst' -c 'DROP ROLE retention_mallory'
exit $failed
