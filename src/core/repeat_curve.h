/*
 * repeat_curve.h
 *		Repeat order days to date, from day to day: those that came and those that a
 *		model of repeat buying expects.
 *
 * Of a summary by day, whose cells are order days: each customer is once in the cell
 * of each day that it orders on.  Its customers are those whose first order was before
 * the cut, the day up to which the model was fitted; who came later was not there to
 * be fitted to, and would make the days after the cut no test of it.
 */
#ifndef RETENTION_REPEAT_CURVE_H
#define RETENTION_REPEAT_CURVE_H

#include "core/model/model.h"
#include "core/report.h"

/* As in rfm.h: 179 years. */
#define REPEAT_CURVE_MAX_DAYS PG_UINT16_MAX

typedef struct RepeatCurve
{
	int32		first_day;		/* of the first order */
	int32		cut;
	int64		days;
	int64	   *customers;		/* of each day: with their first order until then */
	int64	   *actual;			/* repeat order days until then */
	double	   *expected;
} RepeatCurve;

/* The day of a curve's entry; false on those that the model has not seen. */
static inline int32
repeat_curve_day(const RepeatCurve *curve, int64 i)
{
	return (int32) (curve->first_day + i);
}

static inline bool
repeat_curve_is_fitted(const RepeatCurve *curve, int64 i)
{
	return curve->first_day + i < curve->cut;
}

/*
 * Of a summary by day without anchors or windows, through the day before end_day; palloc'd.
 * Raises 22023 where nobody has ordered before the cut, or it is too long ago.
 */
extern void repeat_curve(const Summary *s, int64 end_day, const Model *model, int32 cut,
						 const ModelHost *host, RepeatCurve *curve);

#endif							/* RETENTION_REPEAT_CURVE_H */
