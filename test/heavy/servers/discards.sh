#!/bin/bash
# What is read from the server's caches and used after they are discarded: discards.sql says the same, and comes to its end,
# where the server discards all of them whenever it may (debug_discard_caches), which one with assertions can.
# Takes about a thousand times as long as without: so it is statements of every kind over few rows.
set -uo pipefail
cd "$(dirname "$0")" || exit

# said SETTING
said() {
	local database=discards_$1
	psql -Xq -v ON_ERROR_STOP=1 -c "CREATE DATABASE $database" || return
	psql -Xq -v ON_ERROR_STOP=1 -d "$database" -c 'CREATE EXTENSION retention' || return
	PGOPTIONS="-c debug_discard_caches=$1" timeout 1200 psql -Xqa -d "$database" -f discards.sql 2>&1
}

if kept=$(said 0) && discarded=$(said 1) && [ "$kept" = "$discarded" ] && [[ $kept == *retention_check* ]]; then
	echo "ok - $(grep -c ';$' discards.sql) statements say the same where caches are discarded"
else
	diff <(echo "${kept:-}") <(echo "${discarded:-}")
	echo "not ok - statements say the same where caches are discarded"
fi
