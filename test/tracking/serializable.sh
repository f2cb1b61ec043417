# shellcheck shell=bash
# To be sourced by run.sh: transactions at SERIALIZABLE in all orders of their steps, answered from what is kept.  Not
# more of them may fail than from scratch, and what they leave has to be what one after the other would.

# spec mode partitioned write end commit: permutations, serializable ones, those in which something failed, other errors
serializable_run() {
	local by='' of='(i int)'
	[ "$3" = plain ] || { by='PARTITION BY RANGE (at)' of='PARTITION OF o DEFAULT'; }
	sed -e "s/PARTITION_BY/$by/; s/PARTITION_OF/$of/; s/TRACKING/$2/; s/WRITE_A/$4/; s/END_A/$5/; s/COMMIT_A/$6/" \
		"$here/$1.spec" >"$work/spec"
	"$tester" "dbname=$PGDATABASE" <"$work/spec" >"$work/serializable" 2>&1 || true
	awk '/^starting permutation/ { n++; failed = 0 }
		/could not serialize/ { failures += !failed; failed = 1; next }
		/ERROR:|failed:/ && !/is aborted|prepared transaction with identifier "a" does not exist/ { other++ }
		/^serializable/ { getline; getline; good += $1 == "t" }
		END { print n + 0, good + 0, failures + 0, other + 0 }' "$work/serializable"
}

serializable() {
	local name n good failures other scratch
	tester=$(dirname "$("$PG_CONFIG" --pgxs)")/../test/isolation/isolationtester
	[ -x "$tester" ] || tester=$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")/test/isolation/isolationtester
	if [ ! -x "$tester" ]; then
		echo "ok - serializable transactions in all orders # SKIP no isolationtester"
		return
	fi
	while IFS=, read -r when spec kind how write end commit; do
		[ -n "${TRACKING_HEAVY:-}" ] || [ "$when" = quick ] || continue
		name="serializable, $spec, table is $kind, $how"
		read -r n good failures other < <(serializable_run "$spec" require "$kind" "$write" "$end" "$commit")
		ok "$name: all orders of steps are, from what is kept" "$((n > 400)) $good $other" "1 $n 0"
		[ -n "${TRACKING_HEAVY:-}" ] || continue
		read -r _ _ scratch _ < <(serializable_run "$spec" off "$kind" "$write" "$end" "$commit")
		echo "# $n orders of steps; something failed in $failures of them, from scratch in $scratch"
		ok "... and not more fail than from scratch" "$((failures > 0 && failures <= scratch))" 1
	done <<-'CASES'
		quick,skew,partitioned,rows,INSERT INTO o,,COMMIT;
		quick,closed,plain,in a savepoint,SAVEPOINT s; INSERT INTO o,RELEASE s;,COMMIT;
		heavy,skew,plain,rows,INSERT INTO o,,COMMIT;
		heavy,closed,partitioned,rows,INSERT INTO o,,COMMIT;
		heavy,skew,plain,in a savepoint,SAVEPOINT s; INSERT INTO o,RELEASE s;,COMMIT;
		heavy,skew,partitioned,prepared,INSERT INTO o,,PREPARE TRANSACTION 'a'; } step a5 { COMMIT PREPARED 'a';
		heavy,closed,plain,prepared,INSERT INTO o,,PREPARE TRANSACTION 'a'; } step w4 { COMMIT PREPARED 'a';
	CASES
}
