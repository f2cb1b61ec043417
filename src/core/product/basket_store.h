/*
 * basket_store.h
 *		Baskets one behind another, in memory or in a file, to be read again and again.
 *
 * A basket is a few words of 32 bits: with customers who and when, with amounts its
 * amount, how many products, and those.  Blocks of them stay in memory up to a limit;
 * what comes after goes to a temporary file with all that came before.
 */
#ifndef RETENTION_BASKET_STORE_H
#define RETENTION_BASKET_STORE_H

#include "core/product/lines.h"

extern BasketStore *basket_store_create(MemoryContext context, const LinesKind *kind);
/* Its file goes; memory with its context. */
extern void basket_store_close(BasketStore *store);

extern void basket_store_add(BasketStore *store, const ProductBasket *basket);

#endif							/* RETENTION_BASKET_STORE_H */
