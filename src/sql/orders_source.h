/*
 * orders_source.h
 *		A relation of orders that is named by the caller: its columns, checked,
 *		and SQL over it.
 *
 * Used by the table functions.  What they run is written here and run with the
 * caller's rights, so privileges and row security apply and the plan may be
 * parallel.  Names are checked against the catalog and quoted, operators and
 * functions are qualified, values are parameters (see member_query.h).
 */
#ifndef RETENTION_ORDERS_SOURCE_H
#define RETENTION_ORDERS_SOURCE_H

#include "common/compat.h"

#include "core/age_scale.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "sql/member_query.h"
#include "sql/row_filter.h"
#include "tcop/dest.h"
#include "utils/date.h"
#include "utils/relcache.h"

/* Where a function has its arguments; NO_ARGUMENT for those that it lacks. */
#define NO_ARGUMENT (-1)

typedef struct OrdersArguments
{
	int			orders;
	int			customer;
	int			ordered_at;
	int			period;
	int			amount;
	int			order_id;
	int			segment;
	int			timezone;
	int			as_of;
	int			age_window;
	int			refund;
	int			filter;
	int			cohort_at;
	int			age_bounds;
} OrdersArguments;

/* Parameters of every query; those of a function's own arguments follow. */
#define PARAM_PERIOD "$1"
#define PARAM_AS_OF "$2"
#define PARAM_TIMEZONE "$3"
#define PARAM_AGES "$4"			/* age_window or age_bounds */
#define PARAM_TIME_BOUND "$5"	/* of the time column's type */
#define COMMON_PARAMS 5

typedef struct OrdersSource
{
	FunctionCallInfo fcinfo;
	const OrdersArguments *arguments;
	const char *schema;			/* MEMBER_SCHEMA */
	const char *relation;		/* qualified and quoted */
	const char *customer;		/* quoted columns; NULL: not given */
	const char *ordered_at;
	const char *amount;
	const char *refund;
	const char *order_id;
	const char *segment;
	const char *cohort_at;
	const char *product;		/* orders_source_describe_product() */
	const RowFilter *filter;	/* NULL: none */
	Oid			customer_type;
	Oid			customer_collation;
	Oid			order_id_type;	/* InvalidOid without one */
	Oid			order_id_collation;
	Oid			product_type;
	Oid			product_collation;
	Oid			time_type;
	bool		cast_amount;	/* is of another numeric type */
	bool		has_histories;	/* false: the extension's SQL is of 1.0 */
	bool		is_foreign;		/* a foreign table */
	bool		may_be_foreign;	/* its rows, or some of them */
	bool		has_list;		/* the period is a list of days, outside of which there may be none */
	bool		session_zone;	/* cut by it, and foreign servers have another */
	bool		has_timezone;
	bool		has_as_of;
	bool		may_read_rows;	/* who asks may read all of them, and has been checked */
	AgeScale	age_scale;
	bool		keeping;		/* histories come with what is kept beside them */
	const struct OrdersSource *rows;	/* see orders_query.c; NULL: the relation's own */
	const char *customers;		/* parameter, an array: only these are read; NULL: all */
	const char *from_day;		/* parameter: and of them, what is not before it; or NULL */
	const char *from_time;		/* parameter: its orders_source_time_bound() */
} OrdersSource;

/*
 * Check the arguments and the columns they name: 22004, 22008, 22023, 42703,
 * 42804, 42809, 42P01.  The relation stays locked until the end of the
 * transaction.  A customer or time that is NO_ARGUMENT is not read.
 */
extern void orders_source_describe(OrdersSource *source, FunctionCallInfo fcinfo,
								   const OrdersArguments *arguments);

/* And then a column of products: 22004, 42703. */
extern void orders_source_describe_product(OrdersSource *source, int argno);

/* Rows can be told apart by customer in an order, as anchors take (42804). */
extern void orders_source_require_sortable(const OrdersSource *source);

/* A query can group by the customer, whose own error (42883) does not say by what. */
extern void orders_source_require_equality(const OrdersSource *source);

/* A query of rows (segment text, summary), one unless there are segments. */
extern void orders_source_append_summaries(StringInfo sql, const OrdersSource *source);

/*
 * A customer as text.  Of a type that is not built in, by its output function,
 * since a cast would call whatever the type's owner has declared as such.
 */
extern const char *orders_source_customer_text(const OrdersSource *source, const char *customer);

/*
 * A query of rows (customer, history): one a customer with orders or refunds.
 * With cohort_at, of rows (customer, history, cohort_day): one a customer with
 * that, of what counts from then on, which may be nothing.
 *
 * With a segment, which is a column as well, `keeping` adds segment_day and
 * first_day: the local day of the row that tells the segment, or of the order of
 * its line, and that of the customer's first row.  With cohort_at and amounts
 * money_scale is a column, and `keeping` adds unsettled, a day (track/tracking.h).
 */
extern void orders_source_append_histories(StringInfo sql, const OrdersSource *source);

/*
 * A query of the rows by all that is named, NULL for what is not, and how many
 * there are of each kind: customer, ordered_at, day, amount, order_id, refund,
 * cohort_at, anchor (the customer's earliest cohort_at), n.
 */
extern void orders_source_append_row_groups(StringInfo sql, const OrdersSource *source);

typedef struct QueryParam
{
	Oid			type;
	bool		isnull;
	Datum		value;
} QueryParam;

/*
 * A bound of the time column's type that the planner can compare with partition
 * bounds and look up in an index: what every finite time before a local day is
 * below, or what none from that day on is below.  Exact where times have no zone.
 */
extern QueryParam orders_source_time_bound(const OrdersSource *source, int64 day, bool before);

/* The date now in the zone that the report's times are cut by (definitions, section 4). */
extern DateADT orders_source_today(const OrdersSource *source);

/*
 * Run a query, its rows going to a receiver or, where that is NULL, straight into
 * the result of the call, for which InitMaterializedSRF() was called; n parameters
 * follow the common ones.
 */
extern void orders_source_run(const OrdersSource *source, const char *sql,
							  const QueryParam *params, int n, DestReceiver *receiver);

/* The same with a runner of its own: see member_query.h. */
extern void orders_source_run_by(const OrdersSource *source, const char *sql,
								 DestReceiver *receiver, MemberRunner runner, void *arg);

/* May this user run it?  See member_query_permit(). */
extern bool orders_source_permit(const OrdersSource *source, const char *sql,
								 const QueryParam *params, int n, bool raise, Node **condition);

/* The receiver that orders_source_run() has for the result of the call. */
extern DestReceiver *orders_source_result(const OrdersSource *source);

/*
 * Run the query of summaries, its rows (segment text, retention_summary) going to
 * a receiver.
 */
extern void orders_source_run_summaries(const OrdersSource *source, DestReceiver *receiver);

/*
 * Where reports are kept (src/track), the rows of that query may be had without
 * running it.  Asked first: true if the rows have gone to the receiver, whose
 * start and end are the callee's to call.
 */
typedef bool (*KeptAnswerHook) (const OrdersSource *source, const char *sql, DestReceiver *receiver);

extern PGDLLIMPORT KeptAnswerHook kept_answer_hook;

/*
 * For an error about a column of that name: the columns that there are, and where
 * the name looks like SQL, or is written in other letters, how to name them.
 */
extern char *orders_column_hint(Relation relation, const char *name);

#endif							/* RETENTION_ORDERS_SOURCE_H */
