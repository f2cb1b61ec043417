/*
 * heap_rows.c
 *		Some columns of a heap's rows; see scan.h.
 *
 * Up to the first column whose length varies, columns that are not NULL begin
 * at the same offset in every row.  Those that are wanted there are read by a
 * table of offsets, column after column; what is left is found by going from column
 * to column of a row, from the first varying one on, or from the start of a row that
 * has NULLs.
 */
#include "scan/scan.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"

typedef struct HeapAttribute
{
	int16		length;			/* -1: varlena, -2: cstring */
	bool		by_value;
	uint8		alignment;
	int16		argument;		/* that wants it, or -1 */
} HeapAttribute;

typedef struct FixedColumn
{
	int			argument;
	uint32		offset;
	int16		length;
	bool		by_value;
} FixedColumn;

struct HeapColumns
{
	TupleDesc	desc;
	int			wanted;			/* attributes up to the last one that is wanted */
	uint32		first_offset;	/* about where they are, from the start of a row */
	int			nfixed;
	FixedColumn fixed[SCAN_COLUMNS];
	int			varying;		/* first attribute to go over, where fixed ones are read, ... */
	uint32		varying_offset; /* ... and where it begins, not aligned */
	HeapAttribute attributes[FLEXIBLE_ARRAY_MEMBER];
};

static uint8
alignment_of(char code)
{
	switch (code)
	{
		case TYPALIGN_DOUBLE:
			return ALIGNOF_DOUBLE;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		default:
			return 1;
	}
}

HeapColumns *
heap_columns_create(TupleDesc desc, const AttrNumber *attnos, int n)
{
	HeapColumns *columns;
	int			wanted = 0;
	uint32		offset = 0;
	int			i;

	for (i = 0; i < n; i++)
		wanted = Max(wanted, attnos[i]);
	columns = palloc0(offsetof(HeapColumns, attributes) + wanted * sizeof(HeapAttribute));
	columns->desc = desc;
	columns->wanted = wanted;
	for (i = 0; i < wanted; i++)
	{
		Form_pg_attribute form = TupleDescAttr(desc, i);
		HeapAttribute *attribute = &columns->attributes[i];

		attribute->length = form->attlen;
		attribute->by_value = form->attbyval;
		attribute->alignment = alignment_of(form->attalign);
		attribute->argument = -1;
	}
	for (i = 0; i < n; i++)
		if (attnos[i] > 0)
			columns->attributes[attnos[i] - 1].argument = (int16) i;
	for (i = 0; i < wanted && columns->attributes[i].length > 0; i++)
	{
		const HeapAttribute *attribute = &columns->attributes[i];

		offset = TYPEALIGN(attribute->alignment, offset);
		if (attribute->argument >= 0)
			columns->fixed[columns->nfixed++] = (FixedColumn)
			{
				.argument = attribute->argument,
					.offset = offset,
					.length = attribute->length,
					.by_value = attribute->by_value
			};
		offset += attribute->length;
	}
	columns->first_offset = SizeofHeapTupleHeader +
		(columns->nfixed > 0 ? columns->fixed[0].offset : offset);
	columns->varying = i;
	columns->varying_offset = offset;
	return columns;
}

static void
read_missing(const HeapColumns *columns, int from, ScanBlock *block, int at)
{
	for (int i = from; i < columns->wanted; i++)
	{
		int			argument = columns->attributes[i].argument;

		if (argument >= 0)
			block->values[argument][at] = getmissingattr(columns->desc, i + 1,
														 &block->nulls[argument][at]);
	}
}

/* Attributes from `i` on, which begins at an offset that is not aligned yet. */
static void
go_over(const HeapColumns *columns, HeapTupleHeader row, int i, uint32 offset, ScanBlock *block,
		int at)
{
	const char *data = (const char *) row + row->t_hoff;
	const uint8 *present = (row->t_infomask & HEAP_HASNULL) != 0 ? row->t_bits : NULL;
	int			there = Min(columns->wanted, HeapTupleHeaderGetNatts(row));

	for (; i < there; i++)
	{
		const HeapAttribute *attribute = &columns->attributes[i];
		bool		isnull = present != NULL && att_isnull(i, present);

		if (attribute->argument >= 0)
			block->nulls[attribute->argument][at] = isnull;
		if (isnull)
			continue;
		/* a short varlena begins where the last attribute ended, and with no zero */
		if (attribute->length != -1 || data[offset] == 0)
			offset = TYPEALIGN(attribute->alignment, offset);
		if (attribute->argument >= 0)
			block->values[attribute->argument][at] = fetch_att(data + offset, attribute->by_value,
															   attribute->length);
		if (attribute->length > 0)
			offset += attribute->length;
		else if (attribute->length == -1)
			offset += VARSIZE_ANY(data + offset);
		else
			offset += strlen(data + offset) + 1;
	}
	if (unlikely(there < columns->wanted))
		read_missing(columns, there, block, at);
}

/* Are all attributes there up to the last that is read at a fixed offset? */
static inline bool
has_all_fixed(const HeapColumns *columns, HeapTupleHeader row)
{
	if (unlikely(HeapTupleHeaderGetNatts(row) < columns->varying))
		return false;
	if (likely((row->t_infomask & HEAP_HASNULL) == 0))
		return true;
	for (int i = 0; i < columns->varying; i++)
		if (att_isnull(i, row->t_bits))
			return false;
	return true;
}

/* Rows so far ahead are brought into the cache: about as many as come in its latency. */
#define READ_AHEAD 24

/* Where the columns of n rows begin; false if those at fixed offsets are not all there. */
static bool
find_rows(const HeapColumns *columns, HeapTupleHeader *rows, int n, const char **data)
{
	bool		all = true;

	for (int at = 0; at < n; at++)
	{
		if (at + READ_AHEAD < n)
			__builtin_prefetch((const char *) rows[at + READ_AHEAD] + columns->first_offset);
		data[at] = (const char *) rows[at] + rows[at]->t_hoff;
		all &= has_all_fixed(columns, rows[at]);
	}
	return all;
}

static void
read_fixed(const FixedColumn *fixed, const char *const *data, int n, ScanBlock *block)
{
	Datum	   *values = block->values[fixed->argument];
	const FixedColumn column = *fixed;

	memset(block->nulls[fixed->argument], false, n * sizeof(bool));
	if (likely(column.by_value && column.length == sizeof(int64)))
		for (int at = 0; at < n; at++)
			values[at] = Int64GetDatum(*(const int64 *) (data[at] + column.offset));
	else
		for (int at = 0; at < n; at++)
			values[at] = fetch_att(data[at] + column.offset, column.by_value, column.length);
}

/* A row of a page where not all rows have all columns at their offsets. */
static void
read_row(const HeapColumns *columns, HeapTupleHeader row, ScanBlock *block, int at)
{
	const char *data = (const char *) row + row->t_hoff;

	if (!has_all_fixed(columns, row))
	{
		go_over(columns, row, 0, 0, block, at);
		return;
	}
	for (int i = 0; i < columns->nfixed; i++)
	{
		const FixedColumn *fixed = &columns->fixed[i];

		block->values[fixed->argument][at] = fetch_att(data + fixed->offset, fixed->by_value,
													   fixed->length);
		block->nulls[fixed->argument][at] = false;
	}
	go_over(columns, row, columns->varying, columns->varying_offset, block, at);
}

void
heap_columns_read(const HeapColumns *columns, HeapTupleHeader *rows, int n, ScanBlock *block)
{
	const char *data[SCAN_BLOCK_ROWS];

	if (unlikely(!find_rows(columns, rows, n, data)))
	{
		for (int at = 0; at < n; at++)
			read_row(columns, rows[at], block, at);
		return;
	}
	for (int i = 0; i < columns->nfixed; i++)
		read_fixed(&columns->fixed[i], data, n, block);
	for (int at = 0; columns->varying < columns->wanted && at < n; at++)
		go_over(columns, rows[at], columns->varying, columns->varying_offset, block, at);
}
