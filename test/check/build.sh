#!/bin/bash
# One tree that is built for two servers, and with two profiles: what was made for the first is made again for the second, and
# only then.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/postgres.sh
. test/lib/rule.sh

tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
cp -r Makefile retention.control sql src "$tree"
find "$tree/src" -name '*.[od]' -delete
cat >"$tree/pg_config" <<SH
#!/bin/bash
"$PG_CONFIG" "\$@" | sed "s/^PostgreSQL /&\$(cat "$tree/server") /"
SH
chmod +x "$tree/pg_config"

# made SERVER [PROFILE]: when an object was made, after it was asked for with that server's pg_config.
made() {
	echo "$1" >"$tree/server"
	make -s -C "$tree" PG_CONFIG="$tree/pg_config" PROFILE="${2:-}" src/common/rows.o
	stat -c %y "$tree/src/common/rows.o"
}

first=$(made one)
again=$(made one)
other=$(made another)
rule "an object is made once for a server" "$([ "$first" = "$again" ] || echo "made at $first, and at $again")"
rule "and again for another one" "$([ "$again" != "$other" ] || echo "made at $other only")"
profile=$(made another -O1)
rule "and with another profile" "$([ "$other" != "$profile" ] || echo "made at $other only")"
exit $failed
