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
	local no_main=/etc/postgresql-common/createcluster.d/retention-setup.conf policy=/usr/sbin/policy-rc.d
	[ -d /etc/postgresql-common ] || install_packages postgresql-common
	undo="rm -f $no_main; rmdir --ignore-fail-on-non-empty ${no_main%/*}"
	[ -e $policy ] || undo="$undo; rm -f $policy"
	# Also when it fails or is interrupted.
	trap 'as_root sh -c "$undo"' EXIT
	as_root sh -c "mkdir -p ${no_main%/*} && echo 'create_main_cluster = false' >$no_main"
	[ -e $policy ] || as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
	install_packages "$@"
	trap - EXIT
	as_root sh -c "$undo"
}

# The suite's own major, as the metapackage "postgresql" names it; nothing while there are no package lists.
suite_major() {
	{ LC_ALL=C apt-cache depends postgresql 2>/dev/null || true; } |
		sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1
}

# Majors of which a part is here: first those with a server, which may have somebody's data; the newest first.
partial_majors() {
	ls -rvd /usr/lib/postgresql/*/bin/postgres 2>/dev/null || true
	ls -rvd /usr/lib/postgresql/*/bin /usr/include/postgresql/*/server 2>/dev/null || true
}

# missing_packages MAJOR: what that major lacks here, as Debian packages it.
missing_packages() {
	local lib=/usr/lib/postgresql/$1
	[ -x "$lib/bin/postgres" ] && [ -x "$lib/bin/initdb" ] || echo "postgresql-$1"
	[ -f "/usr/include/postgresql/$1/server/postgres.h" ] || echo "postgresql-server-dev-$1"
	[ -x "$lib/bin/psql" ] && [ -x "$lib/lib/pgxs/src/test/regress/pg_regress" ] || echo "postgresql-client-$1"
}

# completable: the first major of which apt has what is missing, in $major, and those packages in $missing.
completable() {
	local package
	for major in $(partial_majors | sed -nE 's|^/usr/[a-z]+/postgresql/([0-9]+)/.*|\1|p') $(suite_major); do
		[ "$major" -ge 14 ] || continue
		mapfile -t missing < <(missing_packages "$major")
		for package in "${missing[@]}"; do
			# A leftover of another suite has nothing to go with it.
			[[ $(LC_ALL=C apt-cache policy "$package") == *'Candidate: '[0-9]* ]] || continue 2
		done
		return
	done
	return 1
}

major=
missing=()
needed=()
command -v gcc >/dev/null || needed+=(gcc libc6-dev)
command -v make >/dev/null || needed+=(make)
command -v prove >/dev/null || needed+=(perl)

. test/lib/postgres.sh 2>/dev/null
if [ -n "$PG_CONFIG" ]; then
	lacks=$(postgres_lacks "$PG_CONFIG")
	if [ -n "$lacks" ]; then
		printf 'setup: PG_CONFIG is %s, and this is missing:\n%s\n' "$PG_CONFIG" "$lacks" >&2
		echo "setup: install it, or unset PG_CONFIG to have a complete PostgreSQL chosen or installed" >&2
		exit 1
	fi
elif ! command -v apt-get >/dev/null; then
	echo "setup: no complete PostgreSQL is in /usr/lib/postgresql or of the pg_config on the path, and there is no" \
		"apt-get to install one; set PG_CONFIG to the pg_config of one with its server headers" >&2
	exit 1
elif ! completable && ! { apt update && completable; }; then
	echo "setup: apt-get has no PostgreSQL that could be made complete here" >&2
	exit 1
fi

if [[ " ${missing[*]} " == *" postgresql-$major "* ]]; then
	# From 18 on, the compiler of expressions is a package of its own that the server's recommends.
	mapfile -t jit < <(apt-cache search --names-only "^postgresql-$major-jit$" | cut -d ' ' -f 1)
	install_server "${needed[@]}" "${missing[@]}" "${jit[@]}"
elif [ $((${#needed[@]} + ${#missing[@]})) != 0 ]; then
	install_packages "${needed[@]}" "${missing[@]}"
fi
. test/lib/postgres.sh
[ -n "$PG_CONFIG" ] || { postgres_lacks "/usr/lib/postgresql/$major/bin/pg_config" >&2; exit 1; }
echo "setup: $("$PG_CONFIG" --version)"

# What root has made another user cannot write, but remove.
if [ -n "$(find .built_for retention.so sql src ! -writable 2>/dev/null)" ]; then
	make -s clean PG_CONFIG="$PG_CONFIG"
fi
make -s -j"$(nproc)" PG_CONFIG="$PG_CONFIG" PROFILE="${PROFILE:-}"
# Without root where the server is the user's own.
install=(make -s install PG_CONFIG="$PG_CONFIG" PROFILE="${PROFILE:-}")
if [ ! -w "$("$PG_CONFIG" --pkglibdir)" ] || [ ! -w "$("$PG_CONFIG" --sharedir)/extension" ]; then
	install=(as_root "${install[@]}")
fi
"${install[@]}" >/dev/null
