/*
 * customer_column.h
 *		The column of customers that a table function sorts its rows by and prints,
 *		without the executor: what ORDER BY customer and customer::text would be.
 *
 * Of a type without order rows are sorted by text, and customers that differ may have the
 * same one.  So that their order is not that in which they came, what is sorted is the text
 * with the hash of the customer behind it, which is the type's and the same everywhere.
 */
#ifndef RETENTION_CUSTOMER_COLUMN_H
#define RETENTION_CUSTOMER_COLUMN_H

#include "sql/orders_source.h"

typedef struct CustomerColumn
{
	Oid			type;			/* of what rows are sorted by: the customer's or, */
	Oid			less;			/* if that has no order, text by its bytes */
	Oid			collation;
	int16		typlen;
	bool		by_text;		/* sorted by its text and its hash */
	bool		is_text;		/* its text is itself */
	bool		by_output;		/* its text is by its output function; else by a cast */
	FmgrInfo	to_text;
	FmgrInfo   *hash;			/* with by_text; NULL: the type has none */
	bool		hash_is_extended;
	Oid			hash_collation;
} CustomerColumn;

extern void customer_column_init(CustomerColumn *column, const OrdersSource *source);

/* What a customer is sorted by; may be the customer, or palloc'd in the current context. */
extern Datum customer_column_key(CustomerColumn *column, Datum customer);

/* The text of a customer, by that. */
extern Datum customer_column_text(CustomerColumn *column, Datum key);

#endif							/* RETENTION_CUSTOMER_COLUMN_H */
