/*
 * summary_format.h
 *		Bytes of a summary, versions 1 and 2.
 *
 * Integers are varints (wire.h), money is money_write()'s.  "Step" is the
 * distance from the entry before; entries are in strictly ascending order.
 *
 * Version 2 is sections (sections.h) behind the version byte; those without
 * entries are left out, and one that is not known is refused:
 *	1 header:	byte flags: 1 amounts, 2 orders, 4 anchored cohorts, 16 segment;
 *				others reserved, zero
 *				calendar: calendar_write()'s
 *				age scale: age_scale_write()'s
 *				[amounts] scale, unattributed
 *				[orders] first day (zigzag), last day - first day
 *				[segment] days that the whole begins before the first day and ends
 *				after the last: not both 0
 *	2 cells:	number; then by cohort: step of the cohort's period (from that of
 *				the first day; anchored: zigzag for the first cohort), number of its
 *				cells, [anchored: its size - customers at age 0]; each cell:
 *				control byte: 1 age step follows (else 1; first: 0), 2 last
 *				follows, 4 second follows, 8 orders - customers follows; high four
 *				bits customers, 15: customers - 15 follows
 *				[age step - 2, first: age - 1] [last] [second] [orders - customers]
 *				[customers - 15] [amounts: revenue]
 *				[anchored, after age 0: first [not 0, amounts: first revenue]]
 *	3 gaps:		number; then by period: step of the period, number of its gaps;
 *				each: control byte: 1 gap step follows (else 1); high seven bits
 *				customers, 127: customers - 127 follows
 *				[gap step - 2] [customers - 127]
 *	4 ladder, 5 days to second order, 6 days of single orders: each number of
 *				entries; each: step (days of single orders: from the first day),
 *				customers
 *	7 changes, only with amounts: number; each: step of the period, five times money
 *	8 criteria, only with orders: by cohort, the counters `returned` and `run_end`
 *				of its cells, each: number of those not 0; each: 2 * (count - 1),
 *				or 1 more if cells were skipped, and then how many - 1
 *
 * Version 1 lacks the criteria, is what 1.0 wrote, and stays so as it is read and
 * added: only what has the criteria is version 2.  It is the version byte, a byte
 * for the calendar, flags, of which 8 means windows; [windows] months, days; the rest of the
 * header; and cells, gaps, ladder, both counts by days and, with amounts, changes,
 * one behind the other, all of them even where there are none.
 *
 * Nothing depends on collation, object identifiers or settings.
 */
#ifndef RETENTION_SUMMARY_FORMAT_H
#define RETENTION_SUMMARY_FORMAT_H

#include "common/sections.h"
#include "core/summary.h"

#define SUMMARY_VERSION 2

#define FLAG_AMOUNTS 1
#define FLAG_ORDERS 2
#define FLAG_ANCHORED 4
#define FLAG_AGE_WINDOW 8		/* version 1 only */
#define FLAG_SEGMENT 16
#define FLAGS_KNOWN 31

#define SECTION_HEADER 1
#define SECTION_CELLS 2
#define SECTION_GAPS 3
#define SECTION_LADDER 4
#define SECTION_REPEAT_DAYS 5
#define SECTION_SINGLE_DAYS 6
#define SECTION_CHANGES 7
#define SECTION_CRITERIA 8

#define CELL_AGE 1
#define CELL_LAST 2
#define CELL_SECOND 4
#define CELL_MORE_ORDERS 8
#define CELL_COUNT_SHIFT 4
#define CELL_COUNT_MAX 15

#define GAP_STEP 1
#define GAP_COUNT_SHIFT 1
#define GAP_COUNT_MAX 127

/* Periods of any two days are less apart than this. */
#define MAX_STEP PG_INT32_MAX

/* Where steps of cohorts and periods count from. */
static inline int32
summary_base_period(const Summary *s)
{
	return s->has_orders ? calendar_compute(s->calendar, s->first_day) : 0;
}

#endif							/* RETENTION_SUMMARY_FORMAT_H */
