# shellcheck shell=bash
# All cohorts of a few customers (few.c): no hidden count of one is told, in whole numbers, by what is shown of it. To be sourced by run.sh.
few=$(mktemp -d)
chmod 755 "$few"
cp src/core/suppression*.c test/heavy/suppression/few.c "$few"
. test/lib/module.sh
build_module "$few" suppression_few
sql -c "CREATE FUNCTION suppression_few(int, int, int, bool, bool) RETURNS text AS '$few/suppression_few.so' LANGUAGE C" ||
	echo "not ok - the module of few customers builds"
while read -r customers last min anchored criteria what; do
	said=$(sql -At -c "SELECT suppression_few($customers, $last, $min, $anchored, $criteria)")
	name="of all cohorts of $customers at $((last + 1)) ages$what no hidden count has fewer than $min values: $said"
	if [[ $said =~ ^cohorts\ [0-9]+\ hidden\ [1-9][0-9]*\ told\ 0$ ]]; then
		echo "ok - $name"
	else
		echo "not ok - $name"
	fi
done <<'CASES'
16 2 4 false true
8 3 3 false true
6 3 2 false true
7 2 2 true true , anchored,
8 2 3 true true , anchored,
5 3 2 true true , anchored,
14 2 3 false false , as 1.0 stored them,
7 2 2 true false , anchored, as 1.0 stored them,
CASES
rm -rf "$few"
