# shellcheck shell=bash
# To be sourced by run.sh: a customer with a million orders, of which a fold reads again those of the days that changed.

# Entries of the index that a fold after this SQL reads.
read_by_fold() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1" -c 'BEGIN' -c "CALL retention_fold('t.guest')" \
		-c "SELECT pg_stat_get_xact_tuples_returned('t.guest_customer_at_idx'::regclass)" -c 'COMMIT'
}

guest() {
	local entries
	psql -X -q -v ON_ERROR_STOP=1 >/dev/null <<-'SQL'
		SET client_min_messages = warning;
		CREATE TABLE t.guest (customer int, at timestamptz, amount numeric(10,2));
		INSERT INTO t.guest SELECT CASE WHEN i % 100 = 0 THEN i ELSE 0 END, timestamptz '2020-01-01 UTC' + i * interval '3 min', i % 50 FROM generate_series(1, 1010000) i;
		CREATE INDEX guest_customer_at_idx ON t.guest (customer, at);
		ANALYZE t.guest;
		SELECT retention_track('t.guest', 'customer', 'at', 'amount', timezone => 'Europe/Sofia');
		CALL retention_fold('t.guest');
	SQL
	ok "a guest account is named" "$(q "SELECT heaviest, heaviest_orders FROM retention_tracked WHERE orders = 't.guest'::regclass")" "0|999900"
	entries=$(read_by_fold "INSERT INTO t.guest SELECT 0, max(at), 1 FROM t.guest")
	echo "# a fold after an order of today reads $entries of a million"
	ok "... a fold reads its last days" "$((entries > 0 && entries < 20000))" 1
	ok "... and all for an order of the first one" "$(read_by_fold "INSERT INTO t.guest SELECT 0, min(at), 1 FROM t.guest" | awk '{ print ($1 > 900000) }')" 1
	ok "... what is kept is right" "$(q "SELECT count(*) FROM retention_verify('t.guest')")" 0
	q "DROP TABLE t.guest"
}
