#!/bin/bash
# A full disk: temporary files in a tablespace on one megabyte of memory, which takes root to mount.
cd "$(dirname "$0")/../../.." || exit
. test/heavy/faults/lib.sh

space=$PGHOST/full
mkdir "$space"
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=1M,mode=700 tmpfs "$space" 2>/dev/null; then
	echo "ok - full disk # SKIP no root to mount a small disk"
	exit
fi
trap 'umount -l "$space"' EXIT
chown postgres "$space"
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention' -f test/heavy/faults/orders.sql
expected=$(ask -c "$report")
ask -c "CREATE TABLESPACE full_disk LOCATION '$space'" >/dev/null
answer=$(psql -XqAt -c "$tight" -c "SET temp_tablespaces = full_disk" -c "$report" -c "SELECT 'still here'" \
	-c "SELECT count(*) FROM pg_ls_tmpdir((SELECT oid FROM pg_tablespace WHERE spcname = 'full_disk'))" 2>&1)
like "a full disk is a clear error" "$answer" 'could not write .*No space left on device'
like "the session goes on" "$answer" '^still here$'
is "nothing is left on the full disk" "$(tail -n 1 <<<"$answer")" 0
is "the report is right with room" "$(ask -c "$tight" -c "$report")" "$expected"
# the limit that administrators set
answer=$(psql -XqAt -c "$tight" -c "SET temp_file_limit = '64kB'" -c "$report" -c "$temp_files" 2>&1)
like "temp_file_limit applies" "$answer" 'temporary file size exceeds "?temp_file_limit'
is "nothing is left when it is exceeded" "$(tail -n 1 <<<"$answer")" 0
echo "ok - end of the disk"
exit $failed
