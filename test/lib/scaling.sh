# shellcheck shell=bash
# What docs/scaling.md says in SQL, for the tests of what is on several machines. To be sourced in the top folder.

# scaling_blocks CHAPTER: the SQL of its blocks.
scaling_blocks() {
	awk -v chapter="## $1" '/^## / { here = $0 == chapter } here && /^```pgsql$/ { on = 1; next } /^```$/ { on = 0 } on' docs/scaling.md
}

# scaling_reports SUMMARY HISTORIES: a query for each call of its table of reports, readers of `s.summary` of that query, and
# aggregates over the column `history` of that table, if one is named. The days on which customers signed up are a column that there need not be.
scaling_reports() {
	local call
	sed -n '/^| Report |/,/^$/ { s/.*| \(`.*\) |$/\1/p }' docs/scaling.md | grep -o '`[^`]*`' | tr -d '`' |
		while IFS= read -r call; do
			if [[ $call == *s.summary* ]]; then
				echo "SELECT f.* FROM ($1) AS s, $call AS f;"
			elif [ -n "$2" ]; then
				echo "SELECT c.* FROM (SELECT $call AS summary FROM $2) AS s, cohorts(s.summary) AS c;"
			fi
		done
}
