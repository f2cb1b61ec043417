/*
 * suppression.c
 *		Which counts of a cohort are hidden; see suppression.h.
 */
#include "core/suppression_bounds.h"

#include "miscadmin.h"

/*
 * The less a count is worth showing the sooner it is given up; a cell of many ages last.  Of
 * those nobody is customers, and hiding that nobody has a streak hides nothing but with them.
 */
static int
worth(const Suppression *s, int variable)
{
	int			column = variable % OF_AGE;

	if (variable / OF_AGE == s->cohort->repeated &&
		(column == SUPPRESS_CUSTOMERS || column == SUPPRESS_STREAK))
		return SUPPRESS_COLUMNS;
	return column;
}

/* Of two counts to be hidden, either of them -1 for none, the one that is given up first. */
static int
cheaper(const Suppression *s, int a, int b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return worth(s, b) < worth(s, a) ? b : a;
}

/*
 * The cheapest of the shown counts that a bound came from; -1 if it came from none.  Where its
 * constraint is one of hidden counts, their bounds are followed; in a ring of them, which
 * a later narrowing may have made, not for ever.
 */
static int
origin(Suppression *s, int variable, bool low, int depth)
{
	const Variable *v = &s->variables[variable];
	int			number = low ? v->low_from : v->high_from;
	const Constraint *c;
	int			best = -1;

	/* four ways a step, where all around are hidden */
	CHECK_FOR_INTERRUPTS();
	s->search->first = Min(s->search->first, variable / OF_AGE);
	s->search->last = Max(s->search->last, variable / OF_AGE);
	if (number == NO_CONSTRAINT || depth == 0)
		return -1;
	c = &s->constraints[number];
	for (int i = 0; i < c->n; i++)
		if (c->variables[i] != variable && !is_known(s, c->variables[i]) &&
			!is_hidden(s, c->variables[i]))
			best = cheaper(s, best, c->variables[i]);
	if (best >= 0 && worth(s, best) < SUPPRESS_CUSTOMERS)
		return best;
	for (int i = 0; i < c->n; i++)
		if (c->variables[i] != variable && is_hidden(s, c->variables[i]))
			best = cheaper(s, best, origin(s, c->variables[i], c->factors[i] > 0, depth - 1));
	return best;
}

/* How much further the next shown count of its column, away from an age, lets a bound go. */
static int64
gain(const Suppression *s, int variable, int away_from)
{
	int			age = variable / OF_AGE;
	int			column = variable % OF_AGE;
	int			step = age < away_from ? -1 : 1;
	int64		count = count_of(s, variable);

	for (int i = age + step; i >= 0 && i < s->cohort->ages; i += step)
		if (!is_hidden(s, VARIABLE(i, column)) || is_known(s, VARIABLE(i, column)))
		{
			int64		beyond = count_of(s, VARIABLE(i, column));

			return Max(beyond, count) - Min(beyond, count);
		}
	return s->cohort->size;
}

/* Those who came back until the last age are those since age 1: one tells the other. */
static void
hide_twins(SuppressionCohort *cohort)
{
	int			last = cohort->ages - 1;

	if (last > 0 && (cohort->cells[1].hidden[SUPPRESS_SINCE] || cohort->cells[last].hidden[SUPPRESS_WITHIN]))
		cohort->cells[1].hidden[SUPPRESS_SINCE] = cohort->cells[last].hidden[SUPPRESS_WITHIN] = true;
}

static void
hide(Suppression *s, int variable)
{
	SuppressionCell *cell = &s->cohort->cells[variable / OF_AGE];
	int			column = variable % OF_AGE;

	if (column != SUPPRESS_CUSTOMERS)
		cell->hidden[column] = true;
	else
		memset(cell->hidden, true, sizeof(cell->hidden));
	hide_twins(s->cohort);
	s->hidden_at[variable / OF_AGE] = s->hidden_at[s->cohort->ages - 1] = true;
	s->hidden_at[Min(1, s->cohort->ages - 1)] = true;
}

/* Hide something of what leaves a count too few values; false if nothing does. */
static bool
widen(Suppression *s, int variable)
{
	int			age = variable / OF_AGE;
	int			depth = 2 * OF_AGE;
	Span	   *search = &s->in_vain[variable];
	int			low,
				high,
				best;

	if (search->first <= search->last &&
		s->changed_ages[search->first] == s->changed_ages[search->last + 1])
		return false;
	*search = (Span) {age, age};
	s->search = search;
	low = origin(s, variable, true, depth);
	high = origin(s, variable, false, depth);
	best = cheaper(s, low, high);
	if (best < 0)
		return false;
	*search = NO_AGES;
	/* of two of one kind, that with more beyond */
	if (low >= 0 && high >= 0 && worth(s, low) == worth(s, high))
		best = gain(s, high, age) > gain(s, low, age) ? high : low;
	hide(s, best);
	return true;
}

/* Did what was shown at the start of the round leave a hidden count too few values? */
static bool
is_told_too_well(const Suppression *s, int variable)
{
	const Variable *v;

	if (s->start[variable].low == s->start[variable].high || !is_told(s, variable))
		return false;
	v = &s->variables[suppression_same_as(s, variable)];
	return v->high - v->low < s->least - 1;
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
	bool		any = false;
	bool		told;
	bool		changed;

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
		any |= few;
	}
	if (!any || cohort->size < least)
		return;
	hide_twins(cohort);
	/* who may have had one order so far or more is told by more than these constraints */
	if (cohort->anchored)
		for (int i = 0; i < cohort->ages; i++)
			cohort->cells[i].hidden[SUPPRESS_REPEAT] = true;
	s = suppression_create(cohort, least);
	do
	{
		told = changed = false;
		suppression_narrow(s);
		for (int i = 0; i < s->nvariables; i++)
			if (is_told_too_well(s, i))
			{
				told = true;
				changed |= widen(s, suppression_same_as(s, i));
			}
			else
				s->in_vain[i] = NO_AGES;
	} while (changed);
	/* origin() does not look for ever, but where all is hidden nothing is told */
	if (told)
		for (int i = 0; i < cohort->ages; i++)
			memset(cohort->cells[i].hidden, true, sizeof(cohort->cells[i].hidden));
	suppression_free(s);
}
