/*
 * page_tables.h
 *		The tables behind the charts of a page, as HTML.
 *
 * Every table has an id, as the sections have, for whoever reads values from
 * the page.
 */
#ifndef RETENTION_PAGE_TABLES_H
#define RETENTION_PAGE_TABLES_H

#include "draw/charts.h"

extern void table_cohorts(StringInfo buf, const ChartSource *source);
extern void table_curve(StringInfo buf, const ChartSource *source);
extern void table_periods(StringInfo buf, const ChartSource *source);
extern void table_revenue(StringInfo buf, const ChartSource *source);
extern void table_ladder(StringInfo buf, const ChartSource *source);
extern void table_time_to_repeat(StringInfo buf, const ChartSource *source);

#endif							/* RETENTION_PAGE_TABLES_H */
