#!/bin/bash
# The packages of packaging/ and `make dist`, each built and tried on machines of their own with nothing else on them,
# see test/lib/chroot.sh: the Debian package, by its own build and by autopkgtest; the zip for PGXN, by hand and by the
# client of PGXN; and the steps of the Dockerfile, on a machine with what its image has.
# From the environment: PACKAGES_SUITE (bookworm), PACKAGES (debian dist docker), MACHINES and KEEP as of test/lib/chroot.sh.
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
	{ machine_new "$suite" "$name" && machine_clone "$name" root && machine_run "$name" root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get -qq update && apt-get -qq -y --no-install-recommends install "$@"' - "$@"; } >"$machines/$name.log" 2>&1
	local status=$?
	[ $status = 0 ] || tell $status "a machine for $name" "$name"
	return $status
}

# on NAME COMMAND: with a shell, in the clone; adds to the machine's log.
on() {
	machine_run "$1" root env DEBIAN_FRONTEND=noninteractive bash -ec "$2" >>"$machines/$1.log" 2>&1
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

debian_package() {
	machine debian-build build-essential debhelper fakeroot git lintian postgresql-all postgresql-server-dev-all || return
	# where the user postgres may look
	on debian-build 'cp -r . /srv/retention && cd /srv/retention && cp -r packaging/debian debian
		pg_buildext updatecontrol
		dpkg-buildpackage -us -uc -b'
	tell $? "the Debian package is built, and its build passes the regression tests" debian-build
	# an address and a distribution come with the release, see docs/release.md
	on debian-build 'cd /srv && ls ./*.deb && lintian --fail-on error ./*.changes \
		--suppress-tags bad-distribution-in-changes-file,bogus-mail-host,bogus-mail-host-in-debian-changelog'
	tell $? "lintian has no error of it" debian-build

	machine debian-test autopkgtest || return
	cp "$machines"/debian-build/srv/postgresql-*-retention_*.deb "$machines/debian-test/srv/"
	on debian-test 'apt-get -qq -y --no-install-recommends install /srv/*.deb'
	tell $? "the Debian package is installed by one command" debian-test
	on debian-test "$answers"
	tell $? "and answers" debian-test
	# with the names of the packages that were built
	cp "$machines/debian-build/srv/retention/debian/control" "$machines/debian-test/srv/"
	on debian-test 'cp -r packaging/debian debian && cp /srv/control debian/
		autopkgtest -B /srv/*.deb "$PWD" -- null'
	tell $? "autopkgtest passes" debian-test
	on debian-test 'apt-get -qq -y purge "postgresql-*-retention"
		! find / -xdev -path /root -prune -o -name "retention*" -print | grep /postgresql/'
	tell $? "removed, the package leaves nothing" debian-test
}

dist() {
	machine dist gcc git libc6-dev make pgxnclient postgresql-common postgresql postgresql-server-dev-all unzip || return
	on dist "make -s dist && mv retention-$version.zip .. && cd .. && rm -r retention && unzip -q retention-$version.zip &&
		[ -f retention-$version/retention.control ]"
	tell $? "make dist makes retention-$version.zip" dist
	on dist "cd ~/retention-$version && make -s -j2 && make -s install && LC_ALL=C.UTF-8 pg_virtualenv -v $(major dist) make -s installcheck"
	tell $? "what is in it builds and passes the regression tests" dist
	on dist "cd ~/retention-$version && make -s uninstall && cd .. && rm -r retention-$version
		pgxn install --pg_config /usr/lib/postgresql/$(major dist)/bin/pg_config ./retention-$version.zip"
	tell $? "the client of PGXN installs it" dist
	on dist "$answers"
	tell $? "and it answers" dist
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

for package in ${PACKAGES:-debian dist docker}; do
	[ "$package" != debian ] || package=debian_package
	$package
done
[ -n "${KEEP:-}" ] || for name in debian-build debian-test dist docker; do machine_remove $name; done
exit $failed
