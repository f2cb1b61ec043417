#!/bin/bash
# Line coverage of src/ by the regression, cookbook, upgrade and differential tests: at least 90 %, and every line of the
# functions that read what others send (input, receive, deserialize) or pass states on (serialize, combine).
# The lines that were not reached go to COVERAGE_REPORT, if that names a file.
# From the environment: COVERAGE_CASES of the differential test (200).
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/lib/packages.sh
. test/lib/copy.sh

{ have_command gcov gcc && have_command python3 python3; } || {
	echo "ok - coverage # SKIP gcov and python3 cannot be installed"
	exit
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

build_copy "$work" CC=gcc COPT='--coverage -O0 -fprofile-update=atomic' || {
	cat "$work/build"
	echo "not ok - builds with coverage"
	exit 1
}
# The server writes the counts beside the objects.
chmod -R a+rwX "$work/tree/src"

export PG_CONFIG=$COPY_CONFIG
tree=$work/tree
(
	cd "$tree" || exit
	for suite in lib/regress.sh cookbook/run.sh upgrade/run.sh "differential/run.sh 1 ${COVERAGE_CASES:-200}"; do
		# shellcheck disable=SC2086
		test/lib/with_cluster.sh test/$suite || echo "not ok - $suite"
	done
) >"$work/tests" 2>&1
grep '^not ok' "$work/tests"

find "$tree/src" -name '*.gcda' -printf '%P\n' | sort | while read -r counts; do
	(cd "$tree" && gcov --json-format --stdout "src/$counts" 2>/dev/null)
done | python3 test/heavy/coverage/report.py "${COVERAGE_REPORT:-/dev/null}" test/heavy/coverage/beyond.tsv
