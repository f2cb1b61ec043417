/*
 * model_value.h
 *		Models as values of SQL, and the counts of repeat buying that some are fitted to.
 */
#ifndef RETENTION_MODEL_VALUE_H
#define RETENTION_MODEL_VALUE_H

#include "core/rfm.h"
#include "core/stored_model.h"
#include "fmgr.h"

/* Working form of a value, and the other way. */
extern void model_value_read(Datum value, StoredModel *m);
extern Datum model_value_make(const StoredModel *m);

/* Tells of a fit that is at a boundary. */
extern void model_warn(const Model *model);

/* Memory in the current context, and the server's interrupts. */
extern const ModelHost model_host;

/* Of x order days that were worth so much; 22003 where that is over 1e290. */
extern double model_mean_spend(MoneyForm form, Money amount, int x);

/* 22023 unless it is above -1 and at most 1000, and where it is negative not for too many days. */
extern void model_check_discount(double annual, int32 days);

/* Raise why there is no fit, if there is none; and a WARNING where one is at a boundary. */
extern void model_refuse(ModelError error, bool spend);
extern void model_warn(const Model *model);

/* Working form of a retention_rfm (rfm.c), the other way, and as a fit takes it, palloc'd. */
extern void rfm_value_read(Datum value, Rfm *rfm);
extern bytea *rfm_value_make(const Rfm *rfm);
extern RepeatCount *rfm_repeat_counts(const Rfm *rfm);
extern SpendCount *rfm_spend_counts(const Rfm *rfm);

#endif							/* RETENTION_MODEL_VALUE_H */
