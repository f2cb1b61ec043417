#!/bin/bash
# The rooms of src/ and their doors: includes go only downward, from module over track and scan, which do not know each
# other, sql, draw and core to common to the server, so that the core stays free of the function manager, SPI and the executor.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/rule.sh

# "FILE INCLUDED" a line, INCLUDED being a file of ours (src/…) or else a header of the server.
# Whether it is ours is looked up, not read off: the server has a folder common/ too.
includes=$(
	find src -name '*.[ch]' | sort | while read -r file; do
		sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/p' "$file" | while read -r header; do
			for ours in "$(dirname "$file")/$header" "src/$header"; do
				if [ -e "$ours" ]; then
					header=$(realpath -m --relative-to=. "$ours")
					break
				fi
			done
			echo "$file $header"
		done
	done
)
[ -n "$includes" ] || { echo "not ok - includes (no source files)"; exit 1; }

rule "every source file is in src/module, src/track, src/scan, src/sql, src/draw, src/core, src/core/model, src/core/product or src/common" \
	"$(find src -name '*.[ch]' | grep -vE '^src/(module|track|scan|sql|draw|core|core/model|core/product|common)/[^/]+$' || true)"

rule "no two files have one name" "$(find src -name '*.[ch]' -printf '%f\n' | sort | uniq -d)"

rule "includes go only downward" "$(awk '
	BEGIN { height["common"] = 1; height["core"] = 2; height["draw"] = 3; height["sql"] = 4; height["scan"] = height["track"] = 5; height["module"] = 6 }
	{ split($1, from, "/"); split($2, to, "/") }
	to[1] == "src" && to[2] != from[2] && height[to[2]] >= height[from[2]] { print $1 " includes " $2 }' <<<"$includes")"

rule "the models do without the server and what knows it" \
	"$(awk '$1 ~ /^src\/core\/model\// && $2 !~ /^src\/core\/model\// && $2 !~ /^(float|math|stdbool|stddef|stdint|string)\.h$/ { print $1 " includes " $2 }' <<<"$includes")"

rule "the core and the models do without the products, and those without the models" "$(awk '
	$2 ~ /^src\/core\/product\// && $1 ~ /^src\/core\// && $1 !~ /^src\/core\/product\// { print $1 " includes " $2 }
	$1 ~ /^src\/core\/product\// && $2 ~ /^src\/core\/model\// { print $1 " includes " $2 }' <<<"$includes")"

# Also not through a header of common/.
rule "core and draw do without fmgr, SPI, executor and catalogs" "$(awk '
	function forbidden(header) {
		return header ~ /^(fmgr\.h|funcapi\.h|executor\/|catalog\/|utils\/syscache\.h|utils\/typcache\.h)/
	}
	function walk(file, way,    header, i, list, count) {
		count = split(included[file], list, " ")
		for (i = 1; i <= count; i++) {
			header = list[i]
			if (forbidden(header))
				print way " includes " header
			else if (header ~ /^src\// && !((root, header) in seen)) {
				seen[root, header] = 1
				walk(header, way " includes " header)
			}
		}
	}
	{ included[$1] = included[$1] " " $2 }
	END {
		for (file in included)
			if (file ~ /^src\/(core|draw)\//) {
				root = file
				walk(file, file)
			}
	}' <<<"$includes" | sort)"

rule "files of src/sql do not include one another" "$(awk '
	$1 ~ /^src\/sql\// && $2 ~ /^src\/sql\// && $2 !~ /^src\/sql\/(arguments|customer_column|feed_summary|forecast_rows|history_rows|history_sink|history_value|median|member_query|model_curve|model_value|order_feed|order_rows|orders_source|product_lines|product_report|readers|reports|row_filter|shown_values|status_rows|stored_value|value_numbers)\.h$/ {
		own = $1
		sub(/\.[ch]$/, ".h", own)
		if ($2 != own)
			print $1 " includes " $2
	}' <<<"$includes")"

# tsort puts what includes before what is included and complains where it cannot. It takes a pair of
# twice the same for a name alone, so a file that includes itself is looked for first.
rule "no header includes itself, over however many others" "$(
	pairs=$(grep -E '^src/[^ ]+\.h src/' <<<"$includes" || true)
	awk '$1 == $2 { print $1 }' <<<"$pairs"
	{ tsort <<<"$pairs" >/dev/null; } 2>&1 | sed -n 's/^tsort: \(src\)/\1/p'
)"

rule "PG_VERSION_NUM only in src/common/compat.h" "$(grep -rlw PG_VERSION_NUM src | grep -vx src/common/compat.h || true)"

rule "PG_FUNCTION_INFO_V1 only in src/sql, src/scan and src/track" \
	"$(grep -rlw PG_FUNCTION_INFO_V1 src --include='*.c' | grep -vE '^src/(sql|scan|track)/' || true)"

# A session may have the library of 1.0 loaded and workers that load this one.
ids=$(sed -nE '/^const AggregateClass .* = \{$/,/^\};$/ s/^\t\.id = ([0-9]+),$/\1/p' src/core/*.c | sort -n)
rule "each class of aggregates has an id of its own, and none of those of 1.0, whose states were laid out otherwise" \
	"$([ -n "$ids" ] || echo "no ids"; uniq -d <<<"$ids"; grep -xE '[123]' <<<"$ids" || true)"

rule "no source file is over 700 lines" \
	"$(find src -name '*.[ch]' -exec awk 'END { if (FNR > 700) print FILENAME ": " FNR }' {} \;)"

exit $failed
