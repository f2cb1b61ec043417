/*
 * suppression.c
 *		Which counts of a cohort are hidden; see suppression.h.
 */
#include "core/suppression.h"

#include "miscadmin.h"

#define TERMS 6
#define NO_CONSTRAINT (-1)

/* The sum of variables, each times a factor, is at most 0. */
typedef struct Constraint
{
	int			n;
	int			variables[TERMS];
	int			factors[TERMS];
} Constraint;

/* A count, number age * OF_AGE + column; or what is only derived from counts. */
typedef struct Variable
{
	int64		low;
	int64		high;
	int			low_from;		/* constraint that the bound is of, or NO_CONSTRAINT */
	int			high_from;
} Variable;

typedef struct Suppression
{
	SuppressionCohort *cohort;
	int64		least;
	Variable   *variables;
	Constraint *constraints;
	int			nconstraints;
} Suppression;

/* The most constraints that add_age() adds. */
#define CONSTRAINTS_OF_AGE 30

/*
 * Beside the columns what is known better than either count of its difference where both
 * are hidden: the customers with two orders at age 0 who have not come back, G = R - W;
 * and who will, N = S_1 - W.
 */
#define NOT_BACK SUPPRESS_COLUMNS
#define NOT_YET (SUPPRESS_COLUMNS + 1)
#define OF_AGE (SUPPRESS_COLUMNS + 2)

#define VARIABLE(age, column) ((age) * OF_AGE + (column))
#define C(i) VARIABLE(i, SUPPRESS_CUSTOMERS)
#define S(i) VARIABLE(i, SUPPRESS_SINCE)
#define W(i) VARIABLE(i, SUPPRESS_WITHIN)
#define T(i) VARIABLE(i, SUPPRESS_STREAK)
#define R(i) VARIABLE(i, SUPPRESS_REPEAT)
#define G(i) VARIABLE(i, NOT_BACK)
#define N(i) VARIABLE(i, NOT_YET)

/* Is the count one that anybody is shown?  Those of summaries of version 1 lack two. */
static bool
is_told(const Suppression *s, int variable)
{
	int			column = variable % OF_AGE;

	return column < SUPPRESS_COLUMNS &&
		(s->cohort->with_criteria || (column != SUPPRESS_WITHIN && column != SUPPRESS_STREAK));
}

static bool
is_hidden(const Suppression *s, int variable)
{
	return !is_told(s, variable) ||
		s->cohort->cells[variable / OF_AGE].hidden[variable % OF_AGE];
}

/* At age 0 nobody is within, and all of a cohort by first orders is customers, since and streak. */
static bool
is_known(const Suppression *s, int variable)
{
	int			column = variable % OF_AGE;

	return variable < OF_AGE &&
		(column == SUPPRESS_WITHIN ||
		 (!s->cohort->anchored && column != SUPPRESS_REPEAT && column < SUPPRESS_COLUMNS));
}

static int64
count_of(const Suppression *s, int variable)
{
	return s->cohort->cells[variable / OF_AGE].counts[variable % OF_AGE];
}

/*
 * Counts that are the same by definition are one variable, so that no narrowing takes them
 * for independent.
 */
static int
same_as(const Suppression *s, int variable)
{
	int			last = s->cohort->ages - 1;

	if (variable == T(0) && s->cohort->anchored)
		return C(0);
	if (variable == W(last) && last > 0)
		variable = S(1);
	if (variable == S(last))
		return C(last);
	if (last > 0 && (variable == W(1) || (variable == T(1) && !s->cohort->anchored)))
		return C(1);
	return variable;
}

/* The sum of the first variables is at most that of the others. */
static void
add_constraint(Suppression *s, int n_left, int n, const int *variables)
{
	Constraint *c = &s->constraints[s->nconstraints];

	c->n = 0;
	for (int i = 0; i < n; i++)
	{
		int			variable = same_as(s, variables[i]);
		int			at = 0;

		while (at < c->n && c->variables[at] != variable)
			at++;
		if (at == c->n)
		{
			c->variables[c->n] = variable;
			c->factors[c->n++] = 0;
		}
		c->factors[at] += i < n_left ? 1 : -1;
		if (c->factors[at] == 0)
		{
			c->n--;
			c->variables[at] = c->variables[c->n];
			c->factors[at] = c->factors[c->n];
		}
	}
	if (c->n > 0)
		s->nconstraints++;
}

#define AT_MOST(s, n_left, ...) \
	add_constraint(s, n_left, lengthof(((int[]) {__VA_ARGS__})), (const int[]) {__VA_ARGS__})

/*
 * What holds at the age and between it and the one before; anchored cohorts know less of age 0.
 * Some follow from others, but not for bounds that are taken one by one.
 */
static void
add_age(Suppression *s, int i)
{
	bool		anchored = s->cohort->anchored;

	AT_MOST(s, 1, C(i), S(i));
	AT_MOST(s, 1, T(i), C(i));
	if (!anchored)
	{
		AT_MOST(s, 1, R(i), W(i), G(i));
		AT_MOST(s, 2, W(i), G(i), R(i));
	}
	if (i == 0)
		return;
	AT_MOST(s, 1, S(1), W(i), N(i));
	AT_MOST(s, 2, W(i), N(i), S(1));
	AT_MOST(s, 1, S(i), S(i - 1));
	AT_MOST(s, 2, S(i - 1), T(i), S(i), C(i - 1));
	AT_MOST(s, 1, T(i), T(i - 1));
	AT_MOST(s, 1, R(i - 1), R(i));
	AT_MOST(s, 2, C(i), N(i), S(i));
	AT_MOST(s, 1, C(i), W(i));
	if (anchored)
	{
		AT_MOST(s, 1, R(i), R(i - 1), C(i));
		AT_MOST(s, 1, R(i), R(0), W(i));
		AT_MOST(s, 1, T(i), R(i));
	}
	else
	{
		AT_MOST(s, 1, G(i), G(i - 1));
		AT_MOST(s, 1, R(s->cohort->ages - 1), R(i), N(i));
	}
	if (i == 1)
		return;
	/* over two ages, where the count between them is hidden: T falls */
	AT_MOST(s, 3, S(i - 2), T(i - 1), T(i), S(i), C(i - 2), C(i - 1));
	AT_MOST(s, 3, S(i - 2), T(i), T(i), S(i), C(i - 2), C(i - 1));
	if (i > 2)
	{
		AT_MOST(s, 3, W(i), T(i - 1), T(i), W(i - 2), C(i - 1), C(i));
		AT_MOST(s, 3, W(i), T(i), T(i), W(i - 2), C(i - 1), C(i));
		AT_MOST(s, 3, R(i), T(i - 1), T(i), R(i - 2), C(i - 1), C(i));
		AT_MOST(s, 3, R(i), T(i), T(i), R(i - 2), C(i - 1), C(i));
	}
	AT_MOST(s, 1, W(i - 1), W(i));
	AT_MOST(s, 1, N(i), N(i - 1));
	AT_MOST(s, 1, N(i - 1), S(i));
	AT_MOST(s, 2, W(i), T(i), W(i - 1), C(i));
	AT_MOST(s, 2, N(i - 1), T(i), N(i), C(i));
	AT_MOST(s, 2, R(i), T(i), R(i - 1), C(i));
	AT_MOST(s, 3, C(i), N(i), T(i - 1), S(i - 1), T(i));
	AT_MOST(s, 2, C(i), T(i - 1), W(i), T(i));
}

static void
start_bounds(Suppression *s)
{
	for (int i = 0; i < s->cohort->ages * OF_AGE; i++)
	{
		Variable   *v = &s->variables[i];
		bool		hidden = is_hidden(s, i) && !is_known(s, i);

		v->low = hidden ? 0 : count_of(s, i);
		v->high = hidden ? s->cohort->size : count_of(s, i);
		v->low_from = v->high_from = NO_CONSTRAINT;
	}
}

/* Narrow the bounds of a constraint's variables; true if any has changed. */
static bool
narrow(Suppression *s, int number)
{
	const Constraint *c = &s->constraints[number];
	int64		room = 0;
	bool		changed = false;

	for (int i = 0; i < c->n; i++)
	{
		const Variable *v = &s->variables[c->variables[i]];

		room -= c->factors[i] * (c->factors[i] > 0 ? v->low : v->high);
	}
	/* a variable may be above its lowest, or below its highest, by what room there is */
	for (int i = 0; i < c->n; i++)
	{
		Variable   *v = &s->variables[c->variables[i]];
		int64		most = room / abs(c->factors[i]);

		if (v->high - v->low <= most)
			continue;
		if (c->factors[i] > 0)
		{
			v->high = v->low + most;
			v->high_from = number;
		}
		else
		{
			v->low = v->high - most;
			v->low_from = number;
		}
		changed = true;
	}
	return changed;
}

static void
narrow_all(Suppression *s)
{
	bool		changed;

	do
	{
		changed = false;
		for (int i = 0; i < s->nconstraints; i++)
			changed |= narrow(s, i);
		for (int i = s->nconstraints - 1; i >= 0; i--)
			changed |= narrow(s, i);
		CHECK_FOR_INTERRUPTS();
	} while (changed);
}

/* Of two counts to be hidden, either of them -1 for none, the one that is given up first. */
static int
cheaper(int a, int b)
{
	if (a < 0 || b < 0)
		return Max(a, b);
	return b % OF_AGE < a % OF_AGE ? b : a;
}

/*
 * The cheapest of the shown counts that a bound came from; -1 if it came from none.  Where its
 * constraint is one of hidden counts, their bounds are followed; in a ring of them, which
 * a later narrowing may have made, not for ever.
 */
static int
origin(const Suppression *s, int variable, bool low, int depth)
{
	const Variable *v = &s->variables[variable];
	int			number = low ? v->low_from : v->high_from;
	const Constraint *c;
	int			best = -1;

	/* four ways a step, where all around are hidden */
	CHECK_FOR_INTERRUPTS();
	if (number == NO_CONSTRAINT || depth == 0)
		return -1;
	c = &s->constraints[number];
	for (int i = 0; i < c->n; i++)
		if (c->variables[i] != variable && !is_known(s, c->variables[i]) &&
			!is_hidden(s, c->variables[i]))
			best = cheaper(best, c->variables[i]);
	if (best >= 0 && best % OF_AGE != SUPPRESS_CUSTOMERS)
		return best;
	for (int i = 0; i < c->n; i++)
		if (c->variables[i] != variable && is_hidden(s, c->variables[i]))
			best = cheaper(best, origin(s, c->variables[i], c->factors[i] > 0, depth - 1));
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
}

/* Hide something of what leaves a count too few values; false if nothing does. */
static bool
widen(Suppression *s, int variable)
{
	int			age = variable / OF_AGE;
	int			depth = 2 * OF_AGE;
	int			low = origin(s, variable, true, depth);
	int			high = origin(s, variable, false, depth);
	int			best = cheaper(low, high);

	if (best < 0)
		return false;
	/* of two of one kind, that with more beyond */
	if (low >= 0 && high >= 0 && low % OF_AGE == high % OF_AGE)
		best = gain(s, high, age) > gain(s, low, age) ? high : low;
	hide(s, best);
	return true;
}

static bool
is_few(int64 count, int64 least)
{
	return count > 0 && count < least;
}

void
suppress_cohort(SuppressionCohort *cohort, int64 least)
{
	Suppression s = {cohort, least, NULL, NULL, 0};
	int			n = cohort->ages * OF_AGE;
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
	s.variables = palloc_extended(n * sizeof(Variable), MCXT_ALLOC_HUGE);
	s.constraints = palloc_extended((Size) cohort->ages * CONSTRAINTS_OF_AGE * sizeof(Constraint),
									MCXT_ALLOC_HUGE);
	for (int i = 0; i < cohort->ages; i++)
		add_age(&s, i);
	Assert(s.nconstraints <= cohort->ages * CONSTRAINTS_OF_AGE);
	do
	{
		told = changed = false;
		start_bounds(&s);
		narrow_all(&s);
		for (int i = 0; i < n; i++)
			if (is_told(&s, i) && is_hidden(&s, i) && !is_known(&s, i) &&
				s.variables[same_as(&s, i)].high - s.variables[same_as(&s, i)].low < least - 1)
			{
				told = true;
				changed |= widen(&s, same_as(&s, i));
			}
	} while (changed);
	/* origin() does not look for ever, but where all is hidden nothing is told */
	if (told)
		for (int i = 0; i < cohort->ages; i++)
			memset(cohort->cells[i].hidden, true, sizeof(cohort->cells[i].hidden));
	pfree(s.variables);
	pfree(s.constraints);
}
