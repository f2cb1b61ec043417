# shellcheck shell=bash disable=SC2034
# One line of result for each rule of a check. To be sourced.
failed=0

# none NAME COMMAND …: the rule holds when COMMAND succeeds and names no offender. In "$(COMMAND)" a failure is not seen.
none() {
	local offenders
	offenders=$("${@:2}" 2>&1) || offenders+=" (failed)"
	rule "$1" "$offenders"
}

# rule NAME OFFENDERS: the rule holds when OFFENDERS, one a line, is empty. End with `exit $failed`.
rule() {
	if [ -z "$2" ]; then
		echo "ok - $1"
	else
		echo "not ok - $1 ($(printf '%s' "$2" | paste -sd '|' | sed 's/|/; /g'))"
		failed=1
	fi
}
