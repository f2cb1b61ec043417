# Takes from an install script the statements that create some functions: those that are `added`, and the `changed` ones
# as retention_new_NAME.

BEGIN { is_changed = " " changed " "; is_wanted = is_changed added " " }

/^CREATE FUNCTION / {
	name = substr($3, 1, index($3, "(") - 1)
	taken = index(is_wanted, " " name " ")
	if (index(is_changed, " " name " "))
		sub(/FUNCTION /, "FUNCTION retention_new_")
}

taken { print }
/;$/ { taken = 0 }
