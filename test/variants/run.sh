#!/bin/bash
# The regression and differential tests, and exchange, on builds with our own assertions on that take the rare paths all
# the time:
#   batch   every row is a batch of its own, and workers hand each other a few at a time
#   spill   every three customers go to a temporary file, and so do the baskets of every few products
# Each build goes into a copy of the server's own files, so what is installed stays as it is. The spill
# test compares with a state that is not spilled, and has no place in the second.
# From the environment: VARIANTS, those to run; VARIANT_CASES of the differential test, VARIANT_PRODUCTS of that of products.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
. test/lib/postgres.sh
. test/lib/copy.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

variant() {
	local name=$1 flags=$2 root=$work/$1 tree=$work/tree-$1
	[[ " ${VARIANTS:-batch spill} " == *" $name "* ]] || return 0
	mkdir "$tree"
	tar -c --exclude=.git . | tar -x -C "$tree"
	[ "$name" != spill ] || rm "$tree/sql/spill.sql"
	copy_server "$root"
	if ! { make -s -C "$tree" clean && make -s -C "$tree" -j"$(nproc)" COPT="$flags" &&
		make -s -C "$tree" install DESTDIR="$root"; } >"$work/build" 2>&1; then
		cat "$work/build"
		echo "not ok - $name: builds"
		return
	fi
	(
		PG_CONFIG=$root$("$PG_CONFIG" --bindir)/pg_config
		export PG_CONFIG
		cd "$tree" || exit
		test/lib/with_cluster.sh test/lib/regress.sh | sed -uE "s/^(ok|not ok) - /\1 - $name: /" ||
			echo "not ok - $name: regress"
		# with a file for every three customers it would take an hour
		[ "$name" = spill ] || test/lib/with_cluster.sh test/exchange/run.sh 20 | sed -uE "s/^(ok|not ok) - /\1 - $name: /" ||
			echo "not ok - $name: exchange"
		if test/lib/with_cluster.sh test/differential/run.sh 1 "${VARIANT_CASES:-250}"; then
			echo "ok - $name: differential"
		else
			echo "not ok - $name: differential"
		fi
		[ "$name" != spill ] || CASES=${VARIANT_PRODUCTS:-40} test/lib/with_cluster.sh test/products/run.sh | sed -uE "s/^(ok|not ok) - /\1 - $name: /" ||
			echo "not ok - $name: products"
	)
}

variant batch '-DCUSTOMER_BATCH=1 -DCUSTOMER_STEP=3 -DEXCHANGE_CHUNK=160 -DEXCHANGE_CHUNKS=1 -DEXCHANGE_PATIENCE_MS=1 -DTAG_GROUP_PORTABLE -DUSE_ASSERT_CHECKING'
variant spill '-DUSE_ASSERT_CHECKING -DCUSTOMER_BATCH=2 -DCUSTOMER_STEP=2 -DSPILL_MIN_CUSTOMERS=3 -DSPILL_RANGE_BITS=2 -DPART_FILES=3 -DPART_SHARE=1000000000 -DPART_MIN_BYTES=400 -DWORD_SORT_RUNS=0 -DWORD_SORT_MIN_BYTES=4000 -DKEPT_SHARE=1000'
