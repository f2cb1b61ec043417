#!/bin/bash
# The random shops of test/products, ten thousand of them, from a seed that is printed.
set -euo pipefail
SEED=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')} CASES=${CASES:-10000} exec "$(dirname "$0")/../../products/run.sh"
