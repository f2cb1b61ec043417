# shellcheck shell=bash
# Debian's packages, for whoever needs some. To be sourced. Wants root or sudo only to install.

# With BACKGROUND set, nobody could answer where sudo asks for a password.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo ${BACKGROUND:+-n} -- "$@"
	else
		echo "setup: this needs root or sudo: $*" >&2
		return 1
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# The package lists are fetched only when they are absent or too old to install from. One at a time: apt-get gives up
# where another holds the lists.
install_packages() {
	local log status=0 turn
	if [ ! -d /var/lib/dpkg ]; then
		echo "setup: no Debian to install packages of: $*" >&2
		return 1
	fi
	log=$(mktemp)
	exec {turn}</var/lib/dpkg
	flock "$turn"
	echo "setup: installing $*"
	{ apt install --no-install-recommends "$@" || { apt update && apt install --no-install-recommends "$@"; }; } \
		>"$log" 2>&1 || status=$?
	flock -u "$turn"
	exec {turn}<&-
	if [ $status != 0 ]; then
		cat "$log" >&2
		echo "setup: apt-get could not install: $*" >&2
	fi
	rm -f "$log"
	return $status
}

# ensure WHAT_FOR COMMAND_OR_FILE:PACKAGE…: installs the packages of what is not there. Where that fails, says that
# WHAT_FOR is skipped.
ensure() {
	local what=$1 pair missing=()
	shift
	for pair in "$@"; do
		[ -e "${pair%:*}" ] || command -v "${pair%:*}" >/dev/null || missing+=("${pair##*:}")
	done
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}" || {
		echo "ok - $what # SKIP apt-get cannot install ${missing[*]}"
		return 1
	}
}

# npm_packages WHAT_FOR DIRECTORY: installs what DIRECTORY/package.json wants, without running anything of it.
npm_packages() {
	local log
	log=$(cd "$2" && npm install --ignore-scripts --no-audit --no-fund --no-package-lock --loglevel=error 2>&1) || {
		echo "$log"
		echo "ok - $1 # SKIP npm cannot install $(sed -nE 's/^\t\t"([^"]+)": "([0-9.]+)",?$/\1@\2/p' "$2/package.json" | paste -sd ' ')"
		return 1
	}
}

# have_packages PACKAGE …: installs those that are missing, without a word; false if that cannot be done.
have_packages() {
	local package missing=()
	command -v dpkg-query >/dev/null || return 1
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}" >/dev/null 2>&1
}

# have_command COMMAND PACKAGE: the command is there, or its package can be installed.
have_command() {
	command -v "$1" >/dev/null || have_packages "$2"
}
