# shellcheck shell=bash
# To be sourced by run.sh: orders.spec at each pair of levels, in the quick suites at one.  All 560 orders of the steps
# are made by isolationtester itself. And ring.spec, in the quick suites with each thirteenth of its orders; and twins.spec.

# Lines "permutation STEP …" with the steps of the arguments $2 … each in its order, behind those of $1.
orders() {
	local done=$1 lists=("${@:2}") i rest
	for i in "${!lists[@]}"; do
		[ -n "${lists[$i]}" ] || continue
		rest=("${lists[@]}")
		rest[$i]=${lists[$i]#* }
		[ "${rest[$i]}" != "${lists[$i]}" ] || rest[$i]=
		orders "$done ${lists[$i]%% *}" "${rest[@]}"
	done
	[[ ${lists[*]} == *[!\ ]* ]] || echo "permutation$done"
}

isolation() {
	local tester
	tester=$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/isolationtester
	[ -x "$tester" ] || tester=$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")/test/isolation/isolationtester
	if [ ! -x "$tester" ]; then
		echo "ok - writer, folds and reader in all orders # SKIP no isolationtester"
		return
	fi
	while IFS=, read -r writer reader tracking; do
		[ -n "${TRACKING_HEAVY:-}" ] || [ "$writer,$reader" = "READ COMMITTED,REPEATABLE READ" ] || continue
		sed -e "s/LEVEL_OF_WRITER/$writer/; s/LEVEL_OF_READER/$reader/; s/TRACKING/$tracking/" \
			"$here/orders.spec" >"$work/spec"
		"$tester" "dbname=$PGDATABASE" <"$work/spec" >"$work/isolation" 2>&1 || true
		ok "writer $writer, reader $reader: every answer in all orders of steps" \
			"$(grep -cE '^t +$' "$work/isolation") $(grep -cE '^f +$|ERROR:' "$work/isolation")" \
			"$(($(grep -c '^starting permutation' "$work/isolation") * 3)) 0"
	done <<-'LEVELS'
		READ COMMITTED,READ COMMITTED,require
		READ COMMITTED,REPEATABLE READ,require
		REPEATABLE READ,READ COMMITTED,require
		REPEATABLE READ,REPEATABLE READ,require
		SERIALIZABLE,SERIALIZABLE,require
	LEVELS
	{
		cat "$here/ring.spec"
		orders "" "w1 w2 w3" "f1 f2 f3" "r1 r2" | if [ -n "${TRACKING_HEAVY:-}" ]; then cat; else awk 'NR % 13 == 1'; fi
	} >"$work/spec"
	"$tester" "dbname=$PGDATABASE" <"$work/spec" >"$work/isolation" 2>&1 || true
	ok "a prepared writer, folds that turn the ring, reader: every answer in orders of steps" \
		"$(grep -cE '^t +$' "$work/isolation") $(grep -cE '^f +$|ERROR:' "$work/isolation")" \
		"$(($(grep -c '^starting permutation' "$work/isolation") * 3)) 0"
	"$tester" "dbname=$PGDATABASE" <"$here/twins.spec" >"$work/isolation" 2>&1 || true
	ok "two tables with the same columns, tracked at the same time" \
		"$(grep -cE '^t +$' "$work/isolation") $(grep -cE 'ERROR:' "$work/isolation")" "2 0"
}
