#!/bin/bash
# Links of the documentation to files and chapters that are there; lists of a file's own chapters that have all of them.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/rule.sh

mapfile -t files < <(find README.md SECURITY.md CHANGELOG.md docs test/README.md -name '*.md' | sort)

# Of what is not between fences: "FILE MARKS NAME" for each heading, the name being that by which GitHub links it.
headings=$(awk '
	/^```/ { fenced = !fenced }
	!fenced && /^##* / {
		marks = $1
		name = tolower(substr($0, length(marks) + 2))
		gsub(/\]\([^)]*\)/, "", name)
		gsub(/[^[:alnum:]_ -]/, "", name)
		gsub(/ /, "-", name)
		print FILENAME, marks, name
	}' "${files[@]}")

# "FILE PATH NAME" for each link to a file or chapter, without the name of a chapter "FILE PATH".
links=$(awk '
	/^```/ { fenced = !fenced }
	!fenced {
		for (rest = $0; match(rest, /\]\([^) ]+\)/); rest = substr(rest, RSTART + RLENGTH)) {
			link = substr(rest, RSTART + 2, RLENGTH - 3)
			if (link ~ /^(https?|mailto):/)
				continue
			path = name = link
			sub(/#.*/, "", path)
			if (!sub(/^[^#]*#/, "", name))
				name = ""
			folder = FILENAME
			if (!sub(/[^\/]*$/, "", folder))
				folder = ""
			path = path == "" ? FILENAME : folder path
			while (sub(/[^\/]+\/\.\.\//, "", path))
				;
			print FILENAME, path, name
		}
	}' "${files[@]}")

files() {
	while read -r file path _; do
		[ -e "$path" ] || echo "$file: $path"
	done <<<"$links"
}

chapters() {
	awk '
		NR == FNR { there[$1, $3] = 1; next }
		$3 != "" && !(($2, $3) in there) { print $1 ": " $2 "#" $3 }' <(echo "$headings") <(echo "$links")
}

unlinked() {
	awk '
		NR == FNR { if ($1 != $2) linked[$2] = 1; next }
		$1 != "README.md" && !($1 in linked) { print $1 }' <(echo "$links") <(printf '%s\n' "${files[@]}")
}

unlisted() {
	awk '
		NR == FNR { if ($1 == $2) { own[$1]++; listed[$1, $3] = 1 } next }
		$2 == "##" && own[$1] > 3 && !(($1, $3) in listed) { print $1 ": " $3 }' <(echo "$links") <(echo "$headings")
}

rule "documentation has links" "$([ -n "$links" ] || echo none)"
none "links lead to files" files
none "links lead to chapters" chapters
none "every file is linked" unlinked
none "lists of chapters have all of them" unlisted

exit $failed
