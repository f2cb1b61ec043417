/*
 * page.h
 *		One self-contained HTML page of all that a summary says.
 */
#ifndef RETENTION_PAGE_H
#define RETENTION_PAGE_H

#include "draw/charts.h"

/* Appends the page; the title of the source is that of the page. */
extern void page_append(StringInfo buf, const ChartSource *source);

#endif							/* RETENTION_PAGE_H */
