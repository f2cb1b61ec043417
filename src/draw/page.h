/*
 * page.h
 *		One self-contained HTML page of all that a summary says.
 */
#ifndef RETENTION_PAGE_H
#define RETENTION_PAGE_H

#include "draw/charts.h"
#include "draw/forecast.h"
#include "draw/product_chapter.h"

/*
 * Appends the page; the title of the source is that of the page.  Forecast and products may
 * be missing (NULL).
 */
extern void page_append(StringInfo buf, const ChartSource *source, const ForecastPart *forecast,
						const ProductChapter *products);

#endif							/* RETENTION_PAGE_H */
