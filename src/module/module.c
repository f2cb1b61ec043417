/*
 * module.c
 *		The loadable module, and what it asks the server for when it is loaded.
 */
#include "common/compat.h"

#include "fmgr.h"
#include "scan/scan.h"
#include "track/tracking.h"
#include "utils/guc.h"

COMPAT_MODULE_MAGIC("retention", RETENTION_VERSION);

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	tracking_register();
	scan_register();
	/* a setting that is misspelt is an error from here on */
	MarkGUCPrefixReserved("retention");
}
