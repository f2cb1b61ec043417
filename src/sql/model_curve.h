/*
 * model_curve.h
 *		A summary by day beside what a model of repeat buying expects.
 */
#ifndef RETENTION_MODEL_CURVE_H
#define RETENTION_MODEL_CURVE_H

#include "core/repeat_curve.h"
#include "sql/model_value.h"
#include "sql/reports.h"

/* The curve of a summary; 22023.  False if it has no orders. */
extern bool model_curve_read(Datum summary, const ReportLimit *limit, const StoredModel *model,
							 RepeatCurve *curve);

/* as_of of an argument, or today. */
extern ReportLimit model_curve_limit(FunctionCallInfo fcinfo, int as_of_argument);

#endif							/* RETENTION_MODEL_CURVE_H */
