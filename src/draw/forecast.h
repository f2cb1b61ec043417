/*
 * forecast.h
 *		The pictures of a model, of repeat buying or of contracts, each a stand-alone
 *		SVG that is appended, and their part of a page.
 */
#ifndef RETENTION_FORECAST_H
#define RETENTION_FORECAST_H

#include "core/contract_counts.h"
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

/* Who is still there by age: those who were, and those whom a model of contracts expects. */
typedef struct StayCurve
{
	const char *model;			/* its name and status */
	const char *status;
	const char *ages;			/* what they count, as figure_ages() */
	const ContractPoint *points;
	int			n;				/* of them, which are ages that were lived through */
	const double *expected;		/* by age, from 0 to last */
	int			last;
	int64		customers;		/* that the model was fitted to */
} StayCurve;

extern void chart_stay(StringInfo buf, const StayCurve *curve, const char *title);

/* What a page has of models; NULL is what was not asked for. */
typedef struct ForecastPart
{
	const char *model;			/* of repeat buying: its name and status, ... */
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
	const StayCurve *stay;
} ForecastPart;

extern void page_append_forecast(StringInfo buf, const ForecastPart *part);

#endif							/* RETENTION_FORECAST_H */
