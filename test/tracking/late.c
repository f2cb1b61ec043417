/*
 * late.c
 *		A statement that runs when its transaction commits, after the callbacks of modules that were
 *		loaded later; for late.sh only.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(run_late);

void		_PG_init(void);

static char *late = NULL;

static void
at_end(XactEvent event, void *arg)
{
	char	   *sql = late;

	(void) arg;
	if (event == XACT_EVENT_ABORT)
		late = NULL;
	if (event != XACT_EVENT_PRE_COMMIT || sql == NULL)
		return;
	late = NULL;
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	if (SPI_execute(sql, false, 0) < 0)
		elog(ERROR, "not run: %s", sql);
	SPI_finish();
	PopActiveSnapshot();
}

Datum
run_late(PG_FUNCTION_ARGS)
{
	late = MemoryContextStrdup(TopMemoryContext, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}

void
_PG_init(void)
{
	/* those that are registered last come first */
	RegisterXactCallback(at_end, NULL);
}
