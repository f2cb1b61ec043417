/*
 * forecast.h
 *		The pictures of a model of repeat buying, each a stand-alone SVG that is
 *		appended, and its part of a page.
 */
#ifndef RETENTION_FORECAST_H
#define RETENTION_FORECAST_H

#include "core/repeat_curve.h"
#include "draw/svg.h"

/* Customers by number of repeat order days, the last for all from there on. */
#define FREQUENCY_BARS 12

typedef struct OrderFrequencies
{
	int64		actual[FREQUENCY_BARS];
	double		expected[FREQUENCY_BARS];
} OrderFrequencies;

/* Repeat order days to date: those that came, those that were expected, and where the fit ends. */
extern void chart_expected(StringInfo buf, const RepeatCurve *curve, const char *model,
						   const char *title);

/* Customers by number of repeat order days, beside those expected. */
extern void chart_frequencies(StringInfo buf, const OrderFrequencies *frequencies,
							  const char *model, const char *title);

/* What a page has of a model; NULL is what was not asked for. */
typedef struct ForecastPart
{
	const char *model;			/* its name and status */
	const char *status;
	int32		as_of;			/* first day that it has not seen */
	int64		customers;		/* that it was fitted to */
	const RepeatCurve *curve;
	const OrderFrequencies *frequencies;
	int32		from;			/* day from which ... */
	int64		days;			/* ... so many are foretold: */
	const ModelTotal *total;	/* of counts without a holdout */
	const Accuracy *accuracies; /* of counts with one: MODEL_RIVALS, ... */
	double		actual;			/* ... order days that came in it, ... */
	double		expected;		/* ... and those that were expected */
} ForecastPart;

extern void page_append_forecast(StringInfo buf, const ForecastPart *part);

#endif							/* RETENTION_FORECAST_H */
