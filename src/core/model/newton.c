/*
 * newton.c
 *		Newton's method with a Hessian that is made negative definite.
 *
 * In the basis of the eigenvectors of the negative Hessian a step is gradient /
 * |eigenvalue|: uphill in each direction, away from saddle points, and Newton's own
 * where the function is concave (J. Nocedal, S. J. Wright, Numerical optimization, 2nd
 * edition 2006, section 3.4).  Steps are no longer than NEWTON_STEP and halved until the
 * function rises enough.
 *
 * Along a ridge that is nearly flat a step may have no end, as where only the ratio of two
 * parameters matters; made shorter as a whole, it then has next to nothing left of the other
 * directions, and ends at the side of the box.  With each_way the step in each direction is no longer
 * than NEWTON_STEP.  That comes to a maximum where the other way does not, and, more rarely, to a lower one
 * where that does: it is for a second try.
 */
#include "core/model/newton.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define NEWTON_STEP 1.5
#define NEWTON_ITERATIONS 200
#define NEWTON_HALVINGS 30
#define NEWTON_FLOOR 1e-11		/* of eigenvalues / scale */

/* By rotations: C. G. J. Jacobi 1846; for so few variables there is nothing better. */
void
newton_eigen(int n, double m[][MODEL_MAX_PARAMETERS], double *values,
			 double vectors[][MODEL_MAX_PARAMETERS])
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			vectors[i][j] = i == j;
	for (int sweep = 0; sweep < 50; sweep++)
	{
		bool		done = true;

		for (int p = 0; p < n; p++)
		{
			for (int q = p + 1; q < n; q++)
			{
				double		theta,
							t,
							c,
							s;

				if (fabs(m[p][q]) <= DBL_EPSILON * sqrt(fabs(m[p][p])) * sqrt(fabs(m[q][q])))
					continue;
				done = false;
				theta = (m[q][q] - m[p][p]) / (2 * m[p][q]);
				t = copysign(1, theta) / (fabs(theta) + hypot(theta, 1));
				c = 1 / hypot(t, 1);
				s = t * c;
				for (int k = 0; k < n; k++)
				{
					double		kp = m[k][p];
					double		kq = m[k][q];

					m[k][p] = c * kp - s * kq;
					m[k][q] = s * kp + c * kq;
				}
				for (int k = 0; k < n; k++)
				{
					double		pk = m[p][k];
					double		qk = m[q][k];

					m[p][k] = c * pk - s * qk;
					m[q][k] = s * pk + c * qk;
				}
				m[p][q] = m[q][p] = 0;
				for (int k = 0; k < n; k++)
				{
					double		kp = vectors[k][p];
					double		kq = vectors[k][q];

					vectors[k][p] = c * kp - s * kq;
					vectors[k][q] = s * kp + c * kq;
				}
			}
		}
		if (done)
			break;
	}
	for (int i = 0; i < n; i++)
		values[i] = m[i][i];
	for (int i = 0; i < n; i++)
	{
		int			least = i;
		double		keep;

		for (int j = i + 1; j < n; j++)
			if (values[j] < values[least])
				least = j;
		keep = values[i];
		values[i] = values[least];
		values[least] = keep;
		for (int k = 0; k < n; k++)
		{
			keep = vectors[k][i];
			vectors[k][i] = vectors[k][least];
			vectors[k][least] = keep;
		}
	}
}

static bool
is_at_side(const Newton *n, int i)
{
	return fabs(n->at[i] - n->center[i]) >= NEWTON_BOX - NEWTON_SIDE;
}

/* Would this, the gradient or a step, lead out of the box? */
static bool
leads_out(const Newton *n, int i, const double *direction)
{
	return is_at_side(n, i) && (n->at[i] - n->center[i]) * direction[i] > 0;
}

static bool
is_far(const Newton *n)
{
	for (int i = 0; i < n->dimensions; i++)
		if (fabs(n->at[i] - n->center[i]) > NEWTON_FAR)
			return true;
	return false;
}

static double
steepness(const Newton *n)
{
	double		largest = 0;

	for (int i = 0; i < n->dimensions; i++)
		if (!leads_out(n, i, n->gradient))
			largest = fmax(largest, fabs(n->gradient[i]));
	return largest / n->scale;
}

/* The step uphill of the variables that are not held, without limit but for each_way. */
static void
find_step(const Newton *n, const bool *held, double *step)
{
	double		m[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		vectors[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];
	double		values[MODEL_MAX_PARAMETERS];
	int			d = n->dimensions;

	for (int i = 0; i < d; i++)
		for (int j = 0; j < d; j++)
			m[i][j] = held[i] || held[j] ? (i == j) * n->scale : -n->hessian[i][j];
	newton_eigen(d, m, values, vectors);
	memset(step, 0, sizeof(double) * d);
	for (int k = 0; k < d; k++)
	{
		double		along = 0;

		for (int i = 0; i < d; i++)
			along += held[i] ? 0 : vectors[i][k] * n->gradient[i];
		along /= fmax(fabs(values[k]), NEWTON_FLOOR * n->scale);
		if (n->each_way)
			along = fmin(fmax(along, -NEWTON_STEP), NEWTON_STEP);
		for (int i = 0; i < d; i++)
			step[i] += along * vectors[i][k];
	}
}

/* The step uphill into `step`; returns its rise by the gradient. */
static double
uphill(const Newton *n, double *step)
{
	bool		held[MODEL_MAX_PARAMETERS] = {false};
	bool		out = true;
	double		length = 0;
	double		rise = 0;
	int			d = n->dimensions;

	for (int i = 0; i < d; i++)
		held[i] = leads_out(n, i, n->gradient);

	/*
	 * Along a ridge a step may lead out of the box where the gradient does not.  Cut in that
	 * direction only it would leave the ridge, and next to nothing of it would be uphill.
	 */
	while (out)
	{
		find_step(n, held, step);
		out = false;
		for (int i = 0; i < d; i++)
			if (!held[i] && leads_out(n, i, step))
				held[i] = out = true;
	}
	for (int i = 0; i < d; i++)
		length += step[i] * step[i];
	length = sqrt(length);
	for (int i = 0; i < d; i++)
	{
		if (length > NEWTON_STEP && !n->each_way)
			step[i] *= NEWTON_STEP / length;
		rise += step[i] * n->gradient[i];
	}
	return rise;
}

void
newton_maximize(Newton *n, NewtonFunction f, void *data)
{
	int			d = n->dimensions;

	n->iterations = 0;
	n->value = f(data, n->at, n->gradient, n->hessian);
	n->stationary = false;
	if (!isfinite(n->value))
		return;
	while ((n->steepness = steepness(n)) >= n->tolerance)
	{
		double		step[MODEL_MAX_PARAMETERS];
		double		rise = uphill(n, step);
		Newton		next = *n;
		int			halvings;

		if (is_far(n) && rise < fmax(NEWTON_REST, NEWTON_REST_PART * fabs(n->value)))
			break;
		if (n->iterations >= NEWTON_ITERATIONS || !isfinite(rise))
			return;

		/* a rise below the last bits of the value cannot be seen; then the gradient must fall */
		for (halvings = 0; halvings < NEWTON_HALVINGS; halvings++)
		{
			double		part = ldexp(1, -halvings);

			for (int i = 0; i < d; i++)
				next.at[i] = fmin(fmax(n->at[i] + part * step[i], n->center[i] - NEWTON_BOX),
								  n->center[i] + NEWTON_BOX);
			next.value = f(data, next.at, next.gradient, next.hessian);
			if (!isfinite(next.value))
				continue;
			if (next.value >= n->value + 1e-4 * part * rise &&
				part * rise > 1e-13 * fabs(n->value))
				break;
			if (fabs(next.value - n->value) <= 1e-12 * fabs(n->value) &&
				steepness(&next) < 0.9 * n->steepness)
				break;
		}
		if (halvings == NEWTON_HALVINGS)
			return;
		next.iterations++;
		*n = next;
	}
	n->stationary = true;
}
