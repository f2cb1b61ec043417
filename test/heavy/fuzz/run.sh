#!/bin/bash
# The fuzz targets, each for FUZZ_SECONDS (60) or 200,000 inputs, whichever is over first; `make fuzz` beside this
# file runs longer. Wants clang and the source package of the server's major, which goes into
# ${TMPDIR:-/tmp}/retention-servers.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/lib/packages.sh

skip() {
	echo "ok - fuzz # SKIP $1"
	exit
}
have_command clang clang || skip "clang cannot be installed"
# Debian's clang only recommends the sanitizers that it links.
links() {
	echo 'int LLVMFuzzerTestOneInput(const char *bytes, unsigned long size) { return !bytes && size; }' |
		clang -fsanitize=fuzzer,address,undefined -x c -o /dev/null - >/dev/null 2>&1
}
links || { have_packages "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev" && links; } ||
	skip "clang is without its sanitizers, libclang-rt-dev"
major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
source=$(SOURCE_MAJOR=$major test/heavy/servers/server.sh source 2>/dev/null | tail -n 1)
[ -e "$source/src/include/c.h" ] || skip "no source of PostgreSQL $major here"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
output=$work/output
# Objects of another checkout, and a corpus of before, do not count.
make=(make -s -j"$(nproc)" -C test/heavy/fuzz SOURCE="$source" PG_CONFIG="$PG_CONFIG" BUILD="$work/build")
"${make[@]}" all >"$output" 2>&1 || {
	cat "$output"
	echo "not ok - the fuzz targets build"
	exit 1
}
for target in history summary rfm model wire orders ledger; do
	if "${make[@]}" "fuzz-$target" RUNS=200000 SECONDS="${FUZZ_SECONDS:-60}" >"$output" 2>&1 &&
		runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$output") && [ "${runs:-0}" -ge 200 ]; then
		echo "ok - fuzz $target: $runs runs"
	else
		tail -n 60 "$output"
		echo "not ok - fuzz $target"
	fi
done
