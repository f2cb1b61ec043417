#!/bin/bash
# Eight sessions make reports while pgbench writes orders: each equals plain SQL over the same snapshot.
cd "$(dirname "$0")/../../.." || exit
. test/lib/postgres.sh
. test/heavy/faults/lib.sh
bin=$("$PG_CONFIG" --bindir)
seconds=${SECONDS_OF_LOAD:-20}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/write.sql" <<'SQL'
\set customer random(1, 20000)
\set minute random(0, 1048575)
INSERT INTO orders VALUES (0, :customer, timestamptz '2023-01-01' + :minute * interval '1 minute', 1);
UPDATE orders SET amount = amount + 1 WHERE ctid = '(1,1)';
SQL
cat >"$work/read.sql" <<'SQL'
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO compared SELECT (SELECT sum(customers) FROM cohort_retention('orders', 'customer', 'at', 'month', 'amount')) = (
	SELECT count(*) FROM (SELECT DISTINCT customer, date_trunc('month', at) FROM orders) o)
	AND (SELECT sum(revenue) FROM customer_churn('orders', 'customer', 'at', 'week', 'amount')) = (SELECT sum(amount) FROM orders);
COMMIT;
SQL
psql -Xq -c 'DROP TABLE IF EXISTS compared; CREATE TABLE compared (same boolean)'
# Once, and again on a machine that is so slow that it says nothing.
for _ in $(seq 10); do
	"$bin/pgbench" -n -c 2 -T "$seconds" -f "$work/write.sql" >"$work/written" 2>&1 &
	writer=$!
	"$bin/pgbench" -n -c 8 -T "$seconds" -f "$work/read.sql" >"$work/read" 2>&1
	is "eight sessions made reports without an error" $? 0
	wait $writer
	is "while two wrote orders" $? 0
	compared=$(ask -c 'SELECT count(*) FROM compared')
	written=$(ask -c 'SELECT count(*) FROM orders WHERE id = 0')
	[ "$compared" -lt 10 ] || [ "$written" -lt 10 ] || break
done
like "many were compared" "$compared" '^[0-9]{2,}$'
is "each is that of its own snapshot" "$(ask -c 'SELECT count(*) FROM compared WHERE same IS NOT TRUE')" 0
like "orders were written meanwhile" "$written" '^[0-9]{2,}$'
exit $failed
