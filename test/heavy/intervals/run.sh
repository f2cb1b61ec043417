#!/bin/bash
# 95 % intervals of what all customers will do, over 2,000 simulated worlds of 1,000 customers for each model.
exec "$(dirname "$0")/../../model/run.sh" coverage "${WORLDS:-2000}"
