#!/bin/bash
# cohorts_suppressed() on 1,000 random tables: what it hides, and that a linear program which knows all that is shown and
# everything that customers can do tells no hidden count to fewer than MIN values; while of cells that are hidden only where they
# have to be by themselves it tells many. And all cohorts of a few customers, in whole numbers (few.c).
# From the environment: TABLES (1000), SEED (1) and MIN (10).
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/packages.sh
. test/lib/scratch.sh

here=test/heavy/suppression
tables=${TABLES:-1000}
seed=${SEED:-1}
least=${MIN:-10}

sql() {
	psql -Xq -v ON_ERROR_STOP=1 "$@"
}

sql -v seed="$seed" -v tables="$tables" -v least="$least" -f $here/tables.sql -f $here/few_ways.sql -f $here/shown.sql || exit
checks=$(sql -v least="$least" -f $here/checks.sql) || exit
echo "$checks"
. $here/few.sh

/usr/bin/python3 -c 'import scipy' 2>/dev/null || have_packages python3-scipy || {
	echo "ok - the attack # SKIP python3-scipy cannot be installed"
	exit
}

# attack WHAT ROWS: of those of the scratch database.
attack() {
	sql -c "COPY (SELECT * FROM shown WHERE $2 ORDER BY shop, cohort, age) TO STDOUT (FORMAT csv, HEADER)" |
		/usr/bin/python3 $here/attack.py "$1" "$least"
}

if told=$(attack suppressed true); then
	echo "ok - seed $seed, no hidden count is told: $told"
else
	printf 'not ok - seed %s, hidden counts are told: %s\n' "$seed" "$told"
fi
# somebody's hidden counts are told, rather than that the program has failed
some_told() {
	grep -qE ', [1-9][0-9]* told$' <<<"$told"
}
told=$(attack primary 'shop <= 100')
if some_told; then
	echo "ok - without what is hidden beside them they would be: $(head -n 1 <<<"$told")"
else
	echo "not ok - without what is hidden beside them they would be: $told"
fi
sql -c "CREATE TABLE without_orders AS SELECT DISTINCT shop, cohort FROM shown WHERE orders IS NULL AND customers IS NOT NULL" \
	-c "UPDATE shown SET orders = true_orders WHERE customers IS NOT NULL"
told=$(attack suppressed '(shop, cohort) IN (TABLE without_orders)')
if some_told; then
	echo "ok - with all orders they would be: $(head -n 1 <<<"$told")"
else
	echo "not ok - with all orders they would be: $told"
fi
! grep -q '^not ok' <<<"$checks" && [ -n "$checks" ]
