/*
 * suppression_bounds.c
 *		Bounds of the hidden counts of a cohort that follow from what is shown; see suppression.h.
 *
 * Bounds are narrowed in passes over the ages, forwards and backwards by turns, until none
 * changes.  Which count is hidden next depends on the order in which they were narrowed.  So a
 * round, which starts anew with one or a few more counts hidden, has to take the same steps as
 * if it went over all; but nearly all are those of the round before.  Hence:
 *
 *	- The constraints of an age are passed over unless one of their variables has changed
 *	  since they were last taken (due): they would narrow nothing, as the room of a constraint
 *	  does not depend on the bounds that it narrows.
 *	- The bounds that the last round had at the same step are followed beside those of this
 *	  one (before).  Where all variables of an age's constraints are as they were, what
 *	  the last round narrowed there is copied from its steps.
 *	- Where nothing was found to hide for a count, the search is not made again as long as the
 *	  bounds of the ages that it went over come from the same constraints: what has been
 *	  hidden since was not among what it saw.
 *
 * A round thus costs what it changes, and a step for each bound; a few passes over all ages.
 */
#include "core/suppression_bounds.h"

#include "miscadmin.h"
#include "utils/memutils.h"

/* For each variable; a round has fewer but for rings that narrow a bound again and again. */
#define STEPS_OF_VARIABLE 4

/* The most constraints that add_age() adds. */
#define CONSTRAINTS_OF_AGE 30

/* How many ages have constraints of a variable, but for what all came back and the like. */
#define AGES_OF_MOST 3

#define C(i) VARIABLE(i, SUPPRESS_CUSTOMERS)
#define S(i) VARIABLE(i, SUPPRESS_SINCE)
#define W(i) VARIABLE(i, SUPPRESS_WITHIN)
#define T(i) VARIABLE(i, SUPPRESS_STREAK)
#define R(i) VARIABLE(i, SUPPRESS_REPEAT)
#define G(i) VARIABLE(i, NOT_BACK)
#define N(i) VARIABLE(i, NOT_YET)

/*
 * Counts that are the same by definition are one variable, so that no narrowing takes them
 * for independent.
 */
int
suppression_same_as(const Suppression *s, int variable)
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
add_constraint(Suppression *s, int age, int n_left, int n, const int *variables)
{
	Constraint *c = &s->constraints[s->nconstraints];

	c->n = 0;
	for (int i = 0; i < n; i++)
	{
		int			variable = suppression_same_as(s, variables[i]);
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
	s->nconstraints++;
	for (int i = 0; i < c->n; i++)
	{
		Span	   *span = &s->spans[c->variables[i]];

		span->first = Min(span->first, age);
		span->last = Max(span->last, age);
	}
}

#define AT_MOST(s, n_left, ...) \
	add_constraint(s, i, n_left, lengthof(((int[]) {__VA_ARGS__})), (const int[]) {__VA_ARGS__})

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
start_bounds(Suppression *s, int age)
{
	for (int i = VARIABLE(age, 0); i < VARIABLE(age + 1, 0); i++)
	{
		Variable   *v = &s->start[i];
		bool		hidden = is_hidden(s, i) && !is_known(s, i);

		v->low = hidden ? 0 : count_of(s, i);
		v->high = hidden ? s->cohort->size : count_of(s, i);
		v->low_from = v->high_from = NO_CONSTRAINT;
	}
}

static void
compare(Suppression *s, int variable)
{
	const Variable *v = &s->variables[variable];
	const Variable *w = &s->before[variable];
	const Span *span = &s->spans[variable];
	bool		differs = v->low != w->low || v->high != w->high;
	int			more = differs ? 1 : -1;

	if (s->differs[variable] == differs)
		return;
	s->differs[variable] = differs;
	if (span->last - span->first >= AGES_OF_MOST)
		s->differing_anywhere += more;
	else
		for (int i = span->first; i <= span->last; i++)
			s->differing[i] += more;
}

static void
take_step(Variable *variables, const Step *step)
{
	Variable   *v = &variables[step->variable];

	if (step->low)
	{
		v->low = step->bound;
		v->low_from = step->constraint;
	}
	else
	{
		v->high = step->bound;
		v->high_from = step->constraint;
	}
}

static void
change(Suppression *s, const Step *step)
{
	const Span *span = &s->spans[step->variable];

	take_step(s->variables, step);
	s->nchanged++;
	memset(s->due + span->first, true, span->last - span->first + 1);
	if (s->steps.n < (int64) s->nvariables * STEPS_OF_VARIABLE)
		s->steps.steps[s->steps.n++] = *step;
	else
		s->steps.all = false;
}

/* Narrow the bounds of a constraint's variables. */
static void
narrow(Suppression *s, int pass, int age, int number)
{
	const Constraint *c = &s->constraints[number];
	int64		room = 0;

	for (int i = 0; i < c->n; i++)
	{
		const Variable *v = &s->variables[c->variables[i]];

		room -= c->factors[i] * (c->factors[i] > 0 ? v->low : v->high);
	}
	/* a variable may be above its lowest, or below its highest, by what room there is */
	for (int i = 0; i < c->n; i++)
	{
		const Variable *v = &s->variables[c->variables[i]];
		bool		low = c->factors[i] < 0;
		int64		most = room / abs(c->factors[i]);
		Step		step;

		if (v->high - v->low <= most)
			continue;
		step.bound = low ? v->high - most : v->low + most;
		step.pass = pass;
		step.age = age;
		step.constraint = number;
		step.variable = c->variables[i];
		step.low = low;
		change(s, &step);
		compare(s, step.variable);
	}
}

static void
narrow_age(Suppression *s, int pass, int age)
{
	const Steps *before = &s->steps_before;
	bool		as_before = before->all && s->differing[age] == 0 && s->differing_anywhere == 0;
	int			first = s->first_constraint[age];
	int			last = s->first_constraint[age + 1] - 1;

	if (as_before)
		s->due[age] = false;
	else if (s->due[age])
	{
		s->due[age] = false;
		if (pass % 2 == 0)
			for (int i = first; i <= last; i++)
				narrow(s, pass, age, i);
		else
			for (int i = last; i >= first; i--)
				narrow(s, pass, age, i);
	}
	for (; s->next_before < before->n; s->next_before++)
	{
		const Step *step = &before->steps[s->next_before];

		if (step->pass != pass || step->age != age)
			break;
		take_step(s->before, step);
		if (as_before)
			change(s, step);
		else
			compare(s, step->variable);
	}
}

static void
narrow_all(Suppression *s)
{
	int			ages = s->cohort->ages;
	int64		nchanged;
	int			pass = 0;

	memset(s->due, true, ages * sizeof(bool));
	do
	{
		nchanged = s->nchanged;
		for (int i = 0; i < ages; i++)
			narrow_age(s, pass, i);
		pass++;
		for (int i = ages - 1; i >= 0; i--)
			narrow_age(s, pass, i);
		pass++;
		CHECK_FOR_INTERRUPTS();
	} while (s->nchanged > nchanged);
	for (; s->next_before < s->steps_before.n; s->next_before++)
		take_step(s->before, &s->steps_before.steps[s->next_before]);
}

/* Bounds of the counts that are hidden now, beside those of the round before. */
static void
begin_round(Suppression *s)
{
	Steps		steps = s->steps_before;
	Size		size = s->nvariables * sizeof(Variable);

	s->steps_before = s->steps;
	s->steps = steps;
	s->steps.n = 0;
	s->steps.all = true;
	s->next_before = 0;
	memcpy(s->before, s->start, size);
	for (int i = 0; i < s->cohort->ages; i++)
		if (s->hidden_at[i])
			start_bounds(s, i);
	memset(s->hidden_at, false, s->cohort->ages * sizeof(bool));
	memcpy(s->variables, s->start, size);
	for (int i = 0; i < s->nvariables; i++)
		compare(s, i);
}

static void
end_round(Suppression *s)
{
	for (int i = 0; i < s->cohort->ages; i++)
	{
		bool		changed = !s->steps_before.all;

		for (int j = VARIABLE(i, 0); j < VARIABLE(i + 1, 0); j++)
			changed |= s->variables[j].low_from != s->before[j].low_from ||
				s->variables[j].high_from != s->before[j].high_from;
		s->changed_ages[i + 1] = s->changed_ages[i] + changed;
	}
}

/* A round: from the counts that are hidden now. */
void
suppression_narrow(Suppression *s)
{
	begin_round(s);
	narrow_all(s);
	end_round(s);
}

Suppression *
suppression_create(SuppressionCohort *cohort, int64 least)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "retention suppression",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Suppression *s = palloc0(sizeof(Suppression));
	int			ages = cohort->ages;
	int			n = ages * OF_AGE;

	s->context = context;
	s->cohort = cohort;
	s->least = least;
	s->nvariables = n;
	s->start = palloc_extended(n * sizeof(Variable), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	s->variables = palloc_extended(n * sizeof(Variable), MCXT_ALLOC_HUGE);
	s->before = palloc_extended(n * sizeof(Variable), MCXT_ALLOC_HUGE);
	s->constraints = palloc_extended((Size) ages * CONSTRAINTS_OF_AGE * sizeof(Constraint),
									 MCXT_ALLOC_HUGE);
	s->first_constraint = palloc((ages + 1) * sizeof(int));
	s->spans = palloc(n * sizeof(Span));
	s->in_vain = palloc(n * sizeof(Span));
	s->due = palloc(ages * sizeof(bool));
	s->hidden_at = palloc(ages * sizeof(bool));
	s->differs = palloc0(n * sizeof(bool));
	s->differing = palloc0(ages * sizeof(int));
	s->changed_ages = palloc0((ages + 1) * sizeof(int));
	s->steps.steps = palloc_extended((Size) n * STEPS_OF_VARIABLE * sizeof(Step), MCXT_ALLOC_HUGE);
	s->steps_before.steps = palloc_extended((Size) n * STEPS_OF_VARIABLE * sizeof(Step),
											MCXT_ALLOC_HUGE);
	for (int i = 0; i < n; i++)
		s->spans[i] = s->in_vain[i] = NO_AGES;
	for (int i = 0; i < ages; i++)
	{
		s->first_constraint[i] = s->nconstraints;
		add_age(s, i);
	}
	s->first_constraint[ages] = s->nconstraints;
	Assert(s->nconstraints <= ages * CONSTRAINTS_OF_AGE);
	memset(s->hidden_at, true, ages * sizeof(bool));
	MemoryContextSwitchTo(caller);
	return s;
}

void
suppression_free(Suppression *s)
{
	MemoryContextDelete(s->context);
}
