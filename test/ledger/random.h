/*
 * random.h
 *		splitmix64
 */
#ifndef RETENTION_LEDGER_RANDOM_H
#define RETENTION_LEDGER_RANDOM_H

#include "common/compat.h"

static inline uint64
next_random(uint64 *state)
{
	uint64		z = *state += UINT64CONST(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64CONST(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64CONST(0x94D049BB133111EB);
	return z ^ z >> 31;
}

#endif							/* RETENTION_LEDGER_RANDOM_H */
