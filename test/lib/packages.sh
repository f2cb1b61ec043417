# shellcheck shell=bash
# Sourced by heavy suites for what they need beside setup.sh's.

# have_packages PACKAGE …: installs those that are missing; false if that cannot be done.
have_packages() {
	local package missing=() apt=(apt-get -qq -y -o Dpkg::Use-Pty=0)
	command -v dpkg-query >/dev/null || return 1
	for package in "$@"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
	done
	[ ${#missing[@]} != 0 ] || return 0
	[ "$(id -u)" = 0 ] || apt=(sudo -n env DEBIAN_FRONTEND=noninteractive "${apt[@]}")
	DEBIAN_FRONTEND=noninteractive "${apt[@]}" install --no-install-recommends "${missing[@]}" </dev/null >/dev/null 2>&1 ||
		{ DEBIAN_FRONTEND=noninteractive "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "${missing[@]}"; } </dev/null >/dev/null 2>&1
}

# have_command COMMAND PACKAGE: the command is there, or its package can be installed.
have_command() {
	command -v "$1" >/dev/null || have_packages "$2"
}
