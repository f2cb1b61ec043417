/*
 * suppression.c
 *		Which counts of a cohort are hidden; see suppression.h.
 */
#include "core/suppression_bounds.h"

/* Of a long cohort ages are not tried one by one, but this many parts of it. */
#define FINEST_PARTS 512

/* Show what can be of a column: at all ages, or of either half of them what can be, and so on. */
static void
show_column(Suppression *s, int column)
{
	int			ends[32];		/* of the parts to be tried, the first on top */
	int			n = 0;
	int			first = 0;

	ends[n++] = s->cohort->ages - 1;
	while (n > 0 && s->work >= s->nvariables)
	{
		int			last = ends[n - 1];

		if (suppression_show(s, column, first, last) ||
			last - first <= s->cohort->ages / FINEST_PARTS)
		{
			first = last + 1;
			n--;
		}
		else
			ends[n++] = first + (last - first) / 2;
	}
}

static bool
is_few(int64 count, int64 least)
{
	return count > 0 && count < least;
}

void
suppress_cohort(SuppressionCohort *cohort, int64 least)
{
	Suppression *s;
	bool	   *primary = palloc(cohort->ages * sizeof(bool));
	bool		any = false;

	for (int i = 0; i < cohort->ages; i++)
	{
		SuppressionCell *cell = &cohort->cells[i];
		bool		few = cohort->size < least;

		if (!cohort->with_criteria)
		{
			cell->counts[SUPPRESS_WITHIN] = 0;
			cell->counts[SUPPRESS_STREAK] = i == 0 ? cell->counts[SUPPRESS_CUSTOMERS] : 0;
		}
		for (int column = 0; column < SUPPRESS_COLUMNS; column++)
			few |= is_few(cell->counts[column], least) ||
				is_few(cohort->size - cell->counts[column], least);
		memset(cell->hidden, few, sizeof(cell->hidden));
		primary[i] = few;
		any |= few;
	}
	if (any && cohort->size >= least)
	{
		s = suppression_create(cohort, least, primary);
		for (int column = SUPPRESS_COLUMNS - 1; column >= 0; column--)
		{
			if (cohort->repeated >= 0 && s->work >= s->nvariables)
				(void) suppression_show(s, column, cohort->repeated, cohort->repeated);
			show_column(s, column);
		}
		suppression_free(s);
	}
	pfree(primary);
}
