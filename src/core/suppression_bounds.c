/*
 * suppression_bounds.c
 *		Bounds of the hidden counts of a cohort that follow from what is shown; see suppression.h.
 *
 * All counts are hidden at first, and shown in trials.  A trial shows some counts, narrows the bounds
 * of others by the constraints until none changes, and is undone if a hidden count that has to
 * stay hidden has too few values then.  Another one that has is shown as well: as it is told, hiding
 * it would be of no use.  What bounds are in the end does not depend on the order of narrowing.
 *
 * As showing more only narrows, a trial goes on from the bounds there are and costs what it
 * changes.  The constraints of an age are taken again only if one of their variables has changed, in
 * passes over the ages, forwards and backwards by turns; where it is one that concerns all ages, only
 * those that it is in.
 */
#include "core/suppression_bounds.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/*
 * How many constraints may be taken: many times all, and some more for a few ages, of which each count
 * may concern all.  Where that is not enough, as for some cohorts of many thousand ages, the
 * counts that have not been tried stay hidden.
 */
#define WORK_OF_AGE ((int64) 43 * CONSTRAINTS_OF_AGE)
#define WORK_AT_LEAST 2000000

/*
 * The part of what is left that one trial may take, or it fails: constraints in a ring can narrow
 * bounds by one a pass, from here to a size of millions.
 */
#define TRIALS_OF_WORK 4

/* How many ages are looked at, whether they are due, in the time that a constraint takes. */
#define AGES_AS_CONSTRAINT 8

/* How far from what is shown bounds are narrowed first. */
#define AGES_AROUND 16

/* Over how many ages streaks are followed that are hidden between two that are not. */
#define LONGEST_RUN 64

/* Ages whose constraints a variable is in: its own and the two after it, or all. */
#define AGES_OF_VARIABLE 3

/* The sum of the first variables is at most that of the others. */
static void
add_constraint(Suppression *s, Constraints *constraints, int age, int n_left, int n,
			   const int *variables)
{
	Constraint *c = &constraints->constraints[constraints->n];
	bool		everywhere = false;

	Assert(constraints->n < CONSTRAINTS_OF_AGE);
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
	if (c->n == 0)
		return;
	for (int i = 0; i < c->n; i++)
	{
		c->moves[i] = !is_everywhere(s, c->variables[i]);
		if (c->moves[i])
			c->variables[i] -= VARIABLE(age, 0);
		else
			everywhere = true;
	}
	constraints->n++;
	if (everywhere)
	{
		Constraint	other = constraints->constraints[constraints->neverywhere];

		constraints->constraints[constraints->neverywhere++] = *c;
		*c = other;
	}
}

#define AT_MOST(s, n_left, ...) \
	add_constraint(s, to, i, n_left, lengthof(((int[]) {__VA_ARGS__})), (const int[]) {__VA_ARGS__})

/*
 * What holds at the age and between it and the one before; anchored cohorts know less of age 0.
 * Some follow from others, but not for bounds that are taken one by one.
 */
static void
add_age(Suppression *s, Constraints *to, int i)
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
	{
		AT_MOST(s, 1, R(i), C(i));
		return;
	}
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
		AT_MOST(s, 2, W(i), C(0), R(i), S(0));
		AT_MOST(s, 2, R(i), T(1), C(0), W(i));
		AT_MOST(s, 1, B(i - 1), B(i));
		AT_MOST(s, 1, C(i), B(i));
		AT_MOST(s, 1, W(i), B(i));
		AT_MOST(s, 1, R(i), B(i));
		AT_MOST(s, 1, B(i), S(0));
		AT_MOST(s, 1, B(i), C(0), W(i));
		AT_MOST(s, 2, B(i), T(i), B(i - 1), C(i));
		AT_MOST(s, 2, B(i), W(i - 1), B(i - 1), W(i));
		AT_MOST(s, 2, C(0), W(i), B(i), R(i));
		AT_MOST(s, 2, C(i), B(i - 1), B(i), i > 1 ? R(i) : T(i));
		AT_MOST(s, 1, S(0), B(i - 1), S(i));
		AT_MOST(s, 2, B(i - 1), S(i), S(0), R(s->cohort->ages - 1));
		AT_MOST(s, 1, R(s->cohort->ages - 1), R(i - 1), S(i));
		if (i > 1)
			AT_MOST(s, 2, W(i - 1), C(i), R(i), W(i));
		else
			AT_MOST(s, 2, C(i), T(i - 1), S(i - 1), T(i));
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
	if (anchored)
	{
		AT_MOST(s, 3, B(i), T(i - 1), T(i), B(i - 2), C(i - 1), C(i));
		AT_MOST(s, 3, B(i), T(i), T(i), B(i - 2), C(i - 1), C(i));
		if (i == 2)
			AT_MOST(s, 3, C(0), C(1), C(2), B(2), R(2), T(2));
	}
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

/* The constraints of an age. */
static const Constraints *
constraints_of(const Suppression *s, int age)
{
	return &s->constraints[age == s->cohort->ages - 1 ? LAST_AGE : Min(age, BETWEEN)];
}

static void
set_due(Suppression *s, int first, int last, Due due)
{
	World	   *w = s->world;

	for (int i = first; i <= last; i++)
	{
		w->ndue += w->due[i] == NOT_DUE;
		w->due[i] = Max(w->due[i], due);
	}
	s->work -= (last - first) / AGES_AS_CONSTRAINT;
	if (due == ALL_DUE)
	{
		w->due_first = Min(w->due_first, first);
		w->due_last = Max(w->due_last, last);
	}
	w->touched_first = Min(w->touched_first, first);
	w->touched_last = Max(w->touched_last, last);
}

/* Show a count, of a hidden cell with its customers. */
static void
show(Suppression *s, int variable)
{
	bool	   *hidden = s->cohort->cells[variable / OF_AGE].hidden;
	int			counts[] = {variable, C(variable / OF_AGE)};

	for (int i = 0; i < (int) lengthof(counts); i++)
		if (hidden[counts[i] % OF_AGE])
		{
			hidden[counts[i] % OF_AGE] = false;
			s->shown[s->nshown++] = counts[i];
		}
}

/* Show the hidden counts that are a variable which has too few values; false if one has to stay hidden. */
static bool
show_told(Suppression *s, int variable)
{
	int			last = s->cohort->ages - 1;
	int			first = Min(1, last);
	int			counts[] = {variable, T(0), W(first), T(first), S(first), W(last), S(last)};

	if (!is_told(s, variable))
		return true;
	for (int i = 0; i < (int) lengthof(counts); i++)
	{
		if (same_as(s, counts[i]) != variable || !is_told(s, counts[i]) ||
			!is_hidden(s, counts[i]) || is_known(s, counts[i]))
			continue;
		if (!may_be_shown(s, counts[i]))
			return false;
		show(s, counts[i]);
	}
	return true;
}

/* A hidden count is to have twice the least number of values, a streak that many, or all. */
static bool
has_too_few_values(const Suppression *s, int variable, const Bounds *b)
{
	int64		values = variable % OF_AGE == SUPPRESS_STREAK ? s->least : 2 * s->least;

	return b->high - b->low < Min(values - 1, s->cohort->size);
}

/* Narrow a variable's bounds; false if that tells a count which has to stay hidden. */
static bool
narrow_to(Suppression *s, int variable, int64 low, int64 high)
{
	World	   *w = s->world;
	Bounds	   *b = &w->bounds[variable];
	int			age = variable / OF_AGE;
	int			last = s->cohort->ages - 1;

	if (w->trials[variable] != s->trial)
	{
		w->trials[variable] = s->trial;
		w->before[w->nbefore++] = (Before) {variable, *b};
	}
	b->low = low;
	b->high = high;
	if (low > high)
		return false;
	if (is_everywhere(s, variable))
		set_due(s, 0, last, EVERYWHERE_DUE);
	set_due(s, age, Min(age + AGES_OF_VARIABLE - 1, last), ALL_DUE);
	return w != &s->known || !has_too_few_values(s, variable, b) || show_told(s, variable);
}

/* Narrow the bounds of a constraint's variables. */
static bool
take(Suppression *s, const Constraint *c, int age)
{
	const Bounds *bounds = s->world->bounds;
	int			variables[TERMS] = {0};
	int64		room = 0;

	for (int i = 0; i < c->n; i++)
	{
		const Bounds *b;

		variables[i] = c->variables[i] + (c->moves[i] ? VARIABLE(age, 0) : 0);
		b = &bounds[variables[i]];
		room -= c->factors[i] * (c->factors[i] > 0 ? b->low : b->high);
	}
	/* a variable may be above its lowest, or below its highest, by what room there is */
	for (int i = 0; i < c->n; i++)
	{
		Bounds		b = bounds[variables[i]];
		int64		most = room / abs(c->factors[i]);

		if (b.high - b.low <= most)
			continue;
		if (c->factors[i] < 0)
			b.low = b.high - most;
		else
			b.high = b.low + most;
		if (!narrow_to(s, variables[i], b.low, b.high))
			return false;
	}
	return true;
}

static bool
take_age(Suppression *s, int age, bool forwards)
{
	const Constraints *of_age = constraints_of(s, age);
	int			n = s->world->due[age] == ALL_DUE ? of_age->n : of_age->neverywhere;

	CHECK_FOR_INTERRUPTS();
	s->world->ndue--;
	s->world->due[age] = NOT_DUE;
	s->work -= n;
	if (s->work < s->work_after)
		return false;
	for (int i = 0; i < n; i++)
		if (!take(s, &of_age->constraints[forwards ? i : n - 1 - i], age))
			return false;
	return true;
}

/* Narrow by the constraints of some ages until none of them is due. */
static bool
narrow_within(Suppression *s, int first, int last)
{
	const uint8 *due = s->world->due;
	bool		changed;

	do
	{
		changed = false;
		for (int i = first; i <= last; i++)
			if (due[i] != NOT_DUE)
			{
				changed = true;
				if (!take_age(s, i, true))
					return false;
			}
		for (int i = last; i >= first; i--)
			if (due[i] != NOT_DUE && !take_age(s, i, false))
				return false;
		s->work -= (last - first) / AGES_AS_CONSTRAINT;
	} while (changed);
	return true;
}

/*
 * Narrow until nothing changes; false if a count that has to stay hidden is told.  What is told is
 * mostly near what is shown: that is looked at before changes are followed far from there.
 */
static bool
narrow_all(Suppression *s)
{
	World	   *w = s->world;
	int			last_age = s->cohort->ages - 1;
	int			first = Min(w->due_first, last_age);
	int			last = Max(w->due_last, first);

	for (int64 around = AGES_AROUND; w->ndue > 0; around *= 4)
		if (!narrow_within(s, Max(first - around, 0), Min(last + around, last_age)))
			return false;
	w->due_first = PG_INT32_MAX;
	w->due_last = -1;
	return true;
}

/* Take the counts that the trial shows, from one on, for known. */
static bool
take_shown(Suppression *s, int from)
{
	for (int i = from; i < s->nshown; i++)
	{
		int			variable = same_as(s, s->shown[i]);
		int64		value = count_of(s, s->shown[i]);
		const Bounds *b = &s->world->bounds[variable];

		if (value < b->low || value > b->high)
			return false;
		if (b->low < b->high && !narrow_to(s, variable, value, value))
			return false;
	}
	return true;
}

/*
 * Narrow W_i, or B_i, by T_j + C_(j+1) + ... + C_i <= T_i + (i - j) W_i for all j < i: taken from age to
 * age, with the T between hidden, W_i would be another count each time.  No C is above W_i, so that
 * most ages before are out of reach soon.
 */
static bool
take_runs(Suppression *s)
{
	World	   *w = &s->known;
	const Bounds *bounds = w->bounds;
	bool		anchored = s->cohort->anchored;
	int			first = Max(w->touched_first, 1);
	int			last = Min((int64) w->touched_last + LONGEST_RUN, s->cohort->ages - 1);

	for (int i = first; i <= last; i++)
	{
		int			variable = same_as(s, anchored ? B(i) : W(i));
		Bounds		b = bounds[variable];
		int64		low = b.low;
		int64		sum = -bounds[same_as(s, T(i))].high;

		if (s->work < s->work_after)
			return false;
		for (int j = i - 1; j >= (anchored ? 0 : 1) && i - j <= LONGEST_RUN; j--)
		{
			const Bounds *streak = &bounds[same_as(s, T(j))];
			int			n = i - j;

			s->work--;
			sum += bounds[same_as(s, C(j + 1))].low;
			low = Max(low, (sum + streak->low + n - 1) / n);
			if (streak->low == streak->high || sum <= (n - 1) * b.low)
				break;
		}
		if (low > b.low && !narrow_to(s, variable, low, b.high))
			return false;
	}
	return true;
}

/* Bounds by what is shown in the trial, and what has to be shown with it. */
static bool
settle_known(Suppression *s)
{
	int			done = 0;

	s->world = &s->known;
	do
	{
		int			from = done;

		done = s->nshown;
		if (!take_shown(s, from) || !narrow_all(s) || !take_runs(s))
			return false;
	} while (done < s->nshown || s->known.ndue > 0);
	return true;
}

/* The streak of a primary cell is not at its least: false if it cannot be. */
static bool
take_streak(Suppression *s, int age)
{
	int			variable = same_as(s, T(age));
	const Bounds *b = &s->streaks.bounds[variable];
	int64		low = s->known.bounds[variable].low + s->least - 1;

	return !s->primary[age] || is_known(s, T(age)) || low <= b->low ||
		narrow_to(s, variable, low, b->high);
}

/* Can many be in all streaks that stay hidden? */
static bool
settle_streaks(Suppression *s)
{
	if (!s->cohort->with_criteria)
		return true;
	s->world = &s->streaks;
	if (!take_shown(s, 0))
		return false;
	for (int i = 0; i < s->known.nbefore; i++)
	{
		int			variable = s->known.before[i].variable;

		if (same_as(s, T(variable / OF_AGE)) == variable && !take_streak(s, variable / OF_AGE))
			return false;
	}
	return narrow_all(s);
}

static void
begin_trial(Suppression *s)
{
	s->trial++;
	s->work_after = s->work - s->work / TRIALS_OF_WORK;
	s->nshown = 0;
	for (int i = 0; i < 2; i++)
	{
		World	   *w = i == 0 ? &s->known : &s->streaks;

		w->nbefore = 0;
		w->touched_first = PG_INT32_MAX;
		w->touched_last = -1;
	}
}

static void
undo_world(World *w)
{
	for (int i = 0; i < w->nbefore; i++)
		w->bounds[w->before[i].variable] = w->before[i].bounds;
	for (int i = w->touched_first; i <= w->touched_last; i++)
		w->due[i] = NOT_DUE;
	w->ndue = 0;
	w->due_first = PG_INT32_MAX;
	w->due_last = -1;
}

static void
undo(Suppression *s)
{
	undo_world(&s->known);
	undo_world(&s->streaks);
	for (int i = 0; i < s->nshown; i++)
		s->cohort->cells[s->shown[i] / OF_AGE].hidden[s->shown[i] % OF_AGE] = true;
}

/*
 * Would a count leave that of its column at the nearest primary age before it, or after it, too few
 * values, as S and T never rise and W and R never fall?  Most trials that fail do so for that: it is
 * not worth going there age by age.
 */
static bool
tells_of_column(const Suppression *s, int age, int column)
{
	int64		value = count_of(s, VARIABLE(age, column));
	bool		falls = column == SUPPRESS_SINCE || column == SUPPRESS_STREAK;
	int			nearest[] = {s->primary_before[age], s->primary_after[age]};

	if (column == SUPPRESS_CUSTOMERS)
		return false;
	for (int i = 0; i < 2; i++)
	{
		int			variable;
		Bounds		b;

		if (nearest[i] < 0 || is_known(s, VARIABLE(nearest[i], column)))
			continue;
		variable = same_as(s, VARIABLE(nearest[i], column));
		b = s->known.bounds[variable];
		if ((i == 1) == falls)
			b.high = Min(b.high, value);
		else
			b.low = Max(b.low, value);
		if (has_too_few_values(s, variable, &b))
			return true;
	}
	return false;
}

/*
 * Show a column's counts at ages, and what they tell, unless that leaves another hidden count too few
 * values; false if it does.
 */
bool
suppression_show(Suppression *s, int column, int first, int last)
{
	begin_trial(s);
	s->work -= (last - first) / AGES_AS_CONSTRAINT;
	for (int i = first; i <= last; i++)
	{
		if (!is_hidden(s, VARIABLE(i, column)) || !may_be_shown(s, VARIABLE(i, column)))
			continue;
		if (tells_of_column(s, i, column))
		{
			undo(s);
			return false;
		}
		show(s, VARIABLE(i, column));
	}
	if (s->nshown == 0 || (settle_known(s) && settle_streaks(s)))
		return true;
	undo(s);
	return false;
}

static void
create_world(Suppression *s, World *w)
{
	int			ages = s->cohort->ages;
	int			n = s->nvariables;

	w->bounds = palloc_extended(n * sizeof(Bounds), MCXT_ALLOC_HUGE);
	w->before = palloc_extended(n * sizeof(Before), MCXT_ALLOC_HUGE);
	w->trials = palloc0(n * sizeof(int));
	w->due = palloc0(ages * sizeof(*w->due));
	w->due_first = PG_INT32_MAX;
	w->due_last = -1;
	for (int i = 0; i < n; i++)
	{
		bool		known = is_known(s, i);

		w->bounds[i].low = known ? count_of(s, i) : 0;
		w->bounds[i].high = known ? count_of(s, i) : s->cohort->size;
	}
}

static void
find_primaries(Suppression *s)
{
	int			ages = s->cohort->ages;
	int			nearest = -1;

	s->primary_before = palloc(ages * sizeof(int));
	s->primary_after = palloc(ages * sizeof(int));
	for (int i = 0; i < ages; i++)
	{
		s->primary_before[i] = nearest;
		if (s->primary[i])
			nearest = i;
	}
	nearest = -1;
	for (int i = ages - 1; i >= 0; i--)
	{
		s->primary_after[i] = nearest;
		if (s->primary[i])
			nearest = i;
	}
}

/* With all counts hidden, but for those that are not held for it. */
Suppression *
suppression_create(SuppressionCohort *cohort, int64 least, bool *primary)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention suppression",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Suppression *s = palloc0(sizeof(Suppression));
	int			ages = cohort->ages;

	s->context = context;
	s->cohort = cohort;
	s->least = least;
	s->primary = primary;
	s->nvariables = ages * OF_AGE;
	s->shown = palloc((Size) ages * SUPPRESS_COLUMNS * sizeof(int));
	s->work = ages * WORK_OF_AGE + WORK_AT_LEAST;
	for (int i = 0; i < Min(ages - 1, BETWEEN + 1); i++)
		add_age(s, &s->constraints[i], i);
	add_age(s, &s->constraints[LAST_AGE], ages - 1);
	find_primaries(s);
	create_world(s, &s->known);
	create_world(s, &s->streaks);
	MemoryContextSwitchTo(caller);
	for (int i = 0; i < ages; i++)
		memset(cohort->cells[i].hidden, true, sizeof(cohort->cells[i].hidden));
	begin_trial(s);
	s->work_after = 0;
	s->world = &s->streaks;
	set_due(s, 0, ages - 1, ALL_DUE);
	for (int i = 0; i < ages; i++)
		(void) take_streak(s, i);
	s->world = &s->known;
	set_due(s, 0, ages - 1, ALL_DUE);
	if (!settle_known(s) || !settle_streaks(s))
	{
		undo(s);
		s->work = 0;
	}
	return s;
}

void
suppression_free(Suppression *s)
{
	MemoryContextDelete(s->context);
}
