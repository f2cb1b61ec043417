#!/bin/bash
# The ways to install that README.md has, each on machines of their own with nothing else on them, see test/lib/chroot.sh:
# its commands as they are written there, by a user with sudo, from source, as a Debian package and by the client of PGXN;
# the Debian package by autopkgtest; what is in the zip of `make dist`, by hand; and the steps of the Dockerfile, on a
# machine with what its image has.
# From the environment: PACKAGES_SUITE (bookworm), PACKAGES (source debian dist docker), MACHINES and KEEP as of test/lib/chroot.sh.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit
. test/lib/chroot.sh
suite=${PACKAGES_SUITE:-bookworm}

if ! reason=$(machines_prepare 2>&1); then
	echo "ok - packages # SKIP ${reason##*: }"
	exit
fi
machines_prepare || exit
version=$(sed -n 's/^ \{3\}"version": "\(.*\)",$/\1/p' META.json)
failed=0
user=root # whose the clones are

# tell STATUS NAME MACHINE
tell() {
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		tail -n 40 "$machines/$3.log"
		echo "not ok - $2 (the rest is in $machines/$3.log)"
		failed=1
	fi
}

# machine NAME PACKAGE …: a fresh machine with the clone and those packages.
machine() {
	local name=$1
	shift
	# shellcheck disable=SC2016
	{ machine_new "$suite" "$name" && { [ $user = root ] || machine_add_user "$name" $user; } && machine_clone "$name" $user && machine_run "$name" root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get -qq update && apt-get -qq -y --no-install-recommends install "$@"' - "$@"; } >"$machines/$name.log" 2>&1
	local status=$?
	[ $status = 0 ] || tell $status "a machine for $name" "$name"
	return $status
}

# on NAME COMMAND: with a shell, in the clone, as the user; adds to the machine's log.
on() {
	machine_run "$1" $user env DEBIAN_FRONTEND=noninteractive bash -ec "$2" >>"$machines/$1.log" 2>&1
}

# on_root NAME COMMAND: the same as root, whose clone it need not be.
on_root() {
	(user=root && on "$@")
}

# readme NAME N: the N-th commands of README's chapter on installing, which are for Debian 12, with the version of
# PostgreSQL that the machine's suite has. Nobody is there to say yes.
readme() {
	local default
	default=$(on_root "$1" 'apt-cache depends postgresql >/tmp/default' && sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' "$machines/$1/tmp/default")
	echo 'APT::Get::Assume-Yes "true";' >"$machines/$1/etc/apt/apt.conf.d/yes"
	awk -v n="$2" '/^## / { chapter = $2 } chapter == "Install" && /^```sh$/ { here = ++block == n; next } /^```$/ { here = 0 } here' README.md |
		sed -e "s/-15\>/-$default/g" -e 's|URL_OF_THIS_REPOSITORY|"$OLDPWD"|'
}

major() {
	machine_run "$1" root sh -c 'ls /usr/lib/postgresql' | sort -n | tail -n 1
}

# What a package or an image is for, on a server of the machine; temporary, owned by postgres, on a socket only.
answers='
	bin=/usr/lib/postgresql/$(ls /usr/lib/postgresql | sort -n | tail -n 1)/bin
	folder=$(mktemp -d) && chown postgres: "$folder"
	run() { setpriv --reuid postgres --regid postgres --init-groups env HOME="$folder" "$@"; }
	cd "$folder"
	run $bin/initdb -D "$folder/data" --auth=trust >/dev/null
	run $bin/pg_ctl -w -D "$folder/data" -l "$folder/log" -o "-k $folder -c listen_addresses=" start >/dev/null
	answer=$(run $bin/psql -XqAt -h "$folder" -d postgres -v ON_ERROR_STOP=1 -c "CREATE EXTENSION retention" -c "
		SELECT repeat_purchase_rate(c) FROM unnest(ARRAY[1, 1, 2, 3]) c")
	run $bin/pg_ctl -w -D "$folder/data" -m fast stop >/dev/null
	[ "${answer:0:5}" = 0.333 ]'

from_source() {
	user=ann
	machine source || return
	on source "mkdir ~/a && cd ~/a
		$(readme source 1)"
	tell $? "README's commands build and install it from source" source
	user=root
	on source "$answers"
	tell $? "and it answers" source
}

debian_package() {
	user=ann
	machine debian-build || return
	on debian-build "$(readme debian-build 2)"
	tell $? "README's commands build the Debian package, which passes the regression tests, and install it" debian-build
	on_root debian-build "$answers"
	tell $? "and it answers" debian-build
	# an address and a distribution come with the release, see docs/release.md
	on_root debian-build 'apt-get -qq -y --no-install-recommends install lintian' && on debian-build 'cd .. && lintian --fail-on error ./*.changes \
		--suppress-tags bad-distribution-in-changes-file,bogus-mail-host,bogus-mail-host-in-debian-changelog'
	tell $? "lintian has no error of it" debian-build
	user=root

	machine debian-test autopkgtest || return
	cp "$machines"/debian-build/home/ann/postgresql-*-retention_*.deb "$machines/debian-test/srv/"
	on debian-test 'apt-get -qq -y --no-install-recommends install /srv/*.deb'
	tell $? "the Debian package is installed by one command" debian-test
	on debian-test "$answers"
	tell $? "and answers" debian-test
	# with the names of the packages that were built
	cp "$machines/debian-build/home/ann/retention/debian/control" "$machines/debian-test/srv/"
	on debian-test 'cp -r packaging/debian debian && cp /srv/control debian/
		autopkgtest -B /srv/*.deb "$PWD" -- null'
	tell $? "autopkgtest passes" debian-test
	on debian-test 'apt-get -qq -y purge "postgresql-*-retention"
		! find / -xdev -path /root -prune -o -name "retention*" -print | grep /postgresql/'
	tell $? "removed, the package leaves nothing" debian-test
}

dist() {
	user=ann
	machine dist git unzip || return
	on dist "$(readme dist 3)"
	tell $? "README's commands install it by the client of PGXN" dist
	on_root dist "$answers"
	tell $? "and it answers" dist
	on dist "mv retention-$version.zip .. && cd .. && rm -r retention && unzip -q retention-$version.zip && cd retention-$version
		files=\$(sed -n 's/.*\"\(doc\)\?file\": \"\(.*\)\",\$/\2/p' META.json) && [ \$(wc -w <<<\"\$files\") = 2 ] && ls \$files"
	tell $? "in the archive is what its META.json names" dist
	on dist "cd ~/retention-$version && sudo make -s uninstall && make -s -j2 && sudo make -s install && LC_ALL=C.UTF-8 pg_virtualenv -v $(major dist) make -s installcheck"
	tell $? "what is in it builds and passes the regression tests" dist
	user=root
}

# The image has the packages of its version of PostgreSQL, and tells that version.
docker() {
	local step
	machine docker postgresql || return
	machine_environment=(PG_MAJOR="$(major docker)")
	mkdir -p "$machines/docker/usr/src" && mv "$machines/docker/root/retention" "$machines/docker/usr/src/retention"
	while IFS= read -r step; do
		on docker "cd /; $step"
		tell $? "Dockerfile: ${step:0:60}" docker
	done < <(sed -e ':join' -e '/\\$/ { N; s/\\\n */ /; b join' -e '}' packaging/Dockerfile | sed -n 's/^RUN //p')
	on docker "$answers"
	tell $? "and it answers" docker
	machine_environment=()
}

for package in ${PACKAGES:-source debian dist docker}; do
	case $package in
		source) from_source ;;
		debian) debian_package ;;
		*) $package ;;
	esac
done
[ -n "${KEEP:-}" ] || for name in source debian-build debian-test dist docker; do machine_remove $name; done
exit $failed
