# Takes from an install script the statements about some functions: with statement=CREATE those that create them, the
# `changed` ones as retention_new_NAME, beside the `added`; with statement="COMMENT ON" those that comment on them, by
# their own names.

BEGIN { is_changed = " " changed " "; is_wanted = is_changed added " " }

/^(CREATE|COMMENT ON) FUNCTION / {
	name = $0
	sub(/^(CREATE|COMMENT ON) FUNCTION /, "", name)
	sub(/\(.*/, "", name)
	if (index($0, statement " FUNCTION ") == 1 && index(is_wanted, " " name " ")) {
		taken = 1
		if (statement == "CREATE" && index(is_changed, " " name " "))
			sub(/FUNCTION /, "FUNCTION retention_new_")
	}
}

taken { print }
/;$/ { taken = 0 }
