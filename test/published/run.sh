#!/usr/bin/env bash
# Real data with published answers (README beside the data): loads it in a
# scratch database of the running cluster and compares.
#
# Usage: [PGHOST=... PGPORT=... PGUSER=...] run.sh
# RETENTION_SHARED: the directory that holds data/; without it nothing is checked.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=${RETENTION_SHARED:-$here/../../../shared}/data
database=retention_published

for file in online_retail.csv.gz online_retail_cohorts.csv cdnow_sample.csv groceries.csv; do
	if [[ ! -r $data/$file ]]; then
		echo "published: skipped, no data"
		exit 0
	fi
done

sql() {
	PGDATABASE=$database PGOPTIONS='-c client_min_messages=warning' \
		psql -X -q -v ON_ERROR_STOP=1 "$@"
}

PGOPTIONS='-c client_min_messages=warning' \
	psql -X -q -v ON_ERROR_STOP=1 -d "${PGDATABASE:-postgres}" \
	-c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database"

sql -c 'CREATE EXTENSION retention' -f "$here/load.sql"
gzip -dc "$data/online_retail.csv.gz" |
	sql -c 'COPY online_retail FROM STDIN (FORMAT csv, HEADER)'
sql -c 'COPY published_cohort FROM STDIN (FORMAT csv, HEADER)' \
	<"$data/online_retail_cohorts.csv"
sql -c 'COPY cdnow FROM STDIN (FORMAT csv, HEADER)' <"$data/cdnow_sample.csv"
awk -F, -v OFS='\t' '{for (i = 1; i <= NF; i++) print NR, $i}' "$data/groceries.csv" | sql -c 'COPY grocery FROM STDIN'

# A broken connection or an error in the middle ends the run as well.
checks=$(mktemp)
trap 'rm -f "$checks"' EXIT
sql -f "$here/checks.sql" | tee "$checks"

# -c counts, and its exit status 1 only says that there was nothing to count.
failed=$(grep -c '^not ok' "$checks" || true)
passed=$(grep -c '^ok' "$checks" || true)
echo "published: $passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
