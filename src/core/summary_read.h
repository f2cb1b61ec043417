/*
 * summary_read.h
 *		Parts of a summary from and to its bytes, for summary_decode.c and
 *		ledger_wire.c only.
 *
 * Counts of entries are checked against the bytes that are left, as each entry
 * takes at least one, before anything is allocated for them.  All return false
 * where the bytes are malformed.
 */
#ifndef RETENTION_SUMMARY_READ_H
#define RETENTION_SUMMARY_READ_H

#include "core/summary_format.h"

typedef struct SummaryDecoder
{
	WireReader	r;				/* of version 2: of the section at hand */
	Summary    *s;
	bool		any_wide;		/* money is beyond the form of s->money: see summary_read_money() */
} SummaryDecoder;

/*
 * The first pass takes all amounts for narrow.  One that is not, or a sum of
 * all beyond the narrow form, sets any_wide: the caller then decodes again
 * with the wide form from the start.
 */
extern bool summary_read_money(SummaryDecoder *d, Money *m);

/* The section with the header of version 2: NULL, or what is wrong; and to bytes. */
extern const char *summary_decode_header(SummaryDecoder *d);
extern void summary_encode_header(const Summary *s, StringInfo buf);

extern bool summary_read_cells(SummaryDecoder *d);
extern bool summary_read_gaps(SummaryDecoder *d);
extern bool summary_read_counts(SummaryDecoder *d, SummaryCounts *counts, int64 from);
extern bool summary_read_changes(SummaryDecoder *d);

/* What the cells, which have been read, count for the four criteria. */
extern bool summary_read_criteria(SummaryDecoder *d);

#endif							/* RETENTION_SUMMARY_READ_H */
