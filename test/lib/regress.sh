#!/bin/bash
# The regression tests (sql/*.sql against expected/*.out) on the running server, each a line "ok - NAME"
# or "not ok - NAME", with the differences when there are any. Leaves nothing in the source tree.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. test/lib/postgres.sh

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# pg_regress says "test NAME ... ok" up to PostgreSQL 15 and "ok 1 - NAME" later.
make -s installcheck PG_CONFIG="$PG_CONFIG" EXTRA_REGRESS_OPTS="--outputdir=$results" 2>&1 |
	sed -uE -e 's/^(test| {4}) +([^ ]+) +\.\.\. ok\>/ok - \2/' \
		-e 's/^(test| {4}) +([^ ]+) +\.\.\. FAILED\>/not ok - \2/' \
		-e 's/^(ok|not ok) +[0-9]+ +[-+] +/\1 - /' -e 's/ +([0-9]+) ms$/ (\1 ms)/' |
	tee "$results/lines"
status=$?

cat "$results/regression.diffs" 2>/dev/null
# With no test at all, pg_regress is content.
grep -qE '^(not )?ok\>' "$results/lines" || echo "not ok - regression tests ran"
exit $status
