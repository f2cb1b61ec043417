#!/bin/bash
# retention_signals and churn_signals over random shops against plain SQL written from the formulas of the reference.
# From the environment: SEED.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/scratch.sh

psql -Xq -v ON_ERROR_STOP=1 -v seed="${SEED:-1}" -f test/signals/shops.sql
checks=$(psql -Xq -v ON_ERROR_STOP=1 -v seed="${SEED:-1}" -f test/signals/checks.sql)
echo "$checks"
[ -n "$checks" ] && ! grep -q '^not ok' <<<"$checks"
