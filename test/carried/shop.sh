# shellcheck shell=bash
# To be sourced: a table of orders in a database, and what is said of it.
. test/lib/postgres.sh
bin=$("$PG_CONFIG" --bindir)
work=$(mktemp -d)
chmod 711 "$work"
trap 'rm -rf "$work"' EXIT

is() {
	if [ "$2" = "$3" ]; then
		echo "ok - $1"
	else
		printf 'not ok - %s\n# %s\n# instead of\n# %s\n' "$1" "$2" "$3"
	fi
}
run() {
	psql -XqAt -v ON_ERROR_STOP=1 -d "$@"
}
# What the view says; whether a report is answered from what is kept; whether it is that from scratch.
facts() {
	run "$@" -c "SELECT (SELECT status FROM retention_tracked WHERE orders = 'orders'::regclass), report('require') <> 'not kept', report('on') = report('off')" 2>&1
}
periods="ARRAY['month', 'calendar(2024-01-01, 2024-06-30, 2030-01-06)']"
shop() {
	run "$1" -c 'CREATE EXTENSION retention' -c "
		CREATE TABLE orders (id int PRIMARY KEY, customer bigint, ordered_at timestamptz, amount numeric, channel text);
		CREATE INDEX ON orders (customer, ordered_at);
		CREATE FUNCTION report(mode text, before date DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS \$\$
		BEGIN
			PERFORM set_config('retention.tracking', mode, true);
			RETURN (SELECT string_agg(r::text, ' ') FROM
				unnest($periods) p, cohort_retention('orders', 'customer', 'ordered_at', p, 'amount', segment => 'channel', timezone => 'Europe/Sofia',
					as_of => before) r);
		EXCEPTION WHEN object_not_in_prerequisite_state THEN
			RETURN 'not kept';
		END \$\$"
}
track() {
	run "$1" -c "SELECT retention_track('orders', 'customer', 'ordered_at', 'amount', segment => 'channel', timezone => 'Europe/Sofia', periods => $periods)" >/dev/null
}
# Orders from id $2 to $3.
add() {
	run "$1" -c "INSERT INTO orders SELECT i, i % 97, timestamptz '2024-01-01 UTC' + i * interval '7 hours', i % 13, 'c' || i % 3 FROM generate_series($2, $3) i"
}
as_server() {
	if [ "$(id -u)" = 0 ]; then
		(cd / && exec runuser -u postgres -- "$@")
	else
		(cd / && exec "$@")
	fi
}
