/*
 * history_value.h
 *		Histories as values of SQL: the types retention_history and
 *		retention_history_state share their text and binary form.
 *
 * Binary form: the bytes of core/history_format.h.  Text form: their base64,
 * without line breaks.
 */
#ifndef RETENTION_HISTORY_VALUE_H
#define RETENTION_HISTORY_VALUE_H

#include "core/history.h"
#include "fmgr.h"
#include "lib/stringinfo.h"

/* Working form of a retention_history, into *h as history_decode() does; and the other way. */
extern void history_value_read(Datum value, History *h);
extern Datum history_value_make(const History *h);

/*
 * The one validator of both types, behind input (22P02) and receive (22P03):
 * the bytes, palloc'd, and their working form in *h, which is all zero.
 */
extern bytea *history_value_from_text(const char *text, const char *type, History *h);
extern bytea *history_value_from_message(StringInfo message, const char *type, History *h);

extern char *history_value_to_text(const bytea *value);

#endif							/* RETENTION_HISTORY_VALUE_H */
