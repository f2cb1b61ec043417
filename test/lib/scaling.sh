# shellcheck shell=bash
# What docs/scaling.md says in SQL, for the tests of what is on several machines. To be sourced in the top folder.

# scaling_blocks CHAPTER: the SQL of its blocks.
scaling_blocks() {
	awk -v chapter="## $1" '/^## / { here = $0 == chapter } here && /^```pgsql$/ { on = 1; next } /^```$/ { on = 0 } on' docs/scaling.md
}

# scaling_reports SUMMARY HISTORIES: a query for each call of its table of reports: readers of the column `summary` of the query
# SUMMARY, and, where HISTORIES names a table, aggregates over its columns `history` and `signed_up_on`.
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
