#!/bin/bash
# test/tracking for long, and its isolation tests at every pair of levels.
# TRACKING_SECONDS, 1,200: two cores make 100,000 comparisons in about that.
set -euo pipefail
export TRACKING_HEAVY=1 TRACKING_SECONDS=${TRACKING_SECONDS:-1200}
exec "$(dirname "$0")/../../tracking/run.sh"
