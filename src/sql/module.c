/*
 * module.c
 *		The loadable module.
 */
#include "common/compat.h"
#include "fmgr.h"

COMPAT_MODULE_MAGIC("retention", RETENTION_VERSION);
