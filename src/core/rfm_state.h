/*
 * rfm_state.h
 *		Counts of customers by history in the making: the transition state of rfm_agg()
 *		and of sum(retention_rfm).
 *
 * One flat varlena value with spare room, changed in place, for the reasons of
 * history_state.h: no memory context, no serialization, nothing of the session.  It is a
 * list of customers and of stored counts as they came.  When that has become long it is
 * folded into one of counts, as long as it has grown to several times those of the fold
 * before at least, so that a customer is counted a bounded number of times.  What changes
 * a state returns it, or a larger one that is palloc'd in the current context and leaves the
 * old one to its owner.
 */
#ifndef RETENTION_RFM_STATE_H
#define RETENTION_RFM_STATE_H

#include "core/rfm.h"

/* Another one for every other layout. */
#define RFM_STATE_LAYOUT 0x86

typedef struct RfmState
{
	int32		vl_len_;		/* varlena header, four bytes long */
	uint8		layout;			/* RFM_STATE_LAYOUT */
	bool		with_amounts;
	uint8		unused[2];
	int32		as_of;
	int32		holdout_from;
	uint32		used;			/* bytes of items, which come behind */
	uint32		folded;			/* of them, of the counts of the last fold */
} RfmState;

/* NULL, or why bytes that another library may have made are no state. */
extern const char *rfm_state_check(const RfmState *state);

/* An empty state; whatever is added has to be of its kind, or 22023. */
extern RfmState *rfm_state_create(const RfmKind *kind);
extern RfmKind rfm_state_kind(const RfmState *state);

/*
 * Add a customer; stored counts, by their bytes, which are trusted; or all of another
 * state, which stays as it is.
 */
extern RfmState *rfm_state_add_customer(RfmState *state, const RfmCustomer *customer);
extern RfmState *rfm_state_add_counts(RfmState *state, const void *bytes, Size len);
extern RfmState *rfm_state_add_state(RfmState *state, const RfmState *other);

/* The counts of all so far, in the current context; the state stays as it is. */
extern void rfm_state_read(const RfmState *state, Rfm *rfm);

#endif							/* RETENTION_RFM_STATE_H */
