/*
 * stored_value.h
 *		Text and binary form of the types whose binary form is their bytes: the
 *		text form is the base64 of these, without line breaks.
 */
#ifndef RETENTION_STORED_VALUE_H
#define RETENTION_STORED_VALUE_H

#include "common/compat.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

typedef struct StoredType
{
	const char *name;			/* of the SQL type */
	const char *noun;			/* "retention summary" */
	const char *maker;			/* hint: where values come from */

	/* NULL, or what is wrong with bytes that came from outside; see below for the argument. */
	const char *(*check) (const void *bytes, Size len, void *argument);
} StoredType;

/*
 * The one validator behind input (22P02) and receive (22P03): the value, palloc'd.
 * NULL where the input's error was handed back softly, for which `escontext` is
 * the context of the input function's call.
 */
extern bytea *stored_value_from_text(const StoredType *type, const char *text, void *argument,
									 Node *escontext);
extern bytea *stored_value_from_message(const StoredType *type, StringInfo message, void *argument);

/* The bytes of a value that is no text or message, but another library's or made by hand (22P03). */
extern void stored_value_refuse(const StoredType *type, const char *wrong);

/* palloc'd */
extern char *stored_value_to_text(const StoredType *type, const bytea *value);

#endif							/* RETENTION_STORED_VALUE_H */
