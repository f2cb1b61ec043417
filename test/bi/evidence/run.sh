#!/bin/bash
# A page of Evidence, built by the real thing over the reporting schema of docs/bi.md, and opened in headless Chromium: what
# it shows must be what the table functions say.
# The version of Evidence is one whose engine in the browser brings its Parquet reader along. Later ones fetch it over the
# internet at every build and in every browser, and a test must not depend on that. package.json overrides codemirror, of which
# 6.65.7 is a version 5 under a wrong number.
# From the environment: SCREENSHOT, a file for a picture of the page.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/packages.sh
. test/bi/blocks.sh
here=test/bi/evidence

if [ "${1:-}" != inside ]; then
	ensure Evidence node:nodejs npm:npm chromium:chromium || exit 0
	exec test/lib/with_cluster.sh "$0" inside
fi

. test/lib/scratch.sh
work=$(mktemp -d)
trap 'psql -Xq -d postgres -c "DROP DATABASE $scratch (FORCE)"; rm -rf "$work"' EXIT
failed=0

cp -r $here/. "$work"
npm_packages Evidence "$work" || exit 0

psql -Xq -v ON_ERROR_STOP=1 -v shop=recent -v last_day="$(psql -XqAtc 'SELECT current_date')" -f docs/cookbook/tables.sql
psql -Xq -c "ALTER DATABASE $scratch SET search_path = recent, public"
chapter_sql 'The reporting schema' | psql -Xq -v ON_ERROR_STOP=1 || exit

# The day, once: the views and what is expected may not fall on two sides of midnight.
day="'$(psql -XqAtc "SELECT (now() AT TIME ZONE 'Europe/Sofia')::date")'::date"
psql -XqAt -v ON_ERROR_STOP=1 -v day="$day" -f $here/expected.sql >"$work/expected.json" || exit

# The sources are the statements of docs/bi.md.
copies=$(for source in cohort_heat_map retention_curve churn_accounting revenue; do
	while IFS= read -r -d '' record; do
		[ "${record#*$'\t'*$'\t'*$'\t'}" != "$(<"$here/sources/shop/$source.sql")"$'\n' ] || continue 2
	done < <(blocks sql)
	echo "$source"
done)
if [ -z "$copies" ]; then
	echo "ok - Evidence: the sources are statements of docs/bi.md"
else
	echo "not ok - Evidence: the sources are statements of docs/bi.md ($copies)"
	failed=1
fi

export EVIDENCE_SOURCE__shop__host=$PGHOST EVIDENCE_SOURCE__shop__port=$PGPORT EVIDENCE_SOURCE__shop__user=bi_reader \
	EVIDENCE_SOURCE__shop__database=$PGDATABASE EVIDENCE_SOURCE__shop__password=none SEND_ANONYMOUS_USAGE_STATS=no
for step in sources build; do
	if (cd "$work" && timeout 600 node_modules/.bin/evidence $step) >"$work/$step.log" 2>&1; then
		echo "ok - Evidence: $step"
	else
		tail -n 40 "$work/$step.log"
		echo "not ok - Evidence: $step"
		exit 1
	fi
done
echo "# Evidence $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$work/node_modules/@evidence-dev/evidence/package.json"), Node.js $(node --version)"

CHROMIUM=$(command -v chromium) node "$work/page.mjs" "$work/build" "$work/expected.json" || failed=1
exit $failed
