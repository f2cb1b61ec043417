/*
 * layers_model.h
 *		Layers of days (core/layers.h) as they are kept: by day, with what customers
 *		were taken out and what they are put in, through their bytes.
 */
#ifndef RETENTION_LAYERS_MODEL_H
#define RETENTION_LAYERS_MODEL_H

#include "core/layers.h"
#include "model.h"

#define LAYER_DAYS 12

/* A customer's history through each of the days that it has rows of, in ascending order. */
typedef struct LayerCustomer
{
	bool		exists;
	int32		cohort_day;		/* where cohorts are anchored */
	int			n;
	int32		days[LAYER_DAYS];
	HistoryBytes through[LAYER_DAYS];
} LayerCustomer;

typedef struct KeptLayer
{
	int32		day;
	Ledger		ledger;
} KeptLayer;

typedef struct KeptLayers
{
	const SummaryKind *kind;
	bool		anchored;
	KeptLayer  *items;			/* in order; none in which all is zero */
	int			n;
	int			capacity;
	int			times;
} KeptLayers;

extern KeptLayers *layers_model_create(const SummaryKind *kind, bool anchored);

/* NULL, or what is wrong. */
extern const char *layers_replace(KeptLayers *kept, const LayerCustomer *old,
								  const LayerCustomer *now, ModelSeen *seen);

/* The day of a layer; after the last one, a day that none is on. */
extern int32 layers_day(const KeptLayers *kept, int i);

/* Of model.c. */
extern const char *store(Ledger *l);
extern bool any_below_zero(const Ledger *l);

#endif							/* RETENTION_LAYERS_MODEL_H */
