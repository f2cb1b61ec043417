# shellcheck shell=bash
# Sourced by the parts of the faults test.
failed=0

ask() {
	psql -XqAt "$@" 2>&1
}

# is WHAT ANSWER EXPECTED
is() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1 (\"$2\" instead of \"$3\")"
		failed=1
	fi
}

# like WHAT ANSWER PATTERN
like() {
	if grep -qE "$3" <<<"$2"; then
		echo "ok - $1"
	else
		echo "not ok - $1 (\"$2\" is not like \"$3\")"
		failed=1
	fi
}

as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && exec runuser -u postgres -- "$@")
	else
		(cd / && exec "$@")
	fi
}

# What an aggregate that spills writes: with amounts, in 64 kB of memory.
tight="SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET max_parallel_workers_per_gather = 0;"
report="SELECT md5(retention_agg(customer, at, amount, 'week')::text) FROM orders"
long="SELECT md5(retention_agg(customer, at, amount, 'week')::text) FROM orders, generate_series(1, 200)"
temp_files="SELECT count(*) FROM pg_ls_tmpdir()"
