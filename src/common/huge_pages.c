/*
 * huge_pages.c
 *		Large memory that is read in no order; see huge_pages.h.
 */
#include "common/huge_pages.h"

#ifndef WIN32
#include <sys/mman.h>
#endif

#define HUGE_PAGE ((Size) 2 * 1024 * 1024)

/* Smaller memory has hardly a whole one. */
#define WORTH_WHILE (2 * HUGE_PAGE)

void
huge_pages_want(void *memory, Size size)
{
#ifdef MADV_HUGEPAGE
	char	   *start = (char *) TYPEALIGN(HUGE_PAGE, memory);
	char	   *end = (char *) TYPEALIGN_DOWN(HUGE_PAGE, (char *) memory + size);

	/* where it cannot be had, nothing is lost */
	if (size >= WORTH_WHILE && end > start)
		(void) madvise(start, end - start, MADV_HUGEPAGE);
#else
	(void) memory;
	(void) size;
#endif
}
