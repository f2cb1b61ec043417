#!/bin/bash
# test/heavy/fuzz/seeds.sh: makes seeds/ anew, where the fuzz targets begin: the bytes of the stored values of
# sql/stored_values.sql, which are of real summaries and histories; and of each kind of state one with 20 rows, as a
# program of wire.c. The programs in seeds/orders once found faults, and stay.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p seeds/summary seeds/history seeds/wire
sed -nE "s/^\t\('([^']+)', '([A-Za-z0-9+\/]{12,}=*)'\)[,;]$/\1\t\2/p" ../../../sql/stored_values.sql |
	while IFS=$'\t' read -r name value; do
		case $name in history*) kind=history ;; *) kind=summary ;; esac
		base64 -d <<<"$value" >"seeds/$kind/${name//[ ,]/_}"
	done

kinds=(orders order_amounts anchored anchored_amounts segmented segmented_amounts repeat repeat_lines window)
for kind in "${!kinds[@]}"; do
	# its number, the key and the unit, the rows: customer, day, the rest
	bytes=("$kind" $((kind * 4 % 15)) 20)
	for row in {1..20}; do
		bytes+=($((row * 7 % 32)) $((row * 11 % 256)) $((row * 37 % 256)))
	done
	printf '%b' "$(printf '\\x%02x' "${bytes[@]}")" >"seeds/wire/${kinds[kind]}"
done
