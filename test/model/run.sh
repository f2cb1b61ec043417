#!/bin/bash
# test/model/run.sh [coverage N|signals N|speed N|orders N|worlds FILE]
# The models of src/core/model, apart from the server: compiled by themselves, which shows that they need nothing of it.
# Figures of CDNOW come from cdnow_sample.csv of RETENTION_SHARED (see test/published) and are skipped without it. The
# other ways to call it are in main.c.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"${CC:-cc}" -std=gnu99 -O2 -Wall -Wextra -Werror -ffp-contract=off -Isrc -Itest/model src/core/model/*.c test/model/*.c \
	-o "$work/model_test" -lm || {
	echo "not ok - the models are compiled without the server"
	exit 1
}
[ $# != 0 ] || set -- "${RETENTION_SHARED:-../shared}/data/cdnow_sample.csv"
"$work/model_test" "$@"
