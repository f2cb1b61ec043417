/*
 * model.h
 *		Models of repeat buying, of spend and of contracts: from counts to parameters,
 *		and from parameters to what is to be expected of a customer.
 *
 * Plain C with libm: nothing of the server, so that it is tested by itself.  What
 * goes wrong is a ModelError, memory and interrupts come from a ModelHost.
 *
 * Input are sufficient counts, not customers: RepeatCount (x, t_x, T), SpendCount
 * (x, mean spend), ContractCount (age).  A fit sorts nothing and draws nothing, so
 * the same counts give the same bits.  Time is in whole days, as_of is behind T:
 * x = order days after the first one, t_x = days from the first to the last order
 * day, T = days from the first order day to the last day that is watched.
 *
 * The parameters of all models are positive, and all work is done in their
 * logarithms.  An evaluation gives the log-likelihood with gradient and Hessian:
 * what depends on x alone, or on T alone, is summed over the customers with that x
 * or T; what is left per distinct (x, t_x, T) is one exp and one log1p (BG/NBD,
 * MBG/NBD) or 24 nodes of a quadrature (Pareto/NBD).  Where there are many rows a fit
 * first settles on some thousands of the customers and then takes three or four
 * steps over all.
 *
 * Sources: [SMC] Schmittlein, Morrison, Colombo, Counting your customers, Management
 * Science 33 (1987); [FHL] Fader, Hardie, Lee, "Counting your customers" the easy
 * way, Marketing Science 24 (2005); [BDO] Batislam, Denizel, Filiztekin, Empirical
 * validation and comparison of models for customer base analysis, International
 * Journal of Research in Marketing 24 (2007); [FHgg] Fader, Hardie, The Gamma-Gamma
 * model of monetary value (2013); [FH7] Fader, Hardie, How to project customer
 * retention, Journal of Interactive Marketing 21 (2007); [FH10] Fader, Hardie,
 * Customer-base valuation in a contractual setting, Marketing Science 29 (2010);
 * [FH18] Fader, Hardie et al., How to project customer retention, revisited,
 * Journal of Interactive Marketing 43 (2018).
 */
#ifndef RETENTION_MODEL_H
#define RETENTION_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_MAX_PARAMETERS 4

/* T of a customer: tables by day are made of all days. */
#define MODEL_MAX_DAYS (1 << 20)

typedef enum ModelKind
{
	MODEL_BGNBD,				/* r, alpha, a, b [FHL] */
	MODEL_MBGNBD,				/* r, alpha, a, b [BDO] */
	MODEL_PNBD,					/* r, alpha, s, beta [SMC] */
	MODEL_NBD,					/* r, alpha: nobody drops out */
	MODEL_GAMMA_GAMMA,			/* p, q, gamma [FHgg] */
	MODEL_SBG,					/* alpha, beta [FH7] */
	MODEL_BDW					/* alpha, beta, c [FH18] */
} ModelKind;

/* What the data say of a model that was fitted; all but MODEL_OK lie on a boundary. */
typedef enum ModelStatus
{
	MODEL_OK,
	MODEL_NO_DROPOUT,			/* the likelihood is that of customers who never leave */
	MODEL_UNIFORM_RATE,			/* all customers buy at one rate */
	MODEL_UNIFORM_DROPOUT,		/* all customers leave at one rate */
	MODEL_UNIFORM_SPEND,		/* no difference between customers, or none within one */
	MODEL_NO_MEAN				/* q <= 1: the mean spend is infinite */
} ModelStatus;

/* Why there is no fit. */
typedef enum ModelError
{
	MODEL_FITTED,
	MODEL_NO_CUSTOMERS,
	MODEL_NOTHING_REPEATS,		/* all x are 0; of contracts: nobody left */
	MODEL_NO_TIME,				/* all T are 0 */
	MODEL_TOO_LONG,				/* a T is over MODEL_MAX_DAYS */
	MODEL_NOT_STATIONARY		/* no start came to a maximum */
} ModelError;

/* Customers with the same history, in ascending order of (x, t_x, t, holdout). */
typedef struct RepeatCount
{
	int32_t		x;				/* 0 <= x <= t_x <= t; t_x = 0 only with x = 0 */
	int32_t		t_x;
	int32_t		t;
	int32_t		holdout;		/* order days in the holdout; 0 without one */
	int64_t		customers;
} RepeatCount;

/* Customers with x > 0 and the same mean spend of these days, in ascending order of (x, mean). */
typedef struct SpendCount
{
	int32_t		x;
	double		mean;
	int64_t		customers;
} SpendCount;

/* Customers who left with the end of an age (were there at age - 1), or were last seen at it, ascending. */
typedef struct ContractCount
{
	int32_t		age;
	int64_t		left;			/* 0 at age 0 */
	int64_t		censored;
} ContractCount;

typedef struct ModelHost
{
	void	   *(*alloc) (size_t size); /* does not return where there is none */
	void		(*free) (void *chunk);
	void		(*interrupts) (void);	/* now and then; may not return */
} ModelHost;

typedef struct Model
{
	ModelKind	kind;
	ModelStatus status;
	double		parameters[MODEL_MAX_PARAMETERS];

	/* Of the logarithms of the parameters: inverse of the negative Hessian, if it has one. */
	bool		has_covariance;
	double		covariance[MODEL_MAX_PARAMETERS][MODEL_MAX_PARAMETERS];

	double		log_likelihood;
	int64_t		customers;		/* in the likelihood */
	int64_t		repeat_customers;	/* of them with x > 0; of contracts: who left */
	int64_t		left_out;		/* of the spend: without a positive mean */
	int			iterations;		/* of the last stage */
	double		gradient;		/* largest of the derivatives by the logarithms, / customers */
} Model;

extern int	model_parameter_count(ModelKind kind);
extern const char *model_parameter_name(ModelKind kind, int parameter);

/* MODEL_BGNBD, MODEL_MBGNBD, MODEL_PNBD, MODEL_NBD. */
extern ModelError model_fit_repeats(ModelKind kind, const RepeatCount *counts, int64_t n,
									const ModelHost *host, Model *model);
extern ModelError model_fit_spend(const SpendCount *counts, int64_t n, const ModelHost *host,
								  Model *model);

/* MODEL_SBG, MODEL_BDW. */
extern ModelError model_fit_contracts(ModelKind kind, const ContractCount *counts, int64_t n,
									  const ModelHost *host, Model *model);

/* Log-likelihood at the model's parameters; for tests, and for others' parameters. */
extern double model_log_likelihood(const Model *model, const RepeatCount *counts, int64_t n,
								   const ModelHost *host);

/*
 * What a model of repeat buying knows of a customer: the chance to be alive, and
 * if so the rate of its orders, Gamma(shape, rate), and of dropping out: the chance
 * at each order, Beta(drop[0], drop[1]) of BG/NBD and MBG/NBD, or the rate, Gamma(drop[0],
 * drop[1]) of Pareto/NBD.  A new customer is one with x = t_x = t = 0.
 * x, t_x and t need not be whole numbers.
 */
typedef struct Outlook
{
	ModelKind	kind;
	double		alive;
	double		shape;			/* r + x */
	double		rate;			/* alpha + T */
	double		drop[2];
} Outlook;

extern Outlook model_outlook(const Model *model, double x, double t_x, double t);

/* Order days to be expected in so many days: E[X]; E[X (X - 1)]; Pr(X = n) and its logarithm. */
extern double outlook_orders(const Outlook *o, double days);
extern double outlook_order_pairs(const Outlook *o, double days);
extern double outlook_probability(const Outlook *o, double days, int n);
extern double outlook_log_probability(const Outlook *o, double days, int n);

/* The same, each order worth (1 + annual)^-(years to it). */
extern double outlook_discounted_orders(const Outlook *o, double days, double annual);

/*
 * What is expected of somebody alive depends on x and T alone, so that among many customers it is the
 * same again and again.  A memo keeps some of it, of one model and one time ahead: what it
 * answers is what the functions above do, bit by bit, for the outlook of x and t.
 */
typedef struct OutlookMemo
{
	double		days;
	double		annual;
	const ModelHost *host;
	struct OutlookMemoEntry *entries;
	uint32_t	mask;			/* entries - 1 */
	uint32_t	missed;			/* since there are so many */
} OutlookMemo;

extern void outlook_memo_init(OutlookMemo *memo, double days, double annual, const ModelHost *host);
extern void outlook_memo_free(OutlookMemo *memo);
extern double outlook_memo_orders(OutlookMemo *memo, const Outlook *o, int32_t x, int32_t t);
extern double outlook_memo_order_pairs(OutlookMemo *memo, const Outlook *o, int32_t x, int32_t t);
extern double outlook_memo_discounted_orders(OutlookMemo *memo, const Outlook *o, int32_t x, int32_t t);

/* Pr(X(0, t] = n) of a new customer. */
extern double model_order_probability(const Model *model, double t, int n);

/*
 * Expected spend of an order, of a customer with x > 0 and mean > 0, or else of a new one.
 * NaN: there is no mean.
 */
extern double model_expected_spend(const Model *spend, double x, double mean);

/* Of contracts: S(age), S(age) / S(age - 1), and the discounted expected residual lifetime. */
extern double model_survival(const Model *model, double age);
extern double model_retention_at(const Model *model, double age);
extern double model_residual_lifetime(const Model *model, double age, double discount);

/* An estimate with a 95 % interval; NaN where there is none. */
typedef struct ModelEstimate
{
	double		value;
	double		low;
	double		high;
} ModelEstimate;

extern ModelEstimate model_parameter(const Model *model, int parameter, double *error);

typedef struct ModelTotal
{
	int64_t		customers;
	ModelEstimate orders;		/* the expected number, with what is not known of the parameters */
	ModelEstimate prediction;	/* the number that will come, with chance as well */
	ModelEstimate revenue;		/* NaN without a model of spend */
	ModelEstimate revenue_prediction;
} ModelTotal;

/* Of the customers of the counts in the next days; spend and its counts may be missing (NULL). */
extern void model_total(const Model *model, const RepeatCount *counts, int64_t n, const Model *spend,
						const SpendCount *spends, int64_t n_spends, double days,
						const ModelHost *host, ModelTotal *total);

/*
 * Customers who are expected to have 0 .. n_max - 1 repeat order days in their T, and as the
 * last of n_max + 1 numbers those with more.
 */
extern void model_frequencies(const Model *model, const RepeatCount *counts, int64_t n, int n_max,
							  const ModelHost *host, double *expected);

/*
 * Repeat order days to be expected by the end of each of so many days, of customers of whom
 * acquired[c] ordered first on day c.
 */
extern void model_cumulative(const Model *model, const int64_t *acquired, int64_t days,
							 const ModelHost *host, double *expected);

/* Customers with one x: their order days in a holdout of so many days, and what was expected. */
typedef struct HoldoutRow
{
	int32_t		x;
	int64_t		customers;
	double		actual;
	double		expected;
} HoldoutRow;

/* A row for each x that there is; returns how many.  Their room is for n, or the last x + 1. */
extern int64_t model_holdout(const Model *model, const RepeatCount *counts, int64_t n, double days,
							 const ModelHost *host, HoldoutRow *rows);

/* By whom a holdout is foretold: a model, nobody comes, or everybody at her own rate x / T. */
typedef enum Forecast
{
	FORECAST_MODEL,
	FORECAST_ZERO,
	FORECAST_OWN_RATE
} Forecast;

typedef struct Accuracy
{
	double		bias;			/* mean of expected - actual */
	double		rmse;			/* root of its mean square */
	double		mae;			/* mean of its absolute value */
	double		log_score;		/* mean of ln Pr(actual); NaN but for a model */
} Accuracy;

extern Accuracy model_accuracy(Forecast forecast, const Model *model, const RepeatCount *counts,
							   int64_t n, double days, const ModelHost *host);

/* Of the model, and of three that need none: zero, own rate, an NBD; all NaN where that has no fit. */
#define MODEL_RIVALS 4
extern void model_accuracies(const Model *model, const RepeatCount *counts, int64_t n, double days,
							 const ModelHost *host, Accuracy accuracies[MODEL_RIVALS]);

#endif							/* RETENTION_MODEL_H */
