# shellcheck shell=bash
# To be sourced by run.sh: transactions beside each other in all orders of their steps, with the node and without it, in one
# process and with workers. Every answer and every error is the same, so no more and no fewer transactions fail.

# spec, end of the writer, settings: what isolationtester says
orders_of_steps() {
	sed "s/END_OF_WRITER/$2/" "test/scan/$1.spec" |
		PGOPTIONS="$PGOPTIONS $3" timeout 120 "$tester" "dbname=$PGDATABASE" 2>&1
}

isolation() {
	local spec end settings with without pgxs
	pgxs=$("$PG_CONFIG" --pgxs)
	tester=$(dirname "$pgxs")/../test/isolation/isolationtester
	[ -x "$tester" ] || tester=$(dirname "$(dirname "$pgxs")")/test/isolation/isolationtester
	if [ ! -x "$tester" ]; then
		echo "ok - transactions in all orders of their steps # SKIP no isolationtester"
		return
	fi
	while IFS=, read -r spec end settings; do
		with=$(orders_of_steps "$spec" "$end" "$settings -c retention.enable_scan=on")
		without=$(orders_of_steps "$spec" "$end" "$settings -c retention.enable_scan=off")
		rule "$spec${end:+, $end}${settings:+, workers}: the same with the node in all orders of steps" "$(
			diff <(echo "$without") <(echo "$with") | head -n 10
			[ "$(grep -c '^starting permutation' <<<"$with")" -ge 30 ] || tail -n 5 <<<"$with"
			grep 'ERROR:' <<<"$with" | grep -v 'could not serialize' | head -n 5
			[ "$spec" != serializable ] || grep -q 'could not serialize' <<<"$with" || echo "none failed")"
	done <<-CASES
		serializable,,
		snapshots,COMMIT,
		snapshots,ROLLBACK,
		serializable,,$in_workers
		snapshots,COMMIT,$in_workers
	CASES
}
