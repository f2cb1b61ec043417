/*
 * cumulative.c
 *		Repeat orders to be expected of all customers, from day to day.
 */
#include "core/model/model.h"

/*
 * The sum over c <= d of acquired[c] E[X(d - c)], each E[X] of a new customer being needed
 * once.  [FHL] draw it in figure 2.
 */
void
model_cumulative(const Model *model, const int64_t *acquired, int64_t days, const ModelHost *host,
				 double *expected)
{
	Outlook		o = model_outlook(model, 0, 0, 0);
	double	   *each = host->alloc(sizeof(double) * (size_t) (days > 0 ? days : 1));

	for (int64_t d = 0; d < days; d++)
	{
		if (d % 256 == 0)
			host->interrupts();
		each[d] = outlook_orders(&o, (double) d);
		expected[d] = 0;
	}
	for (int64_t c = 0; c < days; c++)
	{
		double		customers = (double) acquired[c];

		if (acquired[c] == 0)
			continue;
		host->interrupts();
		for (int64_t d = c; d < days; d++)
			expected[d] += customers * each[d - c];
	}
	host->free(each);
}
