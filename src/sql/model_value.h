/*
 * model_value.h
 *		Models as values of SQL: the types retention_purchase_model and
 *		retention_spend_model, and the counts they are fitted to.
 */
#ifndef RETENTION_MODEL_VALUE_H
#define RETENTION_MODEL_VALUE_H

#include "core/model/model.h"
#include "core/rfm.h"
#include "fmgr.h"

/* A model and the day before which the orders are that it was fitted to. */
typedef struct StoredModel
{
	Model		model;
	int32		as_of;
} StoredModel;

/* Working form of a value, and the other way. */
extern void model_value_read(Datum value, StoredModel *m);
extern Datum model_value_make(const StoredModel *m);

extern const char *model_status_name(ModelStatus status);
extern const char *model_kind_name(ModelKind kind);

/* Memory in the current context, and the server's interrupts. */
extern const ModelHost model_host;

/* Working form of a retention_rfm (rfm.c), and as a fit takes it, palloc'd. */
extern void rfm_value_read(Datum value, Rfm *rfm);
extern RepeatCount *rfm_repeat_counts(const Rfm *rfm);
extern SpendCount *rfm_spend_counts(const Rfm *rfm);

#endif							/* RETENTION_MODEL_VALUE_H */
