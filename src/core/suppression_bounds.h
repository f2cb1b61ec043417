/*
 * suppression_bounds.h
 *		Bounds of the hidden counts of a cohort that follow from what is shown; see suppression.h.
 */
#ifndef RETENTION_SUPPRESSION_BOUNDS_H
#define RETENTION_SUPPRESSION_BOUNDS_H

#include "core/suppression.h"

#define TERMS 6

/* The most constraints of an age. */
#define CONSTRAINTS_OF_AGE 45

/*
 * The sum of variables, each times a factor, is at most 0.  Those that move are numbers of
 * variables from the first of the constraint's age, the others are of the same age for all.
 */
typedef struct Constraint
{
	int			n;
	int			variables[TERMS];
	int			factors[TERMS];
	bool		moves[TERMS];
} Constraint;

typedef struct Constraints
{
	int			n;
	int			neverywhere;	/* the first have variables that are in constraints of all ages */
	Constraint	constraints[CONSTRAINTS_OF_AGE];
} Constraints;

/* The first ages and the last have constraints of their own; all between them have the same. */
#define FIRST_AGES 4
#define BETWEEN FIRST_AGES
#define LAST_AGE (FIRST_AGES + 1)
#define AGE_KINDS (FIRST_AGES + 2)

/* Which constraints of an age are to be taken. */
typedef enum Due
{
	NOT_DUE,
	EVERYWHERE_DUE,
	ALL_DUE
} Due;

typedef struct Bounds
{
	int64		low;
	int64		high;
} Bounds;

/* What a variable's bounds were before the trial. */
typedef struct Before
{
	int			variable;
	Bounds		bounds;
} Before;

/* Bounds of all variables, and what is to be done for them. */
typedef struct World
{
	Bounds	   *bounds;			/* of each variable */
	uint8	   *due;			/* of each age: a Due */
	int			ndue;
	int			due_first;		/* none but by what concerns all ages is due before it, ... */
	int			due_last;		/* ... or after it */
	int			touched_first;	/* of the trial: no others have been due */
	int			touched_last;
	int		   *trials;			/* of each variable: the last trial that narrowed it */
	Before	   *before;			/* of those that the present one has */
	int			nbefore;
} World;

typedef struct Suppression
{
	MemoryContext context;		/* of all this */
	SuppressionCohort *cohort;
	int64		least;
	bool	   *primary;		/* of each age: is it hidden for what it is itself? */
	int		   *primary_before; /* of each age: the nearest such age, or -1 */
	int		   *primary_after;
	int			nvariables;
	Constraints constraints[AGE_KINDS];
	World		known;			/* bounds that follow from what is shown, ... */
	World		streaks;		/* ... and from many being in the streaks that stay hidden */
	World	   *world;			/* either */
	int			trial;
	int		   *shown;			/* counts that the trial shows */
	int			nshown;
	int64		work;			/* how many constraints more may be taken, ... */
	int64		work_after;		/* ... and what the trial has to leave of them */
} Suppression;

/*
 * Beside the columns what is known better than either count of its difference where both
 * are hidden: the customers with two orders at age 0 who have not come back, G = R - W;
 * and who will, N = S_1 - W.  Of anchored cohorts, where R - W tells nothing, instead of G the
 * customers with an order so far, B.
 */
#define NOT_BACK SUPPRESS_COLUMNS
#define HAVE_ORDERED NOT_BACK
#define NOT_YET (SUPPRESS_COLUMNS + 1)
#define OF_AGE (SUPPRESS_COLUMNS + 2)

/* A count, or what is only derived from counts. */
#define VARIABLE(age, column) ((age) * OF_AGE + (column))

/* Is the count one that anybody is shown?  Those of summaries of version 1 lack two. */
static inline bool
is_told(const Suppression *s, int variable)
{
	int			column = variable % OF_AGE;

	return column < SUPPRESS_COLUMNS &&
		(s->cohort->with_criteria || (column != SUPPRESS_WITHIN && column != SUPPRESS_STREAK));
}

static inline bool
is_hidden(const Suppression *s, int variable)
{
	return !is_told(s, variable) ||
		s->cohort->cells[variable / OF_AGE].hidden[variable % OF_AGE];
}

/* At age 0 nobody is within, and all of a cohort by first orders is customers, since and streak. */
static inline bool
is_known(const Suppression *s, int variable)
{
	int			column = variable % OF_AGE;

	return variable < OF_AGE &&
		(column == SUPPRESS_WITHIN ||
		 (!s->cohort->anchored && column != SUPPRESS_REPEAT && column < SUPPRESS_COLUMNS));
}

/* May it be shown, if that tells no other too well?  Of anchored cohorts R may not. */
static inline bool
may_be_shown(const Suppression *s, int variable)
{
	return is_told(s, variable) && !s->primary[variable / OF_AGE] &&
		!(s->cohort->anchored && variable % OF_AGE == SUPPRESS_REPEAT);
}

static inline int64
count_of(const Suppression *s, int variable)
{
	return s->cohort->cells[variable / OF_AGE].counts[variable % OF_AGE];
}

#define C(i) VARIABLE(i, SUPPRESS_CUSTOMERS)
#define S(i) VARIABLE(i, SUPPRESS_SINCE)
#define W(i) VARIABLE(i, SUPPRESS_WITHIN)
#define T(i) VARIABLE(i, SUPPRESS_STREAK)
#define R(i) VARIABLE(i, SUPPRESS_REPEAT)
#define G(i) VARIABLE(i, NOT_BACK)
#define B(i) VARIABLE(i, HAVE_ORDERED)
#define N(i) VARIABLE(i, NOT_YET)

/*
 * Counts that are the same by definition are one variable, so that no narrowing takes them
 * for independent.
 */
static inline int
same_as(const Suppression *s, int variable)
{
	int			last = s->cohort->ages - 1;

	if ((variable == T(0) || variable == B(0)) && s->cohort->anchored)
		return C(0);
	if (variable == B(last) && s->cohort->anchored)
		return S(0);
	if (variable == W(last) && last > 0)
		variable = S(1);
	if (variable == S(last))
		return C(last);
	if (last > 0 && (variable == W(1) || (variable == T(1) && !s->cohort->anchored)))
		return C(1);
	return variable;
}

/* Is it in constraints of all ages? */
static inline bool
is_everywhere(const Suppression *s, int variable)
{
	int			last = s->cohort->ages - 1;

	if (last > 0 && variable == same_as(s, S(1)))
		return true;
	if (s->cohort->anchored)
		return variable == R(0) || variable == C(0) || variable == S(0) || variable == T(1) ||
			variable == R(last);
	return variable == R(last);
}

extern Suppression *suppression_create(SuppressionCohort *cohort, int64 least, bool *primary);
extern void suppression_free(Suppression *s);
extern bool suppression_show(Suppression *s, int column, int first, int last);

#endif							/* RETENTION_SUPPRESSION_BOUNDS_H */
