#!/bin/bash
# test/heavy/fuzz/seeds.sh: makes seeds/ anew, where the fuzz targets begin: the bytes of the stored values of
# sql/stored_values.sql, which are of real summaries and histories.
set -euo pipefail
cd "$(dirname "$0")"

mkdir -p seeds/summary seeds/history
sed -nE "s/^\t\('([^']+)', '([A-Za-z0-9+\/]{12,}=*)'\)[,;]$/\1\t\2/p" ../../../sql/stored_values.sql |
	while IFS=$'\t' read -r name value; do
		case $name in history*) kind=history ;; *) kind=summary ;; esac
		base64 -d <<<"$value" >"seeds/$kind/${name//[ ,]/_}"
	done
