#!/bin/bash
# Runs every SQL example of README.md and of docs/ on a small shop, so that none of them is broken or lies.
#
# A recipe is a heading "## ..." of docs/cookbook/ or docs/operations.md with the SQL blocks below it. Its name is the
# heading in small letters, with dashes. It has
#   expected/NAME.sql   plain SQL that gives the same rows: on a shop that ended on 15 January 2025 and on one that ends
#                       today; on the first alone if its first line says that the recipe has dates of it; and, unless its
#                       result depends on today,
#   expected/NAME.out   its output on the first, so that both do not change in the same way unseen.
# Any other SQL block has to run, or, if it starts with "-- fails: SQLSTATE", to fail that way; a block ```text right
# behind it has to be its output.
# What a block "CREATE VIEW" makes is there for the blocks below it: to the end of the file if it stands above the first
# heading "## ...", else to the end of the chapter, or of the recipe in the cookbook.
#
# test/cookbook/run.sh --accept writes the .out files anew, and one for each recipe without plain SQL.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/scratch.sh

here=test/cookbook/expected
accept=${1:-}
failed=0

# Not the zone of most servers, so that an example which depends on it shows.
export PGTZ=Europe/Sofia PGDATESTYLE=ISO

shops=(fixed recent)
psql -Xq -v ON_ERROR_STOP=1 -v shop=fixed -v last_day=2025-01-15 -f docs/cookbook/tables.sql
psql -Xq -v ON_ERROR_STOP=1 -v shop=recent -v last_day="$(psql -XqAtc 'SELECT current_date')" -f docs/cookbook/tables.sql

# What the current file has made for the blocks below.
before=

# in_shop SHOP SQL [PSQL OPTION…]: the output, errors included. What the SQL makes is rolled back.
in_shop() {
	psql -Xq -v ON_ERROR_STOP=1 -P pager=off -P footer=off "${@:3}" 2>&1 <<-SQL
		BEGIN;
		SET LOCAL search_path = $1, public;
		$before
		$2
		ROLLBACK;
	SQL
}

trimmed() {
	sed -e 's/[[:blank:]]*$//' | sed -e '/./,$!d'
}

# What is wrong with the current recipe or example, if anything.
wrong=
note() {
	[ -z "$1" ] || wrong+=$1$'\n'
}

# result NAME WRONG
result() {
	if [ -z "$2" ]; then
		echo "ok - cookbook: $1"
	else
		echo "not ok - cookbook: $1"
		printf '%s' "$2"
		failed=1
	fi
}

# differences WHAT EXPECTED ACTUAL
differences() {
	diff -u --label "expected, $1" --label "actual, $1" <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true
}

recipe() {
	local name=$1 sql=$2 shop output plain

	wrong=
	if [ "$accept" = --accept ] && { [ -e "$here/$name.out" ] || [ ! -e "$here/$name.sql" ]; }; then
		in_shop fixed "$sql" | trimmed >"$here/$name.out"
	fi
	if [ -e "$here/$name.out" ]; then
		output=$(in_shop fixed "$sql" | trimmed) || note "it fails"
		note "$(differences "$name.out" "$(<"$here/$name.out")" "$output")"
	fi
	if [ -e "$here/$name.sql" ]; then
		for shop in "${shops[@]}"; do
			[ "$shop" = fixed ] || ! grep -q '^-- The recipe has dates of the fixed shop' "$here/$name.sql" || continue
			plain=$(in_shop "$shop" "$(<"$here/$name.sql")" -At) || note "the plain SQL fails"
			output=$(in_shop "$shop" "$sql" -At) || note "it fails"
			note "$(differences "plain SQL in the $shop shop" "$plain" "$output")"
			# two empty results compare nothing; dates in a recipe leave the recent shop behind one day
			[ -n "$plain" ] || [ -e "$here/$name.out" ] || [ "$shop" = fixed ] || note "no row"
		done
	else
		note "there is no $here/$name.sql"
	fi
	result "$name" "$wrong"
}

# example NAME SQL OUTPUT: a block outside the cookbook.
example() {
	local name=$1 sql=$2 shown=$3 state output

	wrong=
	if [[ $sql =~ ^--\ fails:\ ([0-9A-Z]{5}) ]]; then
		state=${BASH_REMATCH[1]}
		if output=$(in_shop fixed "$sql" -v VERBOSITY=sqlstate); then
			note "it does not fail"
		else
			[[ $output == *"ERROR:  $state"* ]] || note "it fails with $output"
		fi
	else
		output=$(in_shop fixed "$sql" | trimmed) || note "it fails: $output"
		[ -z "$shown" ] || [ -n "$wrong" ] || note "$(differences "$name" "$(trimmed <<<"$shown")" "$output")"
	fi
	result "$name" "$wrong"
}

# The files as two lists: the recipes and the other examples, each with what was made before.
names=()
declare -A recipes=() recipe_before=()
example_names=()
example_sql=()
example_output=()
example_before=()

# read_file FILE
read_file() {
	local file=$1 heading='' fence='' block='' number=0 started line name made='' above=''
	local open_example='' # the example a ```text block belongs to

	while IFS= read -r line; do
		number=$((number + 1))
		if [ -n "$fence" ]; then
			if [ "$line" != '```' ]; then
				block+=$line$'\n'
				continue
			fi
			if [ "$fence" = sql ] && [ -n "$heading" ] && [[ $file =~ ^docs/(cookbook/|operations) ]]; then
				name=$(tr '[:upper:]' '[:lower:]' <<<"$heading" | sed -E 's/[^a-z0-9]+/-/g; s/^-|-$//g')
				if [ -z "${recipes[$name]:-}" ]; then
					names+=("$name")
					recipe_before[$name]=$made
				fi
				recipes[$name]+=$block
			elif [ "$fence" = sql ]; then
				open_example=${#example_names[@]}
				example_names+=("$file:$started${heading:+, $heading}")
				example_sql+=("$block")
				example_output+=('')
				example_before+=("$made")
				[[ $block != 'CREATE VIEW '* ]] || made+=$block
				[ -n "$heading" ] || above=$made
			elif [ "$fence" = text ] && [ -n "$open_example" ]; then
				example_output[open_example]=$block$'\n' # an empty one counts as well
				open_example=
			fi
			fence=
			continue
		fi
		case $line in
			'```'*)
				fence=${line#'```'}
				fence=${fence:-none}
				block=
				started=$number
				[ "$fence" = text ] || open_example=
				;;
			'## '*)
				heading=${line#'## '}
				made=$above
				;;
			'') ;;
			*) open_example= ;;
		esac
	done <"$file"
}

for file in README.md docs/*.md docs/cookbook/*.md; do
	# those have a test of their own
	[ "$file" = docs/bi.md ] || read_file "$file"
done

[ ${#names[@]} -gt 0 ] || result "there are recipes" $'there is none\n'
for name in "${names[@]}"; do
	before=${recipe_before[$name]}
	recipe "$name" "${recipes[$name]}"
done
for file in "$here"/*; do
	name=$(basename "$file")
	[ -n "${recipes[${name%.*}]:-}" ] || result "$file" $'there is no such recipe\n'
done
for i in "${!example_names[@]}"; do
	before=${example_before[i]}
	example "${example_names[i]}" "${example_sql[i]}" "${example_output[i]}"
done

exit $failed
