/*
 * arguments.h
 *		Arguments that several SQL functions share: customers, times, periods,
 *		amounts, summaries.  Each checks its value and raises the error that the
 *		reference documents.
 */
#ifndef RETENTION_ARGUMENTS_H
#define RETENTION_ARGUMENTS_H

#include "core/age_scale.h"
#include "core/customer_set.h"
#include "core/money.h"
#include "core/summary.h"
#include "core/survival.h"
#include "fmgr.h"
#include "nodes/nodes.h"
#include "utils/array.h"
#include "utils/timestamp.h"

/*
 * Whether argument `argno` is there and not null.  Older SQL declares some
 * functions with fewer arguments, and stays in force between the installation
 * of this library and ALTER EXTENSION ... UPDATE.
 */
static inline bool
argument_is_given(FunctionCallInfo fcinfo, int argno)
{
	return argno >= 0 && argno < PG_NARGS() && !PG_ARGISNULL(argno);
}

/* Errors with the function's name unless called as part of an aggregate. */
extern MemoryContext argument_aggregate_context(FunctionCallInfo fcinfo);

/*
 * What an aggregate's function keeps for all groups of a query, in fn_extra:
 * zeroed, then told by `init` in the memory context that it lives in.  Once is
 * enough, as nothing but an aggregate uses the same FmgrInfo again.
 */
typedef void (*InitCall) (FunctionCallInfo fcinfo, void *call, const void *arg);

extern void *argument_make_call(FunctionCallInfo fcinfo, Size size, InitCall init, const void *arg);

/* The state as it is, of a function that has nothing to add. */
static inline Datum
argument_unchanged(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

/*
 * The states of an aggregate over customers, of all groups at a time, may grow
 * to the memory that a hash table of a query may have; beyond, customers go to a
 * temporary file.  States of windows, which may be made anew for every row, have
 * no limit.  Allocates in the current memory context.
 */
extern void argument_limit_memory(FunctionCallInfo fcinfo, CustomerSpec *spec);

/*
 * All of a spec but its class, of a transition function whose argument 1 is the
 * customer.  How many customers to expect is what the statistics promise, and
 * only worth as much as those are.
 */
extern void argument_spec(FunctionCallInfo fcinfo, CustomerSpec *spec);

/*
 * How many customers to expect among some rows, of `all` rows of a table that
 * have so many different ones.
 */
extern double argument_customers_among(double distinct, double rows, double all);

/* Once there is a file: have it closed when the aggregate is done with. */
extern void argument_close_file(FunctionCallInfo fcinfo, CustomerPool *pool);

static inline void
argument_watch_file(FunctionCallInfo fcinfo, CustomerSet *set)
{
	if (customer_set_has_file(set) && !set->resources->pool->watched)
		argument_close_file(fcinfo, set->resources->pool);
}

/*
 * How to tell apart values of argument `argno` of an aggregate's transition
 * function (key_type.h); and, if sorted, how to put them in order.
 */
extern void argument_key_type(FunctionCallInfo fcinfo, int argno, const char *argument,
							  bool sorted, KeyType *key_type);

/* What a serialize function gives for the state of an aggregate over customers, palloc'd. */
extern Datum argument_partial_state(CustomerSet *set);

/* What stands for one whose customers have rows in no other process; the summary is freed. */
extern Datum argument_summed_state(Summary *summary);

typedef enum TimeType
{
	TIME_TIMESTAMPTZ,
	TIME_TIMESTAMP,
	TIME_DATE
} TimeType;

/* Type of argument `argno`, one of the three. */
extern TimeType argument_time_type(FunctionCallInfo fcinfo, int argno);
extern TimeType argument_time_type_of(Oid type, int argno);

/* Local day of a finite instant in a zone; 22008 before the first date there is. */
extern int32 argument_local_day(TimestampTz instant, pg_tz *zone);

/* Local day of a time in the session's zone; 22008 if infinite. */
extern int32 argument_any_day(TimeType type, Datum value);

/* The same, in line for an instant that is not far from the one before. */
static inline int32
argument_day(TimeType type, Datum value)
{
	if (likely(type == TIME_TIMESTAMPTZ &&
			   is_last_local_day(DatumGetTimestampTz(value), session_timezone)))
		return last_local_day.day;
	return argument_any_day(type, value);
}

/*
 * A timezone argument: the zone, or NULL for a name that may be an abbreviation
 * (22023 if it is neither); and the local day of a finite instant in it.
 */
extern pg_tz *argument_zone(text *timezone);
extern int32 argument_zone_day(TimestampTz instant, text *timezone, pg_tz *zone);

/* A timezone argument that is NULL (22004). */
pg_noreturn extern void argument_refuse_null_zone(void);

/* A time as a number that compares like it, for times of one type; 22008. */
extern int64 argument_instant(TimeType type, Datum value, const char *argument);

/* The day of a cohort_at; 22008, where the caller of a table function has a column of that name and no cohort_day. */
extern int32 argument_cohort_day(Datum value);

/* What the time's output function says, for messages. */
extern char *argument_time_text(TimeType type, Datum value);

/* What a period can be, for hints. */
#define PERIOD_FORMS "day, week, month, quarter, year, week(sunday), quarter(february), " \
	"year(april), calendar(2024-01-28, 2024-02-25, ...)"

/* Calendar named by an argument, which messages call by its name; 22023. */
extern const Calendar *argument_calendar(text *period, const char *argument, MemoryContext context);

/*
 * Expression of argument `argno` (counting the state as 0) of the aggregate
 * that this transition function works for; NULL in a window.
 */
extern Node *argument_expression(FunctionCallInfo fcinfo, int argno);

/* Is that argument the same for every row? */
extern bool argument_is_stable(FunctionCallInfo fcinfo, int argno);

/*
 * The period of an aggregate's rows: argument `argno`; 22004, 22023.  A text is
 * read when it is not that of the row before.
 */
typedef struct PeriodArgument
{
	int			argno;
	bool		known;			/* once and for all */
	bool		is_stable;
	const Calendar *calendar;
	text	   *text;			/* of the calendar; NULL: none yet */
	CalendarPool *pool;
} PeriodArgument;

extern void argument_period_init(FunctionCallInfo fcinfo, PeriodArgument *period, int argno);
extern void argument_period_read(FunctionCallInfo fcinfo, PeriodArgument *period);

static inline const Calendar *
argument_period(FunctionCallInfo fcinfo, PeriodArgument *period)
{
	if (unlikely(!period->known))
		argument_period_read(fcinfo, period);
	return period->calendar;
}

/* The calendar of a period that does not change, kept in a pool; 22004, 22023. */
extern const Calendar *argument_period_calendar(bool isnull, Datum period, CalendarPool *pool);

/* A whole number of days or of months (definitions, section 12); 22023. */
extern AgeScale argument_age_window(Interval *interval);

/* The brackets between bounds; 22004 for one that is null, 22023. */
extern AgeScale argument_age_bounds(ArrayType *bounds);

/* Where an age begins, palloc'd. */
extern Interval *argument_age_start(const AgeScale *scale, int64 age);

/* An amount; NaN and infinity are errors (22003). */
extern Money argument_any_amount(Datum value, MoneyForm *form);

static inline Money
argument_amount(Datum value, MoneyForm *form)
{
	Money		amount;

	if (unlikely(!numeric_to_usual_units((const struct varlena *) DatumGetPointer(value),
										 &amount.units, &form->scale)))
		return argument_any_amount(value, form);
	form->wide = false;
	return amount;
}

/*
 * Is a row an order, or a refund (definitions, section 1)?  By an argument, if
 * the function has one for it (argno > 0), else by the sign of its amount.
 */
static inline bool
argument_is_order(FunctionCallInfo fcinfo, int argno, MoneyForm form, Money amount)
{
	if (argno > 0)
		return PG_ARGISNULL(argno) || !PG_GETARG_BOOL(argno);
	return money_sign(form, amount) >= 0;
}

/* Working form of a stored summary, palloc'd, and the other way. */
extern void argument_summary(Datum value, Summary *summary);
extern Datum argument_summary_datum(const Summary *summary);

/* The same of a summary that was made for it, which is freed. */
extern Datum argument_summary_result(Summary *summary);

/* Working form of a stored retention_survival, palloc'd. */
extern void argument_survival(Datum value, Survival *survival);

/*
 * What the final function `function` of an aggregate with segments gives for its state; and
 * the number of their customers.
 */
struct SegmentState;
extern Datum argument_segments_result(struct SegmentState *state, Oid function, int64 *customers);

/*
 * A value that has no bytes until somebody asks for them (summary_object.c): read-only, in
 * the current memory context, with the summary's arrays.  And back: false, it is none.
 */
extern Datum argument_summary_object(const Summary *summary);
extern bool argument_summary_of_object(Datum value, Summary *summary);

#endif							/* RETENTION_ARGUMENTS_H */
