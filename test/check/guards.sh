#!/bin/bash
# The support functions of the aggregates refuse to run outside an aggregate. SQL keeps people from
# calling one that takes an internal state; a superuser's mistake gets there all the same, by declaring it
# again. So does this check: with the state as a bigint, once NULL and once a pointer to nowhere, which a
# function that looks at its state before it looks at its caller does not survive.
# Those whose state is a type of its own are called as they are; they may answer, but not crash.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/rule.sh
. test/lib/scratch.sh

# A line for each: function, whether NULL is a good answer, whether any answer is, the declaration, the call.
calls=$(psql -XqAt -v ON_ERROR_STOP=1 -f test/lib/members.sql -f - <<'SQL'
WITH argument AS (
    SELECT f.oid, i, argtype = 'internal'::regtype AS is_state,
           CASE WHEN argtype = 'internal'::regtype THEN 'bigint' ELSE format_type(argtype, NULL) END AS declared,
           CASE WHEN typname ~ '^any.*array$' THEN 'integer[]' WHEN typname ~ '^any' THEN 'integer'
                WHEN argtype = 'internal'::regtype THEN 'bigint' ELSE format_type(argtype, NULL) END AS given
    FROM function f, unnest(proargtypes) WITH ORDINALITY a(argtype, i), pg_type t
    WHERE t.oid = argtype
), value(given, value) AS (
    VALUES ('bigint', '42'), ('integer', '7'), ('numeric', '1.50'), ('text', 'month'), ('date', '2024-01-31'),
           ('timestamp with time zone', '2024-01-31 10:00+00'), ('timestamp without time zone', '2024-01-31 10:00'),
           ('interval', '1 month'), ('boolean[]', '{t,f}'), ('integer[]', '{1}'), ('bytea', 'x'),
           ('retention_history', 'AQABAQ=='), ('retention_history_state', 'AQABAQ=='), ('retention_rfm_state', 'AQACAA==')
), arguments AS (
    SELECT oid, with_values, bool_or(is_state) AS has_state, string_agg(declared, ', ' ORDER BY i) AS declared,
           string_agg(coalesce(CASE WHEN with_values THEN quote_literal(value) END, 'NULL') || '::' || given, ', '
                      ORDER BY i) AS given
    FROM argument LEFT JOIN value USING (given), (VALUES (false), (true)) v(with_values)
    GROUP BY oid, with_values
)
SELECT signature, NOT with_values, NOT has_state,
       CASE WHEN has_state THEN format('CREATE FUNCTION pg_temp.%I(%s) RETURNS %s LANGUAGE c %s AS %L, %L', proname, a.declared,
                                       replace(format_type(prorettype, NULL), 'internal', 'bigint'),
                                       CASE WHEN proisstrict THEN 'STRICT' ELSE '' END, probin, prosrc) END,
       format('SELECT %s(%s) IS NULL', CASE WHEN has_state THEN 'pg_temp.' || quote_ident(proname) ELSE oid::regproc::text END, a.given)
FROM function f JOIN arguments a USING (oid)
WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
  AND EXISTS (SELECT FROM pg_aggregate
              WHERE f.oid IN (aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn,
                              aggminvtransfn, aggmfinalfn))
ORDER BY signature, with_values;
SQL
)
rule "there are support functions to call" "$([ -n "$calls" ] || echo none)"

rule "support functions refuse to be called by hand" "$(
	while IFS='|' read -r signature null_good any_good declaration call; do
		answer=$(psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate ${declaration:+-c "$declaration"} -c "$call" 2>&1) || true
		case $answer,$null_good,$any_good in
			ERROR:*,*,*) ;;
			t,t,* | [tf],*,t) ;;
			[tf],*,*) echo "$signature answers" ;;
			*)
				echo "$signature: $answer" | tr '\n' ' '
				echo
				until pg_isready -q; do sleep 0.2; done
				;;
		esac
	done <<<"$calls"
)"

exit $failed
