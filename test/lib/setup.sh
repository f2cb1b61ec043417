#!/bin/bash
# Makes this machine able to run the demo and the tests: installs the packages that are missing
# (Debian and its relatives), then builds the extension and installs it.
# Wants root or sudo only for what needs it: the packages and `make install`.
# From the environment: PG_CONFIG chooses the PostgreSQL, PROFILE adds compiler flags.
set -euo pipefail
cd "$(dirname "$0")/../.."

. test/lib/packages.sh

# Installing a PostgreSQL server creates and starts a cluster "main", and may start others that were
# stopped on purpose. The tests bring their own. Both switches below are Debian's documented ones, are
# set only while the server is being installed, and an existing policy is left as it is.
install_server() {
	local major=$1 no_main=/etc/postgresql-common/createcluster.d/retention-setup.conf policy=/usr/sbin/policy-rc.d
	local undo="rm -f $no_main" status=0 jit
	[ -d /etc/postgresql-common ] || install_packages postgresql-common
	as_root sh -c "mkdir -p ${no_main%/*} && echo 'create_main_cluster = false' >$no_main"
	if [ ! -e $policy ]; then
		undo="$undo $policy"
		as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
	fi
	# From 18 on, the compiler of expressions is a package of its own that the server's recommends.
	mapfile -t jit < <(apt-cache search --names-only "^postgresql-$major-jit$" | cut -d ' ' -f 1)
	install_packages "postgresql-$major" "${jit[@]}" || status=$?
	as_root sh -c "$undo; rmdir --ignore-fail-on-non-empty ${no_main%/*}"
	return $status
}

# The suite's own major, as the metapackage "postgresql" names it; nothing while there are no package lists.
suite_major() {
	{ apt-cache depends postgresql 2>/dev/null || true; } |
		sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
}

# A PG_CONFIG of the caller (a server built from source, say) is taken to be complete.
needed=()
command -v gcc >/dev/null || needed+=(gcc libc6-dev)
command -v make >/dev/null || needed+=(make)
command -v prove >/dev/null || needed+=(perl)
if [ -z "${PG_CONFIG:-}" ]; then
	. test/lib/postgres.sh
	if [ -n "$PG_CONFIG" ]; then
		major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	else
		major=$(suite_major)
		[ -n "$major" ] || { apt update && major=$(suite_major); }
		needed+=("postgresql-server-dev-$major")
	fi
	[ -x "/usr/lib/postgresql/$major/bin/postgres" ] || install_server "$major"
fi
[ ${#needed[@]} = 0 ] || install_packages "${needed[@]}"
. test/lib/postgres.sh
echo "setup: $("$PG_CONFIG" --version)"

# make would take objects for another PostgreSQL for current; their lists of headers tell.
headers=$("$PG_CONFIG" --includedir-server)
if [ -n "$(find src -name '*.d' -exec grep -LF "$headers/" {} +)" ]; then
	make -s clean PG_CONFIG="$PG_CONFIG"
fi

make -s -j"$(nproc)" PG_CONFIG="$PG_CONFIG"
as_root make -s install PG_CONFIG="$PG_CONFIG" PROFILE="${PROFILE:-}" >/dev/null
