/*
 * repeat_curve.c
 *		Repeat order days to date; see repeat_curve.h.
 */
#include "core/repeat_curve.h"

#include "miscadmin.h"

/* New customers and repeat order days of each day, those of damaged cells refused. */
static void
count_days(const Summary *s, RepeatCurve *curve)
{
	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *cell = &s->cells[i];
		int64		day = (int64) cell->cohort + cell->age - curve->first_day;

		if (cell->cohort >= curve->cut)
			break;
		/* money without an order may be of a later day than the last one */
		if (cell->customers == 0)
			continue;
		report_check_index(day, curve->days);
		if (cell->age == 0)
			curve->customers[day] += cell->size;
		else
			curve->actual[day] += cell->customers;
	}
}

void
repeat_curve(const Summary *s, int64 end_day, const Model *model, int32 cut, const ModelHost *host,
			 RepeatCurve *curve)
{
	curve->first_day = s->first_day;
	curve->cut = cut;
	curve->days = end_day - s->first_day;
	if (cut <= s->first_day)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nobody had ordered before %s, up to which the model was fitted",
						calendar_day_text(cut)),
				 errhint("Pass a summary of the customers that the model was fitted to.")));
	if (curve->days > REPEAT_CURVE_MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the first order is more than %d days before the end", REPEAT_CURVE_MAX_DAYS),
				 errhint("Filter out orders with wrong dates.")));
	curve->customers = palloc0(curve->days * sizeof(int64));
	curve->actual = palloc0(curve->days * sizeof(int64));
	curve->expected = palloc(curve->days * sizeof(double));
	count_days(s, curve);
	model_cumulative(model, curve->customers, curve->days, host, curve->expected);
	for (int64 i = 1; i < curve->days; i++)
	{
		curve->customers[i] += curve->customers[i - 1];
		curve->actual[i] += curve->actual[i - 1];
	}
}
