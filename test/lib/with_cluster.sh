#!/bin/bash
# with_cluster.sh COMMAND [ARGUMENT …]
# Runs COMMAND with a PostgreSQL cluster of its own and returns its exit status. The cluster is new and
# empty, reachable only through a socket in a directory nobody else can enter, and is gone afterwards.
# Lines of CLUSTER_SETTINGS go to the end of its postgresql.conf. With CLUSTER_PORT, for clients that know no sockets,
# it also listens on that port of 127.0.0.1, and asks everybody who comes that way for a password.
# CLUSTERS is the directory in which its own is made: /tmp, if not set.
# COMMAND finds it through PGHOST, PGPORT, PGUSER, PGDATABASE, and the matching psql first in its PATH.
# If the server crashed while COMMAND ran, the status is not 0 even if COMMAND did not notice.
set -euo pipefail
. "$(dirname "$0")/postgres.sh"

bin=$("$PG_CONFIG" --bindir)
# Not in TMPDIR: that may be closed to the user postgres, or too long for the name of a socket.
home=$(mktemp -d "${CLUSTERS:-/tmp}/retention.XXXXXX")
log=$home/log
child=

# The server refuses to run as root, so root runs it as the user its package made.
# From /, since the current directory may be closed to that user.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && exec runuser -u postgres -- "$@")
	else
		(cd / && exec "$@")
	fi
}

remove() {
	if [ -e "$home/data/postmaster.pid" ]; then
		as_server "$bin/pg_ctl" -D "$home/data" -s -w -t 20 -m fast stop 2>/dev/null ||
			as_server "$bin/pg_ctl" -D "$home/data" -s -w -m immediate stop || true
	fi
	rm -rf "$home"
}

# COMMAND decides what a signal means to it; the cluster lives until COMMAND has ended.
on_signal() {
	[ -n "$child" ] || exit 1
	kill -s "$1" "$child" 2>/dev/null || true
}

trap remove EXIT
for signal in INT TERM HUP QUIT; do
	# shellcheck disable=SC2064
	trap "on_signal $signal" $signal
done

[ "$(id -u)" != 0 ] || chown postgres "$home"

as_server "$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$home/initdb" 2>&1 || {
	cat "$home/initdb" >&2
	echo "with_cluster: initdb failed" >&2
	exit 1
}
port=${CLUSTER_PORT:-5432}
sed -i -E 's/^(host .*) trust$/\1 scram-sha-256/' "$home/data/pg_hba.conf"
cat >>"$home/data/postgresql.conf" <<CONF
listen_addresses = '${CLUSTER_PORT:+127.0.0.1}'
unix_socket_directories = '$home'
port = $port
fsync = off
shared_buffers = 256MB
timezone = 'UTC'
datestyle = 'ISO, MDY'
retention.fold_by_itself = off
${CLUSTER_SETTINGS:-}
CONF
as_server "$bin/pg_ctl" -D "$home/data" -l "$log" -s -w start || {
	tail -n 30 "$log" >&2
	echo "with_cluster: the server did not start" >&2
	exit 1
}

# Nothing of the caller's own connection settings may reach COMMAND.
for name in "${!PG@}"; do
	case $name in PG_*) ;; *) unset "$name" ;; esac
done
export PGHOST=$home PGPORT=$port PGUSER=postgres PGDATABASE=postgres PATH=$bin:$PATH

# In the background, so that a signal is passed on at once and not when COMMAND has ended. The shell
# makes background commands deaf to an interrupt from the keyboard; env undoes that.
env --default-signal=INT,QUIT "$@" <&0 &
child=$!
status=0
wait "$child" || status=$?
while kill -0 "$child" 2>/dev/null; do # a signal ends `wait` early
	status=0
	wait "$child" || status=$?
done
child=

crash='PANIC:|was terminated by signal|TRAP: |AddressSanitizer:|runtime error:'
if grep -qE "$crash" "$log"; then
	echo "with_cluster: the server crashed; from its log:" >&2
	grep -E -A 12 "$crash" "$log" >&2
	[ $status != 0 ] || status=1
fi
exit $status
