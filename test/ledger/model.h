/*
 * model.h
 *		A ledger (core/ledger.h) that customers are put into and taken out of, beside
 *		the customers themselves: the summary of the one has to be that of the others
 *		from scratch, byte for byte, and so have the ledger's own bytes.
 *
 * Which customers, and what is done with them, is said by bytes: random ones in the
 * test module (module.c), those of libFuzzer in test/heavy/fuzz/ledger.c.
 */
#ifndef RETENTION_LEDGER_MODEL_H
#define RETENTION_LEDGER_MODEL_H

#include "common/compat.h"

/* What a run came to, so that a test can tell that it had something to see. */
typedef struct ModelSeen
{
	int64		steps;
	int64		emptied;		/* times that nobody was left */
	int64		lowered;		/* times that the display scale fell */
	int64		earlier_end;	/* times that the day of the last order went back */
	int64		wide;			/* summaries with money beyond 64 bits */
	int64		below_zero;		/* ledgers of a difference with a count below zero */
	int64		refused;		/* customers taken out that were not in: all of them refused */
	int64		layers;			/* of days, added to those that there were */
	int64		late;			/* of those, of a day with later ones */
} ModelSeen;

/* NULL, or what differed, in the current memory context. */
extern const char *ledger_model_run(const uint8 *bytes, Size len, ModelSeen *seen);

#endif							/* RETENTION_LEDGER_MODEL_H */
