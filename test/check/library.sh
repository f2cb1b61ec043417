#!/bin/bash
# The installed library: which symbols it shows to the server and other extensions, that there is no bitcode of it, and
# that expressions give the same when the server compiles them.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/postgres.sh
. test/lib/rule.sh
. test/lib/scratch.sh

installed=$("$PG_CONFIG" --pkglibdir)
rule "no bitcode is installed, nor left from an older version" "$(compgen -G "$installed/bitcode/retention*" || true)"
symbols=$(nm -D --defined-only "$installed/retention.so" | awk '{ print $3 }' | sort)
declared=$(psql -XqAt -v ON_ERROR_STOP=1 -f test/lib/members.sql -c "
	SELECT DISTINCT prosrc FROM function WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')" | sort)

rule "all symbols are retention_…, or the server's own" \
	"$(grep -vE '^(retention_|pg_finfo_retention_|Pg_magic_func$|_PG_init$)' <<<"$symbols" || true)"
released=$(sed -nE "s/.*'MODULE_PATHNAME', '([a-z0-9_]+)'.*/\1/p" sql/released/*.sql)
rule "SQL of this version or of a released one declares each function that the library offers" \
	"$(comm -3 <(sed -n 's/^pg_finfo_//p' <<<"$symbols" | sort) - <<<"$(sort -u <<<"$declared
$released")")"

# The server's package may come without its compiler, and a server without either.
if [ "$(psql -XqAtc 'SELECT pg_jit_available()')" != t ]; then
	echo "ok - compiled expressions give the same # SKIP this server does not compile"
	exit $failed
fi
rule "compiled expressions give the same" "$(psql -XqAt -v ON_ERROR_STOP=1 2>&1 <<'SQL'
SET timezone = 'UTC';
SET max_parallel_workers_per_gather = 0;
SET jit_above_cost = 0;
SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;
CREATE TABLE orders AS
SELECT g % 211 AS customer, timestamptz '2024-01-01' + (g * 37 % 400) * interval '1 day' AS ordered_at, (g % 97) / 4.0 AS amount
FROM generate_series(1, 2000) g;

-- A statement for each one that differs or was not compiled.
DO $$
DECLARE
	call text;
	plan json;
	compiled text;
	interpreted text;
BEGIN
	FOREACH call IN ARRAY ARRAY[
		'retention_agg(customer, ordered_at, amount, ''month'')',
		'retention_agg(customer::text, ordered_at::date, ''week'')',
		'segmented_retention_agg(customer, ordered_at, amount, (customer % 3)::text, ''month'')',
		'retention_rate(customer, ordered_at, ''2024-06-01'', ''2024-09-01'')',
		'repeat_purchase_rate(customer)',
		'retention(amount > 3, amount > 9)',
		'history_agg(ordered_at, amount)'] LOOP
		SET LOCAL jit = on;
		EXECUTE format('EXPLAIN (ANALYZE, FORMAT json) SELECT %s FROM orders', call) INTO plan;
		EXECUTE format('SELECT %s::text FROM orders', call) INTO compiled;
		SET LOCAL jit = off;
		EXECUTE format('SELECT %s::text FROM orders', call) INTO interpreted;
		IF (plan->0->'JIT'->>'Functions')::integer > 0 IS NOT TRUE OR compiled IS DISTINCT FROM interpreted THEN
			RAISE WARNING '%', call;
		END IF;
	END LOOP;
END $$;
SQL
)"
exit $failed
