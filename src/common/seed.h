/*
 * seed.h
 *		A seed for hashing that nobody outside the server knows.
 */
#ifndef RETENTION_SEED_H
#define RETENTION_SEED_H

#include "common/compat.h"

/*
 * Never 0; of this backend, and the same in its parallel workers, so that all
 * their hash tables have the same order.
 */
extern uint64 backend_seed(void);

#endif							/* RETENTION_SEED_H */
