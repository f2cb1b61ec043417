# shellcheck shell=bash
# A scratch database with the extension in it, dropped when the script ends; psql goes there from then on.
# To be sourced by a check that has a running server in PGHOST and the like.
scratch=retention_scratch_$$
export PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
psql -Xq -d "${PGDATABASE:-postgres}" -c "CREATE DATABASE $scratch"
trap 'psql -Xq -d "'"${PGDATABASE:-postgres}"'" -c "DROP DATABASE $scratch (FORCE)"' EXIT
export PGDATABASE=$scratch
psql -Xq -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION retention'
