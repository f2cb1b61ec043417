/*
 * module.c
 *		The loadable module.
 */
#include "common/compat.h"
#include "fmgr.h"

PG_MODULE_MAGIC;
