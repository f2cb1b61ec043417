#!/bin/bash
# test/ledger/run.sh [FIRST [CASES]]
# Customers put into a ledger (src/core/ledger.h), changed and taken out again at random: its summary is that from
# scratch, byte for byte; and likewise what the layers of their days (src/core/layers.h) add up to before each day. A module of its own, as no function of the extension calls a ledger; it is compiled from the
# sources of the core, beside the server's headers, into a directory that is gone afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/postgres.sh

first=${1:-1}
cases=${2:-3000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# Copies, as the checkout may have objects of another build.
cp src/core/*.c src/core/model/*.c src/common/*.c test/ledger/*.[ch] "$work"
. test/lib/module.sh
build_module "$work" ledger_model || {
	echo "not ok - the module builds"
	exit 1
}
said=$(psql -XqAt -v ON_ERROR_STOP=1 \
	-c "CREATE FUNCTION ledger_model(first bigint, cases bigint) RETURNS text AS '$work/ledger_model.so' LANGUAGE C" \
	-c "CREATE FUNCTION layers_crowd(customers int, days int, period text, amounts bool, anchored bool) RETURNS text AS '$work/ledger_model.so' LANGUAGE C" \
	-c "SELECT ledger_model($first, $cases)") || said="not answered: $said"
name="$cases cases from $first: a ledger says what its customers say from scratch"
if [[ $said == steps* ]]; then
	echo "ok - $name ($said)"
else
	echo "not ok - $name: $said"
fi
# It has met what it is there for.
read -r _ steps _ emptied _ lowered _ earlier _ wide _ below _ refused _ layers _ late <<<"$said"
if [ "${steps:-0}" -ge "$cases" ] && [ "${emptied:-0}" -ge $((cases / 10)) ] && [ "${lowered:-0}" -ge $((cases / 10)) ] &&
	[ "${earlier:-0}" -ge $((cases / 10)) ] && [ "${wide:-0}" -ge $((cases / 10)) ] && [ "${below:-0}" -ge $((cases / 10)) ] &&
	[ "${refused:-0}" -ge $((cases / 10)) ] && [ "${layers:-0}" -ge $((cases * 10)) ] &&
	[ "${late:-0}" -ge "$cases" ]; then
	echo "ok - ... and there was everything that is hard"
else
	echo "not ok - ... and there was everything that is hard"
fi

# Layers as a build makes them: more customers than a cell has, so that arrays and hash tables are both used.
while read -r customers days period amounts anchored; do
	said=$(psql -XqAt -v ON_ERROR_STOP=1 \
		-c "SELECT layers_crowd($customers, $days, '$period', $amounts, $anchored)") || said="not answered: $said"
	name="layers of $customers customers on $days days by $period, amounts $amounts, anchored $anchored, are those of their histories"
	case $said in
		same*) echo "ok - $name ($said)" ;;
		*) echo "not ok - $name: $said" ;;
	esac
done <<CASES
2000 400 month true false
3000 700 week(sunday) false false
1000 300 day true false
2000 1000 quarter true false
3000 60 month false false
2000 400 month true true
1000 300 day true true
3000 700 week(sunday) false true
CASES
