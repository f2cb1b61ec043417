#!/bin/bash
# test/r/run.sh [--record]
# time_to_repeat, survival_agg with its readers, compare_survival, compare_rates and wilson_interval against R: always against the figures that were recorded from it
# (recorded.sql), and against R itself, on random data as well, where it is installed with its survival package
# (Debian: r-base-core, r-cran-survival). --record writes recorded.sql anew.
# From the environment: SEED of the random data.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/scratch.sh

here=test/r
seed=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}

sql() {
	psql -Xq -v ON_ERROR_STOP=1 "$@"
}

# figures CONDITION: what R says of the data sets and rates, as SQL.
figures() {
	Rscript --vanilla $here/figures.R \
		<(sql -c "COPY (SELECT * FROM watched WHERE $1 ORDER BY data, time, status) TO STDOUT (FORMAT csv, HEADER)") \
		<(sql -c 'COPY (SELECT * FROM rates) TO STDOUT (FORMAT csv, HEADER)')
}

has_r() {
	command -v Rscript >/dev/null && Rscript --vanilla -e 'library(survival)' >/dev/null 2>&1
}

# check WHOSE: the extension against the figures on the input.
check() {
	cat $here/tables.sql - $here/checks.sql | sql -v whose="$1"
}

if [ "${1:-}" = --record ]; then
	sql -v seed=0 -f $here/data.sql
	figures "data NOT LIKE 'random %'" >$here/recorded.sql
	exit
fi
sql -v seed="$seed" -f $here/data.sql
checks=$(check recorded <$here/recorded.sql)
if has_r; then
	checks+=$'\n'$(figures true | check "R, seed $seed")
else
	checks+=$'\n'"ok - R itself # SKIP no R with its survival package here"
fi
echo "$checks"
grep -q '^ok.*(recorded)' <<<"$checks" && ! grep -q '^not ok' <<<"$checks"
