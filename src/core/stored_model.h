/*
 * stored_model.h
 *		A fitted model as a value: the bytes and the text of the SQL types of models.
 */
#ifndef RETENTION_STORED_MODEL_H
#define RETENTION_STORED_MODEL_H

#include "common/compat.h"
#include "core/model/model.h"
#include "lib/stringinfo.h"

/* A model and the day before which the orders are that it was fitted to. */
typedef struct StoredModel
{
	Model		model;
	int32		as_of;
} StoredModel;

/* What models are of; each has an SQL type of its own. */
typedef enum ModelSubject
{
	MODEL_OF_PURCHASES,
	MODEL_OF_SPEND,
	MODEL_OF_CONTRACTS
} ModelSubject;

extern ModelSubject model_subject(ModelKind kind);
extern const char *model_status_name(ModelStatus status);
extern const char *model_kind_name(ModelKind kind);

/*
 * Canonical bytes, appended; and back: NULL, or what is wrong with them.  The check is
 * for bytes from outside, which are of a subject's model.
 */
extern void stored_model_encode(const StoredModel *s, StringInfo buf);
extern const char *stored_model_decode(const void *bytes, Size len, StoredModel *s);
extern const char *stored_model_check(const void *bytes, Size len, ModelSubject subject);

/* The text, palloc'd; and back: NULL, or what is wrong with it. */
extern char *stored_model_to_text(const StoredModel *s);
extern const char *stored_model_of_text(const char *text, ModelSubject subject, StoredModel *s);

#endif							/* RETENTION_STORED_MODEL_H */
