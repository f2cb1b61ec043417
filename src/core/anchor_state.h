/*
 * anchor_state.h
 *		Aggregates over orders with cohort_at: what all customers did since then
 *		(definitions, section 12).
 */
#ifndef RETENTION_ANCHOR_STATE_H
#define RETENTION_ANCHOR_STATE_H

#include "core/order_state.h"

/* Orders without and with amounts; the state is an OrderState. */
extern const AggregateClass anchor_class;
extern const AggregateClass anchor_amounts_class;

#endif							/* RETENTION_ANCHOR_STATE_H */
