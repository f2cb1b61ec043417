/*
 * fit.h
 *		From where a likelihood is stationary to a model.
 */
#ifndef RETENTION_FIT_H
#define RETENTION_FIT_H

#include "core/model/newton.h"

/* A parameter whose logarithm is further from its scale's than this is at a boundary. */
#define FIT_BOUNDARY NEWTON_FAR

/* As is the direction of an eigenvalue of the negative Hessian below this, whatever the number of customers. */
#define FIT_CURVATURE 1e-3

/* Of the steepness of a maximum. */
#define FIT_TOLERANCE 1e-9

/* Parameters, covariance, likelihood, iterations, gradient of a stationary point. */
extern void fit_finish(const Newton *n, Model *model);

/*
 * Which parameter the data say nothing of, or -1: one at a boundary, or the one
 * that the flattest direction has most of.
 */
extern int	fit_boundary(const Newton *n);

#endif							/* RETENTION_FIT_H */
