/*
 * history_value.h
 *		Histories as values of SQL: the types retention_history and
 *		retention_history_state share their text and binary form.
 *
 * Binary form: the bytes of core/history_format.h.  Text form: stored_value.h.
 */
#ifndef RETENTION_HISTORY_VALUE_H
#define RETENTION_HISTORY_VALUE_H

#include "core/history.h"
#include "fmgr.h"
#include "sql/stored_value.h"

/* Working form of a retention_history, into *h as history_decode() does; and the other way. */
extern void history_value_read(Datum value, History *h);
extern Datum history_value_make(const History *h);

/* Both take a History, all zero, as argument of their validator: the working form of the value. */
extern const StoredType history_stored_type;
extern const StoredType history_state_stored_type;

#endif							/* RETENTION_HISTORY_VALUE_H */
