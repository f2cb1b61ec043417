#!/bin/bash
# The report page and every picture in a real browser (headless Chromium by playwright-core): values on the page
# equal SQL, nothing overflows at 1280 and 400 pixels, text of users is inert, labels do not touch, colours
# contrast, light and dark. Screenshots stay in SCREENSHOTS, if that names a directory.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/packages.sh
here=$PWD/test/heavy/browser

skip() {
	echo "ok - browser # SKIP $1"
	exit
}
have_command node nodejs && have_command npm npm || skip "Node.js cannot be installed"
have_command chromium chromium || skip "chromium cannot be installed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" playwright-core >/dev/null 2>&1 || skip "npm cannot install playwright-core"

psql -Xq -v ON_ERROR_STOP=1 -v dir="$work" -f "$here/pages.sql" || { echo "not ok - pages are made"; exit 1; }
cp "$here/check.mjs" "$work/"
node "$work/check.mjs" "$work" "${SCREENSHOTS:-}"
