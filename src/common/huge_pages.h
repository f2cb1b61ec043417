/*
 * huge_pages.h
 *		Large memory that is read in no order.
 *
 * Where a table has more pages than the processor remembers the places of, nearly
 * every access to it is a walk through the page tables as well, which costs about
 * as much as the cache miss; and each page is a fault when it is touched first.
 * With pages of 2 MB both are rare.  Linux gives them to who asks, unless it is
 * told not to; elsewhere nothing happens.
 */
#ifndef RETENTION_HUGE_PAGES_H
#define RETENTION_HUGE_PAGES_H

#include "common/compat.h"

/*
 * Ask for them in memory that was just allocated or enlarged, if it is much.  Only
 * for whole ones inside of it, so that no more is taken than was allocated.
 */
extern void huge_pages_want(void *memory, Size size);

#endif							/* RETENTION_HUGE_PAGES_H */
