/*
 * estimate.h
 *		What the planner's statistics say about an aggregate's input.
 */
#ifndef RETENTION_ESTIMATE_H
#define RETENTION_ESTIMATE_H

#include "common/compat.h"
#include "fmgr.h"

/*
 * Number of different customers that an aggregate without GROUP BY can expect,
 * from the statistics of the column that argument `argno` is and the rows that
 * the plan expects; 0 if that cannot be told.  Only worth as much as they are.
 */
extern uint64 estimate_customers(FunctionCallInfo fcinfo, int argno);

#endif							/* RETENTION_ESTIMATE_H */
