/*
 * product_report.h
 *		What retention_report() says of products, as JSON.
 */
#ifndef RETENTION_PRODUCT_REPORT_H
#define RETENTION_PRODUCT_REPORT_H

#include "draw/product_chapter.h"

/*
 * An object with the keys of chapter_specs, each a list of objects with those of its
 * columns, and `within`, a number of days; any may be missing or null.  22023.
 */
extern ProductChapter *product_report_read(Datum value);

#endif							/* RETENTION_PRODUCT_REPORT_H */
