/*
 * order_set.h
 *		The orders that lines make, of one pass over the lines in any order.
 *
 * All lines of a customer with one id are an order, or a refund, of the local day
 * of the first of them (definitions, section 1).  What has to be known for that of
 * an id is its first day and what the lines of that day say: whether one of them is
 * no refund or, where refunds are told by the sign, their sum.  So much is kept of
 * it, in a customer set (customer_set.h) whose keys are pairs of customer and id;
 * the money of later days is handed on as it comes, and that of what was the first
 * day when an earlier one comes.  When all lines are there the orders follow.
 *
 * Lines that follow one another, of one id and day, which is how most tables have
 * them, are added up in the set's batch and looked up once.
 *
 * Pairs are told apart by one image, as customers are: two integers as the sixteen
 * bytes of a uuid, others as the bytes of both.  Types that have equal values of
 * different bytes have no such image (order_keys_init()).
 *
 * For one query and process: the class is sent to none, but to the file for what is
 * beyond the memory limit.
 */
#ifndef RETENTION_ORDER_SET_H
#define RETENTION_ORDER_SET_H

#include "core/customer_set.h"

extern const AggregateClass lines_class;
extern const AggregateClass lines_amounts_class;

/*
 * Takes an order or, with amounts, money of a day that is none: perhaps of 0, of
 * which the scale is left.  What is pointed to is the caller's.
 */
typedef void (*OrderTaker) (void *arg, Datum customer, int32 day, bool is_order, MoneyForm form,
							Money amount);

/* How to tell pairs apart, and one of them. */
typedef struct OrderKeys
{
	KeyType		customer;
	KeyType		id;
	KeyType		both;
	MemoryContext context;
	struct varlena *bytes;		/* of a pair that is no two integers, and ... */
	Size		room;			/* ... how many there may be */
	uint64		integers[2];	/* of one that is */
} OrderKeys;

/* False if a value may be equal to one of other bytes.  In the current context. */
extern bool order_keys_init(OrderKeys *keys, Oid customer_type, Oid customer_collation,
							Oid id_type, Oid id_collation);

typedef struct OrderSet
{
	CustomerSet set;			/* first: see customer_set.h */
	OrderKeys  *keys;
	bool		says_refund;	/* lines say whether they are refunds */
	OrderTaker	take;
	void	   *arg;
} OrderSet;

/* Of a spec of one of the classes, whose keys are keys->both; everything lives in `context`. */
extern OrderSet *order_set_create(MemoryContext context, const CustomerSpec *spec, OrderKeys *keys,
								  bool says_refund, OrderTaker take, void *arg);

/*
 * A line with an id; key and id as key_type_key() makes them.  is_refund: where lines
 * say so.
 */
extern void order_set_add(OrderSet *orders, Datum customer, Datum id, int32 day, bool is_refund,
						  MoneyForm form, Money amount);

/* Hand on all orders; once, and there are no more lines. */
extern void order_set_finish(OrderSet *orders);

#endif							/* RETENTION_ORDER_SET_H */
