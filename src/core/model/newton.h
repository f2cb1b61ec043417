/*
 * newton.h
 *		The maximum of a function of up to four variables, with its derivatives.
 */
#ifndef RETENTION_NEWTON_H
#define RETENTION_NEWTON_H

#include "core/model/model.h"

typedef double (*NewtonFunction) (void *data, const double *at, double *gradient,
								  double hessian[][MODEL_MAX_PARAMETERS]);

typedef struct Newton
{
	int			dimensions;
	double		scale;			/* customers: the gradient is judged by its part of each */
	double		tolerance;		/* of the largest derivative / scale */
	bool		each_way;		/* limit a step in each direction by itself, see newton.c */
	double		center[MODEL_MAX_PARAMETERS];	/* no variable goes further from it than NEWTON_BOX */

	/* where to begin; then where it ended, and what is there */
	double		at[MODEL_MAX_PARAMETERS];
	double		value;
	double		gradient[MODEL_MAX_PARAMETERS];
	double		hessian[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		steepness;		/* largest derivative / scale, of variables that are not held by the box */
	int			iterations;
	bool		stationary;
} Newton;

/*
 * Where a maximum is at infinity the way there has no end: each step is one more e-fold, for
 * less and less.  A variable further than NEWTON_FAR from its center is on that way, and
 * the function as good as at its end when a step is to rise by less than NEWTON_REST, or
 * than that part of its value.
 */
#define NEWTON_FAR 9.2
#define NEWTON_REST 1e-4
#define NEWTON_REST_PART 1e-10
#define NEWTON_BOX 12.0
#define NEWTON_SIDE 0.01		/* so near the side of the box is at it */

extern void newton_maximize(Newton *n, NewtonFunction f, void *data);

/* Ascending eigenvalues of a symmetric matrix, which is destroyed; vectors are columns. */
extern void newton_eigen(int n, double m[][MODEL_MAX_PARAMETERS], double *values,
						 double vectors[][MODEL_MAX_PARAMETERS]);

#endif							/* RETENTION_NEWTON_H */
