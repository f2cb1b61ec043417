/*
 * control_chart.c
 *		Laney's p' chart; see control_chart.h.
 */
#include "core/model/control_chart.h"

#include <math.h>

#include "core/model/distributions.h"

/* What the rates before say. */
typedef struct ChartBasis
{
	double		center;
	double		variance;		/* p (1 - p) */
	double		reach;			/* k s_z */
	double		spread;			/* s_z */
} ChartBasis;

static double
deviation(const ChartCount *count, const ChartBasis *basis)
{
	double		n = (double) count->size;

	return ((double) count->part / n - basis->center) / sqrt(basis->variance / n);
}

static bool
make_basis(const ChartCount *counts, int64_t m, ChartBasis *basis)
{
	double		size = 0;
	double		part = 0;
	double		moved = 0;
	double		before;
	double		k;

	if (m < CHART_LEAST)
		return false;
	for (int64_t i = 0; i < m; i++)
	{
		size += (double) counts[i].size;
		part += (double) counts[i].part;
	}
	if (part == 0 || part == size)
		return false;
	basis->center = part / size;
	basis->variance = basis->center * (1 - basis->center);
	before = deviation(&counts[0], basis);
	for (int64_t i = 1; i < m; i++)
	{
		double		z = deviation(&counts[i], basis);

		moved += fabs(z - before);
		before = z;
	}
	basis->spread = fmax(1, moved / (double) (m - 1) / 1.128);
	/* it falls with m, and at 26 below 3 */
	k = m >= 26 ? 3 : fmax(3, student_upper_point(0.005, 0.62 * (double) (m - 1)) * sqrt(1 + 1 / (double) m));
	basis->reach = k * basis->spread;
	return true;
}

/* `run` is how many in a row have been above, or, negative, below, this one included. */
static void
judge(const ChartCount *count, const ChartBasis *basis, int64_t *run, ChartPoint *point)
{
	double		n = (double) count->size;
	double		rate = (double) count->part / n;
	double		s = sqrt(basis->variance / n);

	point->judged = true;
	point->center = basis->center;
	point->lower = fmax(basis->center - s * basis->reach, 0);
	point->upper = fmin(basis->center + s * basis->reach, 1);
	point->z = (rate - basis->center) / (s * basis->spread);
	if (rate > basis->center)
		*run = *run > 0 ? *run + 1 : 1;
	else if (rate < basis->center)
		*run = *run < 0 ? *run - 1 : -1;
	else
		*run = 0;
	point->signal = rate > point->upper ? CHART_ABOVE :
		rate < point->lower ? CHART_BELOW :
		*run >= CHART_RUN ? CHART_RUN_ABOVE :
		*run <= -CHART_RUN ? CHART_RUN_BELOW : CHART_NOTHING;
}

void
control_chart(const ChartCount *counts, int64_t n, int64_t baseline, void (*interrupt) (void),
			  ChartPoint *points)
{
	ChartBasis	basis;
	bool		fixed = baseline > 0;
	bool		known = fixed && n > baseline && make_basis(counts, baseline, &basis);
	int64_t		run = 0;

	for (int64_t i = 0; i < n; i++)
	{
		interrupt();
		points[i].judged = false;
		if (fixed ? i >= baseline && known : make_basis(counts, i, &basis))
			judge(&counts[i], &basis, &run, &points[i]);
		else
			run = 0;
	}
}
