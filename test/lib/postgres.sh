# shellcheck shell=bash
# Which PostgreSQL the scripts build against and start. To be sourced; sets PG_CONFIG.
# A PG_CONFIG of the caller stands. Otherwise it is the newest one that is complete here: a pg_config, and even
# pgxs.mk, comes with libraries and programs for clients too, and a major that was removed or is another suite's
# leaves a part of itself behind.

# postgres_lacks PG_CONFIG: what is missing to build for that PostgreSQL, start it and test with it, one a line.
postgres_lacks() {
	local version bin pgxs file
	if ! { version=$("$1" --version) && bin=$("$1" --bindir) && pgxs=$("$1" --pgxs); } 2>/dev/null; then
		echo "$1"
		return
	fi
	[[ $version =~ ([0-9]+) && ${BASH_REMATCH[1]} -ge 14 ]] || echo "PostgreSQL 14 or later instead of $version"
	for file in "$bin"/{postgres,initdb,pg_ctl,psql} "$("$1" --includedir-server)/postgres.h" \
		"$pgxs" "${pgxs%/makefiles/pgxs.mk}/test/regress/pg_regress"; do
		[ -f "$file" ] || echo "$file"
	done
}

if [ -z "${PG_CONFIG:-}" ]; then
	for PG_CONFIG in $(ls -rv /usr/lib/postgresql/*/bin/pg_config 2>/dev/null) "$(command -v pg_config || true)"; do
		[ -z "$PG_CONFIG" ] || [ -n "$(postgres_lacks "$PG_CONFIG")" ] || break
		PG_CONFIG=
	done
	[ -n "$PG_CONFIG" ] || echo "no complete PostgreSQL here; test/lib/setup.sh installs one" >&2
fi
export PG_CONFIG

# Who became root by plain `su` has the path of an ordinary user: without runuser, and what installing packages takes.
PATH=$PATH:/usr/sbin:/sbin
