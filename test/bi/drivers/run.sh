#!/bin/bash
# The functions as ordinary drivers see them: JDBC, node's pg and psycopg2, over TCP and with a password, by a role
# that owns nothing. Each checks the types of the columns, parameters, NULLs, errors and the time zone of its session, and
# stores a summary and a history that it has read.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/packages.sh
here=test/bi/drivers

if [ "${1:-}" != inside ]; then
	while :; do
		CLUSTER_PORT=$((20000 + RANDOM))
		(: <>"/dev/tcp/127.0.0.1/$CLUSTER_PORT") 2>/dev/null || break
	done
	export CLUSTER_PORT
	exec test/lib/with_cluster.sh "$0" inside
fi

. test/lib/scratch.sh
password=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
psql -Xq -v ON_ERROR_STOP=1 -v password="$password" -f $here/data.sql || exit
work=$(mktemp -d)
trap 'psql -Xq -d postgres -c "DROP DATABASE $scratch (FORCE)"; rm -rf "$work"' EXIT
failed=0

# stored CLIENT FORMS: looks at what the client has stored.
stored() {
	psql -XqAt -v ON_ERROR_STOP=1 -v client="$1" -v forms="$2" -f $here/stored.sql || failed=1
}

# as_reader COMMAND…: over TCP, with a password
as_reader() {
	PGHOST=127.0.0.1 PGUSER=bi_reader PGPASSWORD=$password "$@" || failed=1
}

if ensure JDBC javac:default-jdk-headless /usr/share/java/postgresql.jar:libpostgresql-jdbc-java; then
	if javac -encoding UTF-8 -d "$work" -cp /usr/share/java/postgresql.jar $here/Drivers.java; then
		as_reader java -Duser.timezone=America/New_York -cp "/usr/share/java/postgresql.jar:$work" Drivers \
			"jdbc:postgresql://127.0.0.1:$PGPORT/$PGDATABASE" bi_reader "$password"
	else
		echo "not ok - JDBC: the program compiles"
	fi
	stored JDBC 2
fi

if ensure psycopg2 /usr/bin/python3:python3 /usr/lib/python3/dist-packages/psycopg2:python3-psycopg2; then
	as_reader /usr/bin/python3 $here/drivers.py "dbname=$PGDATABASE"
	stored psycopg2 2
fi

if ensure 'node pg' node:nodejs npm:npm; then
	cp $here/package.json $here/drivers.mjs "$work"
	if npm_packages 'node pg' "$work"; then
		as_reader node "$work/drivers.mjs"
		stored 'node pg' 2
	fi
fi

exit $failed
