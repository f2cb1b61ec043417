#!/bin/bash
# The regression, differential and cookbook tests with the extension built under the address and undefined-behaviour
# sanitizers, in the packaged server, whose own memory is not known to them but by the block. A report ends its
# backend, and so the test.
# From the environment: SANITIZER_CASES of the differential test (300).
# server.sh beside this file builds servers that find more.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/lib/copy.sh

runtime=$(gcc -print-file-name=libasan.so 2>/dev/null)
[ -e "$runtime" ] || {
	echo "ok - sanitizers # SKIP gcc has none here"
	exit
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

build_copy "$work" CC=gcc SHLIB_LINK="-Wl,--version-script=src/exports.map" \
	COPT='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -DUSE_ASSERT_CHECKING' || {
	cat "$work/build"
	echo "not ok - builds under the sanitizers"
	exit 1
}

# Only the server has the runtime: it has to be the first library of the process that loads the extension.
bin=$(dirname "$COPY_CONFIG")
mv "$bin/postgres" "$bin/postgres.plain"
gcc -shared -fPIC -o "$work/untranslated.so" test/heavy/sanitizers/untranslated.c || exit
chmod 755 "$work/untranslated.so"
cat >"$bin/postgres" <<SH
#!/bin/bash
export LD_PRELOAD="$runtime $work/untranslated.so"
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
exec -a "\$0" "$bin/postgres.plain" "\$@"
SH
chmod 755 "$bin/postgres"

export PG_CONFIG=$COPY_CONFIG
cd "$work/tree" || exit
# What is loaded has to be what was built for this: there is no report without it.
grep -q __asan_init "$("$PG_CONFIG" --pkglibdir)/retention.so" || {
	echo "not ok - the extension is under the sanitizers"
	exit 1
}

suite() {
	local name=$1
	shift
	if test/lib/with_cluster.sh "$@" >"$work/output" 2>&1 && ! grep -qE '^not ok|runtime error:|AddressSanitizer' "$work/output"; then
		echo "ok - $name under the sanitizers"
	else
		cat "$work/output"
		echo "not ok - $name under the sanitizers"
	fi
}
suite regress test/lib/regress.sh
suite cookbook test/cookbook/run.sh
suite differential test/differential/run.sh 1 "${SANITIZER_CASES:-300}"
