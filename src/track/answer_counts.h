/*
 * answer_counts.h
 *		How often this backend has answered reports of a tracking.
 */
#ifndef RETENTION_ANSWER_COUNTS_H
#define RETENTION_ANSWER_COUNTS_H

#include "common/compat.h"

/* One more, from what is kept (reason NULL) or from scratch. */
extern void answer_count(Oid orders, Oid trigger, const char *reason);

#endif							/* RETENTION_ANSWER_COUNTS_H */
