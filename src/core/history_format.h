/*
 * history_format.h
 *		Bytes of a history, version 1.
 *
 * Integers are varints (wire.h), money is money_write()'s.
 *
 *	byte	version = 1
 *	byte	flags: 1 amounts; others reserved, zero
 *	[amounts]	scale
 *	number of days, with amounts perhaps none; then by day, ascending:
 *				a varint: low two bits the orders, 3: orders - 3 follows; above
 *				them the day (first: zigzag; else: distance from the one before - 1)
 *				[orders - 3] [amounts: amount]
 *
 * Nothing depends on collation, object identifiers or settings.
 */
#ifndef RETENTION_HISTORY_FORMAT_H
#define RETENTION_HISTORY_FORMAT_H

#include "core/history.h"

#define HISTORY_VERSION 1
#define HISTORY_AMOUNTS 1

#define DAY_SHIFT 2
#define DAY_MORE_ORDERS 3

#endif							/* RETENTION_HISTORY_FORMAT_H */
