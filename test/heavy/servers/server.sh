#!/bin/bash
# test/heavy/servers/server.sh KIND [DIR]
# Builds a PostgreSQL server that finds what a packaged one hides, from the source package of this Debian,
# unless DIR has it already; the last line of output is its pg_config. KIND is
#   source     nothing: the last line is where the unpacked source is
#   asserts    gcc, --enable-cassert; tells Valgrind about its memory contexts
#   sanitized  gcc, --enable-cassert, address and undefined-behaviour sanitizers; the first knows of every
#              palloc'd chunk (see valgrind/memcheck.h)
# What it builds, and the source, stays in DIR, which is outside the repository: ${TMPDIR:-/tmp}/retention-servers.
# From the environment: SOURCE_MAJOR, the version (15); JOBS, of make (1).
set -euo pipefail
cd "$(dirname "$0")/../../.."

kind=${1:?usage: server.sh source|asserts|sanitized [DIR]}
dir=${2:-${TMPDIR:-/tmp}/retention-servers}
major=${SOURCE_MAJOR:-15}
prefix=$dir/$major-$kind
build=$dir/build-$major-$kind

if [ -e "$prefix/complete" ]; then
	echo "$prefix/bin/pg_config"
	exit
fi

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# need COMMAND PACKAGE
need() {
	command -v "$1" >/dev/null || packages+=("$2")
}

packages=()
need bzip2 bzip2
if [ "$kind" != source ]; then
	need pkg-config pkg-config
	need make make
	need perl perl
	need gcc gcc
	pkg-config --exists icu-uc 2>/dev/null || packages+=(libicu-dev)
	pkg-config --exists libxml-2.0 2>/dev/null || packages+=(libxml2-dev)
	[ -e /usr/include/zlib.h ] || packages+=(zlib1g-dev)
	[ "$kind" = sanitized ] || [ -e /usr/include/valgrind/memcheck.h ] || packages+=(valgrind)
fi
if [ ${#packages[@]} != 0 ]; then
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 \
		install --no-install-recommends "${packages[@]}" </dev/null >&2
fi

# The server refuses to run as root, so another user must get at it.
mkdir -p "$dir" "$build"
[ ! -O "$dir" ] || chmod 755 "$dir"

# The source package has the files that Bison and Flex make.
if ! compgen -G "$dir/postgresql-${major}_*.orig.tar.*" >/dev/null; then
	mkdir -p "$dir/lists/partial"
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	echo "deb-src http://deb.debian.org/debian $suite main
deb-src http://deb.debian.org/debian-security $suite-security main" >"$dir/sources.list"
	apt=(apt-get -qq -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists="$dir/lists" -o APT::Sandbox::User="$(id -un)")
	as_root "${apt[@]}" update >&2
	# A mirror may name a security update that it does not have: then the one before.
	versions=$(apt-cache "${apt[@]:1}" showsrc "postgresql-$major" | sed -n 's/^Version: //p' | sort -rVu)
	for version in $versions; do
		! (cd "$dir" && as_root "${apt[@]}" source --download-only "postgresql-$major=$version" >&2) || break
	done
fi
compgen -G "$dir/postgresql-${major}_*.orig.tar.*" >/dev/null || {
	echo "server.sh: the source of postgresql-$major is not to be had" >&2
	exit 1
}
[ -e "$build/configure" ] ||
	tar -xf "$(compgen -G "$dir/postgresql-${major}_*.orig.tar.*")" -C "$build" --strip-components=1
if [ "$kind" = source ]; then
	echo "$build"
	exit
fi

# Time zones are the system's: their compiler need not run under a sanitizer.
options=(--prefix="$prefix" --enable-cassert --with-icu --with-libxml --without-readline
	--with-system-tzdata=/usr/share/zoneinfo)
case $kind in
	asserts)
		options+=(CC=gcc CFLAGS='-O1 -g -fno-omit-frame-pointer' CPPFLAGS=-DUSE_VALGRIND)
		;;
	sanitized)
		# Extensions are compiled with the same flags, long after this: they keep what these name.
		mkdir -p "$prefix-include"
		cp -r test/heavy/servers/valgrind "$prefix-include/"
		# A report ends the process, as a failed assertion does.
		options+=(CC=gcc CPPFLAGS="-DUSE_VALGRIND -I$prefix-include"
			CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined')
		;;
	*)
		echo "server.sh: no such kind: $kind" >&2
		exit 1
		;;
esac

# Leaks are the business of memory contexts.
export ASAN_OPTIONS=detect_leaks=0
{
	cd "$build"
	[ -e config.status ] || ./configure "${options[@]}"
	make -j"${JOBS:-1}" -C src/backend generated-headers
	# what a cluster, psql and PGXS need
	for part in common port timezone backend backend/utils/mb/conversion_procs backend/snowball include \
		interfaces/libpq fe_utils pl/plpgsql/src bin/initdb bin/pg_ctl bin/pg_config bin/pg_dump bin/pgbench bin/psql \
		makefiles test/regress; do
		make -j"${JOBS:-1}" -C "src/$part"
		make -C "src/$part" install
	done
	make -C config install
	make -C src install-local
} >>"$dir/$major-$kind.log" 2>&1 || {
	tail -n 30 "$dir/$major-$kind.log" >&2
	echo "server.sh: see $dir/$major-$kind.log" >&2
	exit 1
}
touch "$prefix/complete"
echo "$prefix/bin/pg_config"
