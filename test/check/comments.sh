#!/bin/bash
# Everything the extension brings is explained: to psql's \d commands by a COMMENT, and what a user calls
# also by the reference.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/rule.sh
. test/lib/scratch.sh

ask() {
	psql -XqAt -v ON_ERROR_STOP=1 -f test/lib/members.sql -c "$1"
}

# An array type, the relation behind a composite type and the row type of a table or view take no comment of their own.
bare=$(ask "
	SELECT o.type || ' ' || o.identity
	FROM member, pg_identify_object(classid, objid, objsubid) o
	WHERE obj_description(objid, (SELECT relname FROM pg_class c WHERE c.oid = classid)) IS NULL
	  AND NOT (classid = 'pg_class'::regclass AND EXISTS (SELECT FROM pg_class c WHERE c.oid = objid AND relkind = 'c'))
	  AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.typarray = objid))
	  AND NOT (classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t JOIN pg_class c ON c.oid = typrelid WHERE t.oid = objid AND relkind <> 'c'))
	ORDER BY 1")
rule "every object has a comment" "$bare"

rule "every column of its views has a comment" "$(ask "
	SELECT objid::regclass || '.' || attname
	FROM member
	JOIN pg_class c ON classid = 'pg_class'::regclass AND c.oid = objid AND relkind = 'v'
	JOIN pg_attribute a ON attrelid = objid AND attnum > 0
	WHERE col_description(objid, attnum) IS NULL
	ORDER BY 1")"

# By these words the reference tells the functions apart that somebody calls, which psql cannot.
rule "comments of support functions say that they are" "$(ask "
	SELECT signature FROM function WHERE is_support <> (obj_description(oid, 'pg_proc') LIKE 'support function of %') ORDER BY 1")"

called=$(ask "SELECT DISTINCT proname FROM function WHERE NOT is_support ORDER BY 1")
rule "every function a user calls is in docs/reference.md" "$(
	for name in $called; do
		grep -sqE "(^|[^a-z_])$name\(" docs/reference.md || echo "$name"
	done
)"
rule "the extension has functions for users" "$([ -n "$called" ] || echo none)"

# The reference in one line, without quotes; two of its signatures stand for the beginning of others.
reference=$(tr -s '[:space:]' ' ' <docs/reference.md | tr -d "'")
whole=$(sed -E 's/.*[^a-z_]cohort_retention\((orders regclass[^)]*)\).*/\1/' <<<"$reference")
reference=${reference//… the same as cohort_retention/$whole}
reference=${reference//… the same until as_of/${whole%%, age_window*}}

# Names and defaults of the arguments are as declared, types if they are told; "time" is any type of times.
rule "docs/reference.md has the arguments of every function a user calls" "$(
	ask "
		SELECT signature, format('(^|[^a-z_])%s[(]%s[)]', proname, string_agg(concat(a[1], '( ', a[2], ')?', ' DEFAULT ' || a[3]), ', ' ORDER BY n))
		FROM function,
			regexp_split_to_table(regexp_replace(replace(pg_get_function_arguments(oid), '''', ''), '^IN |(, )?OUT .*', ''), ', ') WITH ORDINALITY AS r(argument, n),
			regexp_replace(argument, '::[^,]*\$', '') AS bare,
			regexp_replace(bare, '(timestamp with(out)? time zone|date)( |\$)', '(\\1|time)\\3') AS timely,
			regexp_match(regexp_replace(timely, '(\[\])', '\\[\\]'), '^((?:VARIADIC )?\w+) (.*?)(?: DEFAULT (.*))?\$') AS a
		WHERE NOT is_support
		GROUP BY oid, proname, signature
		ORDER BY 1" | while IFS='|' read -r signature pattern; do
		grep -qE "$pattern" <<<"$reference" || echo "$signature"
	done
)"

exit $failed
