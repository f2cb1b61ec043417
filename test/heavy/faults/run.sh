#!/bin/bash
# What must not hurt: backends killed and servers stopped in the middle of an aggregate, a full disk, no
# memory, cancelled statements, reports while orders are written. Takes some minutes.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
here=test/heavy/faults

psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention' -f $here/orders.sql || exit
status=0
# With the scan node, and with the plans there are without it; FAULTS_SCAN=on: with it alone.
for scan in ${FAULTS_SCAN:-on off}; do
	[ $scan = on ] || echo "# without the scan node"
	for part in memory.sh long_keys.sh cancel.sh concurrent.sh; do
		PGOPTIONS="-c retention.enable_scan=$scan" $here/$part || status=1
	done
	# These crash or starve their server on purpose: one of their own, whose complaints about that do not count.
	for part in crash.sh disk.sh; do
		output=$(CLUSTER_SETTINGS="retention.enable_scan = $scan" test/lib/with_cluster.sh $here/$part 2>&1)
		grep -E '^(not )?ok ' <<<"$output"
		if ! grep -qE '^ok .*(end of|SKIP)' <<<"$output" || grep -q '^not ok' <<<"$output"; then
			sed 's/^/# /' <<<"$output"
			grep -q '^not ok' <<<"$output" || echo "not ok - $part came to its end"
			status=1
		fi
	done
done
exit $status
