# Sourced by the scripts beside it.

# in_cluster MEGABYTES SCRIPT ARGUMENT …: unless it is that already, restart the script in a temporary
# cluster whose shared buffers of so many megabytes hold all tables.
in_cluster() {
	[ -z "${BENCH_INSIDE:-}" ] || return 0
	test/lib/setup.sh >&2
	export BENCH_INSIDE=1 CLUSTER_SETTINGS="shared_buffers = '$1MB'
jit = off
work_mem = '256MB'
maintenance_work_mem = '1GB'
max_wal_size = '8GB'
max_parallel_workers_per_gather = 0
autovacuum = off
min_parallel_table_scan_size = 0"
	shift
	exec test/lib/with_cluster.sh "$@"
}

describe_machine() {
	echo "PostgreSQL $(psql -X -At -c "SELECT split_part(current_setting('server_version'), ' ', 1)")," \
		"$(nproc) cores, $(awk -F': *' '/^model name/ {print $2; exit}' /proc/cpuinfo)," \
		"$(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 1048576}' /proc/meminfo);" \
		"shared_buffers $(psql -X -At -c 'SHOW shared_buffers'), work_mem $(psql -X -At -c 'SHOW work_mem')"
}

# peak STATEMENT [SETTING …]: private peak memory, in bytes, of a new session that runs the statement.
peak() {
	local statement=$1 setting
	shift
	{
		for setting in "$@"; do echo "SET $setting;"; done
		echo 'SELECT pg_backend_pid() AS pid \gset'
		echo '\setenv BACKEND :pid'
		echo '\o /dev/null'
		echo "$statement;"
		echo '\o'
		# shellcheck disable=SC2016
		echo '\! awk '"'"'/^VmHWM/ {all = $2} /^RssShmem/ {shared = $2} END {print (all - shared) * 1024}'"'"' /proc/$BACKEND/status'
	} | psql -X -q -At -v ON_ERROR_STOP=1 | tail -n 1
}
