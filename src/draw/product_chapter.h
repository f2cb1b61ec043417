/*
 * product_chapter.h
 *		What a page says of products: rows that somebody else chose, as tables, and
 *		the return of first products as a picture.
 *
 * Of each table so many rows are shown, of each text so many characters, whatever is
 * given, so that a chapter has a size.
 */
#ifndef RETENTION_PRODUCT_CHAPTER_H
#define RETENTION_PRODUCT_CHAPTER_H

#include "draw/svg.h"

#define CHAPTER_ROWS 20
#define CHAPTER_CHARACTERS 100
#define CHAPTER_COLUMNS 8

typedef enum ChapterTable
{
	CHAPTER_TOGETHER,			/* rows of bought_together() */
	CHAPTER_FIRST,				/* ... of product_retention(), of first products */
	CHAPTER_NEXT,				/* ... of bought_next() */
	CHAPTER_DUE,				/* by product, of replenishment() */
	CHAPTER_TABLES
} ChapterTable;

/* How the values of a column are written. */
typedef enum ChapterFigure
{
	FIGURE_TEXT,
	FIGURE_COUNT,
	FIGURE_PERCENT,
	FIGURE_TENTHS
} ChapterFigure;

typedef struct ChapterColumn
{
	const char *key;			/* of a row's value, where rows come from; NULL: the last */
	const char *head;
	ChapterFigure figure;
} ChapterColumn;

typedef struct ChapterSpec
{
	const char *key;			/* of its rows, and part of its id */
	const char *heading;
	const char *meaning;
	const char *none;			/* what is said where there are no rows */
	ChapterColumn columns[CHAPTER_COLUMNS + 1];
} ChapterSpec;

extern const ChapterSpec chapter_specs[CHAPTER_TABLES];

/* Columns of the table of first products that are drawn. */
#define FIRST_WATCHED 1
#define FIRST_RATE 3
#define FIRST_LOW 4
#define FIRST_HIGH 5

typedef struct ChapterCell
{
	const char *text;			/* of FIGURE_TEXT; NULL: there is none */
	float8		number;			/* of others; NaN: there is none */
} ChapterCell;

typedef struct ChapterRows
{
	bool		given;
	int			n;				/* at most CHAPTER_ROWS, ... */
	int64		all;			/* ... of so many */
	ChapterCell (*cells)[CHAPTER_COLUMNS];
} ChapterRows;

typedef struct ProductChapter
{
	int64		within;			/* days that customers were watched for; 0: not said */
	ChapterRows tables[CHAPTER_TABLES];
} ProductChapter;

extern void page_append_products(StringInfo buf, const ProductChapter *chapter);

/*
 * The rate of each first product with its interval; those without one are left out.
 * False, and nothing appended, if there is none.
 */
extern bool chart_returns(StringInfo buf, const ProductChapter *chapter);

#endif							/* RETENTION_PRODUCT_CHAPTER_H */
