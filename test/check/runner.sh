#!/bin/bash
# test/run itself, over suites that pass, fail, skip, say nothing or are killed: what it counts and its status, one after the
# other and beside each other.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/rule.sh

tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
mkdir -p "$tree/test/lib" "$tree/test/check"
cp test/run "$tree/test/"
script() {
	printf '#!/bin/bash\n%s\n' "$2" >"$tree/test/$1.sh"
	chmod +x "$tree/test/$1.sh"
}
script lib/setup ''
script lib/postgres ''
# shellcheck disable=SC2016
script lib/with_cluster 'exec "$@"'
script check/good 'echo "ok - one"; echo "ok - two"'
script check/bad 'echo "ok - three"; echo "not ok - four"'
script check/skipping 'echo "ok - five # SKIP"'
script check/silent ''
script check/status 'echo "ok - six"; exit 3'
# shellcheck disable=SC2016
script check/killed 'kill -s KILL $$'
# what takes a moment to end, as a cluster does
script check/endless 'trap "touch ending; sleep 1; exit 1" TERM; touch begun; sleep 600 & wait'

# run AT_ONCE SUITE…: the last line, the failures in their order and the status.
run() {
	local status=0 output
	output=$(cd "$tree" && AT_ONCE=$1 test/run "${@:2}" 2>/dev/null) || status=$?
	echo "$(tail -n 1 <<<"$output"); $(sed -n 's/^failed: //p' <<<"$output" | sort | paste -sd ,); $status"
}

for at_once in 1 3; do
	rule "$at_once at once: what passes" "$([ "$(run $at_once good silent)" = "3 passed, 0 failed; ; 0" ] || run $at_once good silent)"
	all="4 passed, 4 failed, 1 skipped; bad: four,killed (exit status 137),status (exit status 3),there is no suite absent; 1"
	got=$(run $at_once bad good status skipping killed absent)
	rule "... and what does not" "$([ "$got" = "$all" ] || echo "$got")"
done

# Twice, as who is impatient does.
(cd "$tree" && AT_ONCE=2 exec test/run endless good >"$tree/output" 2>/dev/null) &
runner=$!
for moment in begun ending; do
	for ((i = 0; i < 100; i++)); do
		[ ! -e "$tree/$moment" ] || break
		sleep 0.1
	done
	kill -s TERM $runner 2>/dev/null || true
done
status=0
wait $runner || status=$?
rule "a run that is ended says so" "$(
	[ $status = 1 ] || echo "status $status"
	grep -q '^failed: endless: interrupted$' "$tree/output" || cat "$tree/output"
	tail -n 1 "$tree/output" | grep -E '^[0-9]+ passed, [1-9][0-9]* failed' >/dev/null || echo "no figures at its end")"
exit $failed
