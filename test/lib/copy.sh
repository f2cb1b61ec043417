# shellcheck shell=bash
# A build of its own in a copy of the server's own files, so that what is installed stays as it is. To be sourced.

# copy_server ROOT: the server finds its files beside its binary, wherever that is, and so does a module its headers.
copy_server() {
	local root=$1 dir
	for dir in --bindir --pkglibdir --sharedir --includedir-server; do
		dir=$("$PG_CONFIG" $dir)
		[ -d "$dir" ] || continue
		mkdir -p "$root$dir"
		cp -r "$dir/." "$root$dir"
	done
}

# build_copy DIR MAKE_ARGUMENT…: the source tree in DIR/tree, built and installed into the server in DIR/root, whose
# pg_config is then in COPY_CONFIG. False, with the output in DIR/build, where that fails.
build_copy() {
	local dir=$1
	shift
	mkdir -p "$dir/tree"
	tar -c --exclude=.git . | tar -x -C "$dir/tree"
	copy_server "$dir/root"
	COPY_CONFIG=$dir/root$("$PG_CONFIG" --bindir)/pg_config
	make -s -C "$dir/tree" clean PG_CONFIG="$PG_CONFIG" >"$dir/build" 2>&1 &&
		make -s -C "$dir/tree" -j"${JOBS:-$(nproc)}" PG_CONFIG="$PG_CONFIG" "$@" >>"$dir/build" 2>&1 &&
		make -s -C "$dir/tree" install PG_CONFIG="$PG_CONFIG" DESTDIR="$dir/root" "$@" >>"$dir/build" 2>&1
}
