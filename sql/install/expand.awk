# Joins the modules named as arguments. Where statements repeat but for some words, a module has them once:
#
#	--@ each @TIME@      | @VOLATILITY@
#	--@      timestamptz | STABLE
#	--@      date        | IMMUTABLE
#	CREATE FUNCTION f(@TIME@) ... @VOLATILITY@ ...;
#	--@ end
#
# stands for one copy of the lines up to "end" for each row of the table, with the row's words in the place of the names
# in its head. Below several tables there is a copy for each combination of their rows. A word may be empty.
#
# What repeats in several modules is between "--@ template NAME @TYPE@ | ..." and "--@ end" in a file before them; there
# is a copy of it where a module says "--@ NAME retention_history | ...".
#
# POSIX awk, as a server to build for is all that the build asks for.

function fail(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why | "cat >&2"
	failed = 1
	exit 1
}

# The words of a table's line, trimmed, into words[1..]; returns how many.
function split_words(line, words,    n, i) {
	n = split(line, words, "|")
	for (i = 1; i <= n; i++)
		gsub(/^[ \t]+|[ \t]+$/, "", words[i])
	return n
}

# Not gsub: to it, an & in the word would be what was found.
function replace_all(text, name, word,    done, at) {
	done = ""
	while ((at = index(text, name)) > 0) {
		done = done substr(text, 1, at - 1) word
		text = substr(text, at + length(name))
	}
	return done text
}

# Prints the text once for each combination of the rows of this table and those after it.
function expand(text, table,    row, i, copy) {
	if (table > tables) {
		if (match(text, /@[A-Z_]+@/))
			fail(substr(text, RSTART, RLENGTH) " is in no table")
		printf "%s", text
		return
	}
	if (!rows[table])
		fail("a table without rows")
	for (row = 1; row <= rows[table]; row++) {
		copy = text
		for (i = 1; i <= columns[table]; i++)
			copy = replace_all(copy, name[table, i], word[table, row, i])
		expand(copy, table + 1)
	}
}

FNR == 1 && tables { fail("the module before has a table without end") }

/^--@ each / {
	if (body != "")
		fail("a table among the lines that repeat")
	columns[++tables] = split_words(substr($0, length("--@ each ") + 1), words)
	rows[tables] = 0
	for (i = 1; i <= columns[tables]; i++)
		name[tables, i] = words[i]
	next
}

# A template is the body of a table whose one row comes with its use.
/^--@ template / {
	if (tables)
		fail("a template inside a table")
	template = $3
	heads[template] = substr($0, index($0, $3) + length($3))
	tables = 1
	next
}

/^--@ end$/ {
	if (body == "")
		fail("nothing that repeats")
	if (template != "")
		bodies[template] = body
	else
		expand(body, 1)
	template = ""
	tables = 0
	body = ""
	next
}

/^--@ / && !tables && $2 in bodies {
	columns[1] = split_words(heads[$2], words)
	for (i = 1; i <= columns[1]; i++)
		name[1, i] = words[i]
	if (split_words(substr($0, index($0, $2) + length($2)), words) != columns[1])
		fail("more or fewer words than the template has names")
	for (i = 1; i <= columns[1]; i++)
		word[1, 1, i] = words[i]
	rows[1] = tables = 1
	expand(bodies[$2], 1)
	tables = 0
	next
}

/^--@ / {
	if (!tables || body != "")
		fail("a row without a table")
	if (split_words(substr($0, length("--@ ") + 1), words) != columns[tables])
		fail("a row of more or fewer words than its table has names")
	rows[tables]++
	for (i = 1; i <= columns[tables]; i++)
		word[tables, rows[tables], i] = words[i]
	next
}

tables { body = body $0 "\n"; next }
{ expand($0 "\n", 1) }

END {
	if (!failed && tables)
		fail("a table without end")
}
