/*
 * suppression_bounds.h
 *		Bounds of the hidden counts of a cohort that follow from what is shown; see suppression.h.
 */
#ifndef RETENTION_SUPPRESSION_BOUNDS_H
#define RETENTION_SUPPRESSION_BOUNDS_H

#include "core/suppression.h"

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

/* A bound that has been narrowed. */
typedef struct Step
{
	int64		bound;
	int			pass;
	int			age;			/* whose constraint it was */
	int			constraint;
	int			variable;
	bool		low;
} Step;

typedef struct Steps
{
	Step	   *steps;
	int64		n;
	bool		all;			/* none has been left out for want of room */
} Steps;

/* The ages of the constraints that a variable is in, none if the last is below the first. */
typedef struct Span
{
	int			first;
	int			last;
} Span;

#define NO_AGES ((Span) {PG_INT32_MAX, -1})

typedef struct Suppression
{
	MemoryContext context;		/* of all this */
	SuppressionCohort *cohort;
	int64		least;
	int			nvariables;
	Variable   *start;			/* bounds by themselves */
	Variable   *variables;
	Variable   *before;			/* those of the round before */
	Constraint *constraints;
	int			nconstraints;
	int		   *first_constraint;	/* of each age, and of one more */
	Span	   *spans;			/* of each variable */
	bool	   *due;			/* of each age: are its constraints to be taken? */
	bool	   *hidden_at;		/* of each age: has a count been hidden since the round began? */
	bool	   *differs;		/* of each variable: from the round before at the same step */
	int		   *differing;		/* of each age: how many do, of its constraints */
	int			differing_anywhere; /* how many do that are in constraints of many ages */
	Steps		steps;
	Steps		steps_before;
	int64		next_before;
	int64		nchanged;
	int		   *changed_ages;	/* how many ages before each have bounds of other constraints than in the
								 * round before */
	Span	   *in_vain;		/* of each variable: ages that a search went over and found nothing */
	Span	   *search;			/* the present one's */
} Suppression;

/*
 * Beside the columns what is known better than either count of its difference where both
 * are hidden: the customers with two orders at age 0 who have not come back, G = R - W;
 * and who will, N = S_1 - W.
 */
#define NOT_BACK SUPPRESS_COLUMNS
#define NOT_YET (SUPPRESS_COLUMNS + 1)
#define OF_AGE (SUPPRESS_COLUMNS + 2)

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

static inline int64
count_of(const Suppression *s, int variable)
{
	return s->cohort->cells[variable / OF_AGE].counts[variable % OF_AGE];
}

extern int	suppression_same_as(const Suppression *s, int variable);
extern Suppression *suppression_create(SuppressionCohort *cohort, int64 least);
extern void suppression_free(Suppression *s);
extern void suppression_narrow(Suppression *s);

#endif							/* RETENTION_SUPPRESSION_BOUNDS_H */
