#!/bin/bash
# The tests on servers that find what a packaged one hides. Of these there are
#   packaged   the packaged server with the extension built with assertions and under the address and undefined-behaviour
#              sanitizers, which know the server's own memory only by the block
#   asserts    made from source, with assertions (this and the next: server.sh)
#   sanitized  made from source, with assertions and all of it under both sanitizers
#   valgrind   asserts with every process under Valgrind; the regression tests only, and those take hours
# A report of a sanitizer or a failed assertion ends its backend, and so the test.
# From the environment: SERVERS, some of these; SERVERS_SUITES, some of the suites; SERVERS_CASES of the differential
# test (300); SERVERS_DIR, where the servers are or go, as DIR of server.sh; JOBS of make.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/lib/copy.sh
. test/lib/packages.sh

dir=${SERVERS_DIR:-${TMPDIR:-/tmp}/retention-servers}
# leaks are the business of memory contexts
export JOBS=${JOBS:-$(nproc)} ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 \
	UBSAN_OPTIONS=print_stacktrace=1:abort_on_error=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# build KIND MAKE_ARGUMENT …: the extension, in a copy of the server of PG_CONFIG, which is then in PG_CONFIG.
build() {
	build_copy "$work/$1" "${@:2}" || {
		cat "$work/$1/build"
		return 1
	}
	export PG_CONFIG=$COPY_CONFIG
	bin=$("$PG_CONFIG" --bindir)
}

# source_server KIND: its pg_config in PG_CONFIG.
source_server() {
	PG_CONFIG=$(test/heavy/servers/server.sh "$1" "$dir" 2>"$work/server" | tail -n 1)
	[ -x "$PG_CONFIG" ] || {
		cat "$work/server"
		return 1
	}
}

# wrap: "$bin/postgres" is now what comes from standard input, and the server is postgres.plain.
wrap() {
	mv "$bin/postgres" "$bin/postgres.plain"
	cat >"$bin/postgres"
	chmod 755 "$bin/postgres"
}

# suite NAME COMMAND …: in a cluster of its own, a test.
suite() {
	local name="$1 on the server: $kind"
	[[ -z ${SERVERS_SUITES:-} || " $SERVERS_SUITES " == *" $1 "* ]] || return 0
	shift
	if (cd "$work/$kind/tree" && test/lib/with_cluster.sh "$@") >"$work/output" 2>&1 &&
		! grep -qE '^not ok|runtime error:|AddressSanitizer|TRAP:' "$work/output"; then
		echo "ok - $name"
	else
		cat "$work/output"
		echo "not ok - $name"
	fi
}

suites() {
	suite regress test/lib/regress.sh
	suite scan test/scan/run.sh
	suite exchange test/exchange/run.sh 20
	suite tracking test/tracking/run.sh
	suite worker test/worker/run.sh
	suite cookbook test/cookbook/run.sh
	suite dump test/dump/run.sh
	suite install test/install/run.sh
	suite upgrade test/upgrade/run.sh
	suite shards test/shards/run.sh
	suite differential test/differential/run.sh "${SEED:-1}" "${SERVERS_CASES:-300}"
	# Limits of a process's memory are no use with the sanitizers' terabytes of addresses.
	[ "$kind" != asserts ] || suite faults test/heavy/faults/run.sh
	[ "$kind" != asserts ] || suite discards test/heavy/servers/discards.sh
}

packaged() {
	local runtime
	runtime=$(gcc -print-file-name=libasan.so 2>/dev/null)
	[ -e "$runtime" ] || {
		echo "ok - suites on the server: packaged # SKIP gcc has no address sanitizer here"
		return
	}
	build packaged CC=gcc SHLIB_LINK= \
		COPT='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined -DUSE_ASSERT_CHECKING' ||
		return
	# Only the server has the runtime: it has to be the first library of the process that loads the extension.
	gcc -shared -fPIC -o "$work/untranslated.so" test/heavy/servers/untranslated.c || return
	chmod 755 "$work/untranslated.so"
	wrap <<SH
#!/bin/bash
export LD_PRELOAD="$runtime $work/untranslated.so"
exec -a "\$0" "$bin/postgres.plain" "\$@"
SH
	# There is no report without it.
	grep -q __asan_init "$("$PG_CONFIG" --pkglibdir)/retention.so" || return
	suites
}

asserts() {
	source_server asserts && build asserts && "$PG_CONFIG" --configure | grep -e --enable-cassert >/dev/null && suites
}

sanitized() {
	source_server sanitized && build sanitized || return
	grep -q __asan_init "$("$PG_CONFIG" --pkglibdir)/retention.so" || return
	suites
}

valgrind_server() {
	local source said=$work/said
	have_command valgrind valgrind || {
		echo "ok - regress on the server: valgrind # SKIP it cannot be installed"
		return
	}
	source=$(test/heavy/servers/server.sh source "$dir" | tail -n 1)
	source_server asserts && build valgrind || return
	mkdir -m 1777 "$said"
	# Not what initdb starts: that comes before the extension.
	wrap <<SH
#!/bin/bash
case "\$*" in *--boot*|*--single*|*--version*|*-V*|*--check*) exec -a "\$0" "$bin/postgres.plain" "\$@" ;; esac
exec valgrind --quiet --leak-check=no --trace-children=yes --log-file="$said/%p" \\
	--suppressions="$source/src/tools/valgrind.supp" "$bin/postgres.plain" "\$@"
SH
	suite regress test/lib/regress.sh
	if [ -z "$(ls "$said")" ]; then
		return 1
	elif grep -qE '^==[0-9]+== [A-Z]' "$said"/*; then
		cat "$said"/*
		echo "not ok - Valgrind has nothing to say"
	else
		echo "ok - Valgrind has nothing to say of $(find "$said" -type f | wc -l) processes"
	fi
}

for kind in ${SERVERS:-packaged asserts sanitized valgrind}; do
	run=$kind
	[ "$kind" != valgrind ] || run=valgrind_server
	("$run") || echo "not ok - the server is there: $kind"
done
