# shellcheck shell=bash
# build_module FOLDER NAME: the module NAME of all C files in the folder, with assertions, by the server of PG_CONFIG; its library is
# FOLDER/NAME.so, what the compiler says in FOLDER/log. The library of the extension may be loaded as well: the module's symbols are
# for itself. To be sourced by a script in the top folder of the project.
build_module() {
	cat >"$1/Makefile" <<-MAKE
		MODULE_big = $2
		OBJS = \$(patsubst %.c,%.o,\$(wildcard *.c))
		PG_CPPFLAGS = -I'$PWD/src' -DUSE_ASSERT_CHECKING=1
		override with_llvm = no
		SHLIB_LINK = -Wl,-Bsymbolic
		PGXS := $("$PG_CONFIG" --pgxs)
		include \$(PGXS)
	MAKE
	make -s -C "$1" -j"$(nproc)" PG_CONFIG="$PG_CONFIG" >"$1/log" 2>&1 || {
		tail -n 20 "$1/log"
		return 1
	}
}
