#!/bin/bash
# What cppcheck, clang-tidy (see .clang-tidy) and clang's analyzer (scan-build) say of src/: nothing. What they cannot know is said in the source,
# beside the line (cppcheck-suppress), or here:
#   the server's headers are not ours to judge;
#   memory contexts free what nobody else does, and ereport(ERROR) does not return, which needs the macros.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/lib/packages.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
headers=$("$PG_CONFIG" --includedir-server)

if have_command cppcheck cppcheck; then
	# of the configurations, the one that can be built
	cppcheck --quiet -DHAVE_INT128=1 -DPG_INT128_TYPE=__int128 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress="*:$headers/*" --suppress='*:/usr/include/*' -I src -I "$headers" src >"$work/cppcheck" 2>&1
	status=$?
	cat "$work/cppcheck"
	if [ $status = 0 ] && [ ! -s "$work/cppcheck" ]; then
		echo "ok - cppcheck has nothing to say"
	else
		echo "not ok - cppcheck has nothing to say"
	fi
else
	echo "ok - cppcheck has nothing to say # SKIP it cannot be installed"
fi

if have_command clang-tidy clang-tidy; then
	find src -name '*.c' -print0 | xargs -0 -P "$(nproc)" -I '{}' \
		clang-tidy --quiet '{}' -- -DUSE_ASSERT_CHECKING -Isrc -isystem "$headers" -D_GNU_SOURCE -fwrapv -fno-strict-aliasing >"$work/tidy" 2>/dev/null
	status=$?
	cat "$work/tidy"
	if [ $status = 0 ] && ! grep -q 'warning:' "$work/tidy"; then
		echo "ok - clang-tidy has nothing to say"
	else
		echo "not ok - clang-tidy has nothing to say"
	fi
else
	echo "ok - clang-tidy has nothing to say # SKIP it cannot be installed"
fi

if have_command scan-build clang-tools; then
	tar -c --exclude=.git . | tar -x -C "$work"
	make -s -C "$work" clean PG_CONFIG="$PG_CONFIG" >/dev/null
	# Assertions say what the analyzer cannot find out.
	# clang 14 takes 1 << 60 for more than 64 bits; the sanitizers judge shifts
	scan-build --status-bugs -disable-checker core.UndefinedBinaryOperatorResult -o "$work/reports" make -s -C "$work" COPT=-DUSE_ASSERT_CHECKING PG_CONFIG="$PG_CONFIG" >"$work/scan" 2>&1
	status=$?
	grep -E 'warning:' "$work/scan" | sed "s|$work/||"
	if [ $status = 0 ]; then
		echo "ok - scan-build has nothing to say"
	else
		tail -n 5 "$work/scan"
		echo "not ok - scan-build has nothing to say"
	fi
else
	echo "ok - scan-build has nothing to say # SKIP it cannot be installed"
fi
