#!/bin/bash
# False alarms of control charts over 10,000 simulated shops of each kind in which nothing changes, and how soon a drop is seen.
exec "$(dirname "$0")/../../model/run.sh" signals "${SHOPS:-10000}"
