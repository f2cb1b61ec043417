/*
 * local_date.c
 *		retention_local_date(instant, timezone) -> date
 *
 * What (instant AT TIME ZONE timezone)::date says, without a search for the
 * zone in every row; infinity stays.  The table functions cut days with it.
 */
#include "sql/arguments.h"
#include "utils/date.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(retention_local_date);

/* The zone of the call before, which is nearly always that of this one. */
typedef struct ZoneCall
{
	bool		known;
	pg_tz	   *zone;
	int			len;
	char		name[TZ_STRLEN_MAX + 1];
} ZoneCall;

Datum
retention_local_date(PG_FUNCTION_ARGS)
{
	TimestampTz instant = PG_GETARG_TIMESTAMPTZ(0);
	text	   *name = PG_GETARG_TEXT_PP(1);
	ZoneCall   *call = fcinfo->flinfo->fn_extra;
	int			len = VARSIZE_ANY_EXHDR(name);

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ZoneCall));
		fcinfo->flinfo->fn_extra = call;
	}
	if (!call->known || call->len != len || memcmp(call->name, VARDATA_ANY(name), len) != 0)
	{
		call->known = false;
		call->zone = argument_zone(name);
		/* a longer name is no zone's: an error above or, without a slash, below */
		call->len = Min(len, TZ_STRLEN_MAX);
		memcpy(call->name, VARDATA_ANY(name), call->len);
		call->known = true;
	}
	if (TIMESTAMP_IS_NOBEGIN(instant))
		PG_RETURN_DATEADT(DATEVAL_NOBEGIN);
	if (TIMESTAMP_IS_NOEND(instant))
		PG_RETURN_DATEADT(DATEVAL_NOEND);
	PG_RETURN_DATEADT(argument_zone_day(instant, name, call->zone));
}
