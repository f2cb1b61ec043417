# shellcheck shell=bash
# Machines with a Debian suite and nothing else on them, for the tests that need another one than this. To be
# sourced by a script in the top folder of the project; wants root and debootstrap.
#
# A machine is a folder of "$machines", MACHINES or the caller's -d. What runs in it has namespaces of its own for
# processes, mounts and shared memory: the kernel ends and unmounts what is left in them when the command has
# ended or the script was killed, however that came about.

machines=${MACHINES:-${TMPDIR:-/tmp}/retention-machines}
machine_environment=() # further variables for what runs there
machine_umask=022
machine_running=

machines_prepare() {
	local tool
	if [ "$(id -u)" != 0 ]; then
		echo "${0##*/}: this needs root: it makes file systems and changes into them" >&2
		return 1
	fi
	for tool in debootstrap git unshare setpriv; do
		if ! command -v $tool >/dev/null; then
			echo "${0##*/}: this needs the package $(sed -E 's/unshare|setpriv/util-linux/' <<<$tool)" >&2
			return 1
		fi
	done
	machines=$(realpath -m "$machines")
	case $machines/ in "$(realpath .)"/*)
		echo "${0##*/}: $machines is inside the project; choose another folder with -d" >&2
		return 1
		;;
	esac
	mkdir -p "$machines/packages" || return
	chmod 755 "$machines"
	exec {machines_lock}>"$machines/lock"
	if ! flock --nonblock "$machines_lock"; then
		echo "${0##*/}: somebody else is using $machines; choose another folder with -d" >&2
		return 1
	fi
	trap machine_stop EXIT
	trap 'exit 1' INT TERM HUP
}

# machine_base SUITE: the suite as debootstrap leaves it, kept for the next time.
machine_base() {
	local base=$machines/base-$1
	[ ! -d "$base" ] || return 0
	rm -rf "$base.new"
	if ! debootstrap --variant=minbase "$1" "$base.new" >"$base.log" 2>&1; then
		tail -n 5 "$base.log" >&2
		return 1
	fi
	# Where fresh machines differ from what debootstrap leaves: no package lists, but a name of its own.
	rm -rf "$base.new"/var/lib/apt/lists/* "$base.new"/var/cache/apt/archives/*.deb
	echo "127.0.0.1 localhost $(tee "$base.new/etc/hostname" <<<machine)" >"$base.new/etc/hosts"
	# A mirror that lags behind is good enough for a test.
	echo 'Acquire::Check-Valid-Until "false";' >"$base.new/etc/apt/apt.conf.d/late-mirror"
	mv "$base.new" "$base"
}

# machine_source_suite SOURCE: what the suite of that unpacked PostgreSQL is called here.
machine_source_suite() {
	local version
	version=$(sed -n "s/^PACKAGE_VERSION='\(.*\)'$/\1/p" "$1/configure" 2>/dev/null)
	if [ -z "$version" ]; then
		echo "${0##*/}: $1 is not the folder of an unpacked source of PostgreSQL" >&2
		return 1
	fi
	echo "postgresql-$version"
}

# machine_source_base SUITE SOURCE: Debian 12 with a PostgreSQL that no suite has, built from its unpacked source
# into /opt/postgresql; kept for the next time like the others. The source of a repository has not been through
# Bison and Flex; clang, which the packaged headers bring, and the two modules are for the tests.
machine_source_base() {
	local base=base-$1
	[ ! -d "$machines/$base" ] || return 0
	rm -rf "${machines:?}/$base.new"
	machine_base bookworm && cp -a --reflink=auto "$machines/base-bookworm" "$machines/$base.new" &&
		cp -r "$2/." "$machines/$base.new/root/source" || return
	# shellcheck disable=SC2016
	machine_run "$base.new" root env DEBIAN_FRONTEND=noninteractive bash -ec '
		apt-get -qq update
		apt-get -qq -y --no-install-recommends install bison clang flex gcc libc6-dev libicu-dev libxml2-dev make \
			perl pkg-config zlib1g-dev
		rm -rf /var/lib/apt/lists/*
		useradd --system postgres
		cd source
		./configure -q --prefix=/opt/postgresql --with-icu --with-libxml --without-readline
		make -s -j"$1"
		make -s install
		make -s -C contrib/postgres_fdw install
		make -s -C contrib/pg_surgery install
		rm -r ~/source
	' - "${JOBS:-$(nproc)}" >"$machines/$base.log" 2>&1 || return
	mv "$machines/$base.new" "$machines/$base"
}

# machine_new SUITE NAME: a fresh machine.
machine_new() {
	machine_base "$1" || return
	rm -rf "${machines:?}/$2"
	cp -a --reflink=auto "$machines/base-$1" "$machines/$2"
}

machine_remove() {
	rm -rf "${machines:?}/$1"
}

# machine_home USER: where that user is at home.
machine_home() {
	if [ "$1" = root ]; then echo /root; else echo "/home/$1"; fi
}

# machine_clone NAME USER: what is committed here, and the data that test/published looks for beside it.
machine_clone() {
	local home data=${RETENTION_SHARED:-../shared}/data
	home=$(machine_home "$2")
	git clone -q --no-hardlinks . "$machines/$1$home/retention" || return
	if [ -d "$data" ]; then
		mkdir "$machines/$1$home/shared" && cp -r "$data" "$machines/$1$home/shared/" || return
	fi
	chroot "$machines/$1" chown -R "$2:" "$home"
}

# machine_add_user MACHINE NAME: who may use sudo without a password, since nobody is there to type one.
machine_add_user() {
	# shellcheck disable=SC2016
	machine_run "$1" root env DEBIAN_FRONTEND=noninteractive sh -c '
		apt-get -qq update && apt-get -qq -y --no-install-recommends install sudo &&
		useradd -m -s /bin/bash "$1" && echo "$1 ALL=(ALL) NOPASSWD: ALL" >"/etc/sudoers.d/$1" &&
		rm -rf /var/lib/apt/lists/*' - "$2" >"$machines/$1.log" 2>&1
}

# machine_run NAME USER COMMAND …: runs it in the clone there, with the environment of a login and nothing of the
# caller's. Packages that apt fetches are kept for the next machine.
machine_run() {
	local status=0 home path=/usr/local/bin:/usr/bin:/bin
	home=$(machine_home "$2")
	[ "$2" != root ] || path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	# shellcheck disable=SC2016
	setpriv --pdeathsig KILL unshare --mount --pid --ipc --fork --kill-child --propagation private bash -c '
		root=$1
		mount -t proc proc "$root/proc" &&
			mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" &&
			mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts "$root/dev/pts" &&
			mount --bind "$2" "$root/var/cache/apt/archives" || exit
		status=0
		chroot "$root" "${@:3}" || status=$?
		exit $status # not the last command: this shell stays, to be the first process there
	' - "$machines/$1" "$machines/packages" \
		setpriv --reuid "$2" --regid "$2" --init-groups \
		env -i HOME="$home" USER="$2" LOGNAME="$2" SHELL=/bin/bash PATH="$path" "${machine_environment[@]}" \
		bash -c 'umask "$1"; cd "$HOME/retention" 2>/dev/null || cd || exit; exec "${@:2}"' - "$machine_umask" "${@:3}" \
		</dev/null &
	machine_running=$!
	# A signal to the script ends `wait` and goes to its trap.
	wait "$machine_running" || status=$?
	machine_running=
	return $status
}

machine_stop() {
	if [ -n "$machine_running" ]; then
		kill -s KILL "$machine_running" 2>/dev/null
		wait "$machine_running" 2>/dev/null
	fi
}

# machine_tests: the suites of test/run that need seconds or a minute.
machine_tests() {
	local suite
	echo gcc clang
	basename -s .sh test/check/*.sh
	echo regress demo
	for suite in test/*/run.sh; do
		suite=$(basename "$(dirname "$suite")")
		[ "$suite" = variants ] || echo "$suite"
	done
}

# machine_postgres LOG: the PostgreSQL that test/run found or installed.
machine_postgres() {
	sed -n 's/^setup: \(PostgreSQL [0-9.a-z]*\).*/\1/p' "$1" | head -n 1
}

# machine_result LOG: the closing line of test/run, or what became of it.
machine_result() {
	tail -n 1 "$1" | grep -xE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?' || echo "broken off, see $1"
}
