/*
 * valgrind/memcheck.h
 *		What PostgreSQL tells Valgrind of its memory contexts, told to the
 *		address sanitizer.
 *
 * A server compiled with -DUSE_VALGRIND, and with the directory above this one
 * among its include directories, has the bytes behind every palloc'd chunk, and
 * all of a pfree'd one, out of bounds.  Without this the sanitizer knows only the
 * blocks that chunks are cut from.
 */
#ifndef RETENTION_ASAN_MEMCHECK_H
#define RETENTION_ASAN_MEMCHECK_H

#include <sanitizer/asan_interface.h>

#define VALGRIND_CHECK_MEM_IS_DEFINED(addr, size) do {} while (0)
#define VALGRIND_CREATE_MEMPOOL(context, redzones, zeroed) do {} while (0)
#define VALGRIND_DESTROY_MEMPOOL(context) do {} while (0)
#define VALGRIND_MAKE_MEM_DEFINED(addr, size) ASAN_UNPOISON_MEMORY_REGION(addr, size)
#define VALGRIND_MAKE_MEM_NOACCESS(addr, size) ASAN_POISON_MEMORY_REGION(addr, size)
#define VALGRIND_MAKE_MEM_UNDEFINED(addr, size) ASAN_UNPOISON_MEMORY_REGION(addr, size)
#define VALGRIND_MEMPOOL_ALLOC(context, addr, size) ASAN_UNPOISON_MEMORY_REGION(addr, size)
/* wiped before, and so out of bounds already */
#define VALGRIND_MEMPOOL_FREE(context, addr) do {} while (0)
#define VALGRIND_MEMPOOL_CHANGE(context, from, to, size) ASAN_UNPOISON_MEMORY_REGION(to, size)

#endif							/* RETENTION_ASAN_MEMCHECK_H */
