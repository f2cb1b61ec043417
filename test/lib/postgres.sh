# shellcheck shell=bash
# Which PostgreSQL the scripts build against and start. To be sourced; sets PG_CONFIG.
# A PG_CONFIG of the caller stands. Otherwise it is the newest one that has its server headers here:
# the pg_config on the path can belong to a client package only, or to another major.

if [ -z "${PG_CONFIG:-}" ]; then
	for PG_CONFIG in $(ls -rv /usr/lib/postgresql/*/bin/pg_config 2>/dev/null) "$(command -v pg_config || true)"; do
		if [ -n "$PG_CONFIG" ] && [ -f "$("$PG_CONFIG" --pgxs 2>/dev/null)" ]; then
			break
		fi
		PG_CONFIG=
	done
fi
export PG_CONFIG

# Who became root by plain `su` has the path of an ordinary user: without runuser, and what installing packages takes.
PATH=$PATH:/usr/sbin:/sbin
