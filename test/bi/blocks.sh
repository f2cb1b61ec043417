# shellcheck shell=bash
# The SQL blocks of docs/bi.md, and what a tool makes of them before it sends them. To be sourced.

# blocks LANGUAGE [FILE]: "chapter TAB heading TAB line TAB block" of each block in it, NUL after each.
blocks() {
	awk -v language="$1" '
		/^```/ && !open { open = 1; wanted = $0 == "```" language; block = ""; line = NR; next }
		/^```$/ && open {
			open = 0
			if (wanted)
				printf "%s\t%s\t%d\t%s%c", chapter, heading, line, block, 0
			next
		}
		open { block = block $0 "\n"; next }
		/^## / { chapter = heading = substr($0, 4) }
		/^### / { heading = substr($0, 5) }' "${2:-docs/bi.md}"
}

# chapter_sql CHAPTER [HEADING]: its SQL, without what needs pg_cron.
chapter_sql() {
	local chapter heading block
	while IFS=$'\t' read -r -d '' chapter heading _ block; do
		if [ "$chapter" = "$1" ] && [ "${2:-$heading}" = "$heading" ] && [[ $block != '-- with pg_cron'* ]]; then
			printf '%s\n' "$block"
		fi
	done < <(blocks sql)
}

# as_sent BLOCK with|without: the statement after the tool has put values in. A line "-- VARIABLE: sent as VALUE" at
# the top of the block says which; [[ … ]] and {% if … %} … {% endif %} are there with a value and gone without.
as_sent() {
	local block=$1 line variable value
	while IFS= read -r line && [[ $line == '-- '* ]]; do
		block=${block#"$line"$'\n'}
		if [[ $line == *': sent as '* ]]; then
			variable=${line#-- }
			variable=${variable%%: sent as *}
			value=${line#*: sent as }
			# an argument of a condition is no place to put a value
			if [ "$2" = with ]; then
				block=$(perl -0pe 's/\[\[|\]\]|\{%.*?%\}//gs' <<<"$block")
			else
				block=$(perl -0pe 's/\[\[.*?\]\]|\{% if.*?\{% endif %\}//gs' <<<"$block")
			fi
			block=${block//"$variable"/"$value"}
		fi
	done <<<"$1"
	printf '%s\n' "$block"
}
