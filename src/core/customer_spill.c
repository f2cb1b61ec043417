/*
 * customer_spill.c
 *		Customers in a temporary file; see customer_spill.h.
 */
#include "core/customer_spill.h"

#include "core/customer_wire.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

/*
 * A run has 2^bits ranges: of some customers each, fewer if they are large, but a
 * small one not all in one.  What is read back at a time is one range of all runs
 * at least, as wide as in the run that has the fewest.  So a run has as many as make
 * that a quarter of the least limit of memory (SPILL_LIMIT), also one of few
 * customers behind large ones.
 */
#ifndef SPILL_RANGE_BITS
#define SPILL_RANGE_BITS 10
#endif
#define SPILL_MIN_RANGE_BITS Min(4, SPILL_RANGE_BITS)
#define RANGE_CUSTOMERS 32
#define RANGE_BYTES ((Size) 8 * 1024)
#define RANGE_BYTES_OF_ALL ((Size) 1024 * 1024)

typedef struct SpillFile
{
	BufFile    *file;
	int			end_fileno;		/* where the next run goes */
	off_t		end_offset;
} SpillFile;

typedef struct SpillPlace
{
	int			fileno;
	off_t		offset;
} SpillPlace;

typedef struct SpillRun
{
	struct SpillRun *next;
	uint64		format;			/* how payloads are written: see AggregateClass */
	int			bits;
	SpillPlace	ranges[FLEXIBLE_ARRAY_MEMBER];	/* where each begins */
} SpillRun;

struct CustomerSpill
{
	uint64		customers;
	Size		bytes;
	int			bits;			/* the least of all runs */
	SpillRun   *runs;			/* newest first */
};

static SpillFile *
spill_file(CustomerPool *pool)
{
	if (pool->file == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(pool->context);
		SpillFile  *file = palloc0(sizeof(SpillFile));

		file->file = BufFileCreateTemp(false);
		pool->file = file;
		MemoryContextSwitchTo(caller);
	}
	return pool->file;
}

static void
seek(BufFile *file, int fileno, off_t offset)
{
	if (BufFileSeek(file, fileno, offset, SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
}

static void
write_length(BufFile *file, uint64 len)
{
	BufFileWrite(file, &len, sizeof(len));
}

/* A range: its blocks, each behind its length, and a length of 0. */
static void
write_range(CustomerSet *set, BufFile *file, int range, int bits, StringInfo buf)
{
	CustomerRange scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	customer_range_begin(&scan, set->table, (uint32) range, bits);
	while ((n = customer_range_next(&scan, images, payloads)) > 0)
		for (int from = 0, part; from < n; from += part)
		{
			part = customer_block_size(set, images + from, n - from);
			resetStringInfo(buf);
			customer_block_write(set, images + from, payloads + from, part, buf);
			write_length(file, (uint64) buf->len);
			BufFileWrite(file, buf->data, (size_t) buf->len);
		}
	write_length(file, 0);
}

/* For a run of so many customers and bytes, and `all` bytes of it and the runs before. */
static int
range_bits(uint64 customers, Size bytes, Size all)
{
	uint64		ranges = Max(customers / RANGE_CUSTOMERS, bytes / RANGE_BYTES);
	int			bits;

	/* the power of two below is at least half of it */
	ranges = Max(ranges, 2 * (all / RANGE_BYTES_OF_ALL));
	bits = ranges == 0 ? 0 : pg_leftmost_one_pos64(ranges);
	return Max(SPILL_MIN_RANGE_BITS, Min(bits, SPILL_RANGE_BITS));
}

void
customer_spill_write(CustomerSet *set, Size bytes)
{
	CustomerResources *resources = customer_set_resources(set);
	uint64		customers = customer_table_count(set->table);
	int			bits = range_bits(customers, bytes, customer_spill_bytes(set) + bytes);
	SpillRun   *run = MemoryContextAlloc(set->context, offsetof(SpillRun, ranges) +
										 sizeof(SpillPlace) * ((Size) 1 << bits));
	SpillFile  *file = spill_file(resources->pool);
	StringInfoData buf;

	initStringInfo(&buf);
	/* a reading between two runs leaves the file where it read last */
	seek(file->file, file->end_fileno, file->end_offset);
	for (int range = 0; range < 1 << bits; range++)
	{
		CHECK_FOR_INTERRUPTS();
		BufFileTell(file->file, &run->ranges[range].fileno, &run->ranges[range].offset);
		write_range(set, file->file, range, bits, &buf);
	}
	BufFileTell(file->file, &file->end_fileno, &file->end_offset);
	pfree(buf.data);

	if (resources->spill == NULL)
	{
		resources->spill = MemoryContextAllocZero(set->context, sizeof(CustomerSpill));
		resources->spill->bits = bits;
	}
	run->format = set->spec->aggregate->wire_format != NULL ?
		set->spec->aggregate->wire_format(set) : 0;
	run->bits = bits;
	run->next = resources->spill->runs;
	resources->spill->runs = run;
	resources->spill->bits = Min(resources->spill->bits, bits);
	resources->spill->customers += customers;
	resources->spill->bytes += bytes;
}

static void
read_exactly(BufFile *file, void *to, Size len)
{
	Size		got = BufFileRead(file, to, len);

	if (got != len)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not read from temporary file: read only %zu of %zu bytes",
						got, len)));
}

/* Behind one range comes the next. */
static void
read_range(BufFile *file, CustomerSet *into, StringInfo buf, MemoryContext scratch)
{
	uint64		len;
	WireReader	r;

	for (;;)
	{
		read_exactly(file, &len, sizeof(len));
		if (len == 0)
			return;
		resetStringInfo(buf);
		enlargeStringInfo(buf, (int) len);
		read_exactly(file, buf->data, len);
		wire_reader_init(&r, buf->data, len);
		while (wire_remaining(&r) > 0)
			if (customer_block_merge(into, &r, scratch) == 0)
				elog(ERROR, "temporary file of a retention aggregate is corrupted");
	}
}

void
customer_spill_read(const CustomerSet *spilled, int from, int to, CustomerSet *into)
{
	const CustomerSpill *spill = spilled->resources->spill;
	BufFile    *file = spilled->resources->pool->file->file;
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext,
												  "retention spilled block",
												  ALLOCSET_DEFAULT_SIZES);
	StringInfoData buf;

	initStringInfo(&buf);
	for (const SpillRun *run = spill->runs; run != NULL; run = run->next)
	{
		int			shift = run->bits - spill->bits;

		customer_set_resources(into)->wire_format = run->format;
		seek(file, run->ranges[from << shift].fileno, run->ranges[from << shift].offset);
		for (int range = from << shift; range < to << shift; range++)
			read_range(file, into, &buf, scratch);
	}
	pfree(buf.data);
	MemoryContextDelete(scratch);
}

uint64
customer_spill_count(const CustomerSet *set)
{
	return customer_set_has_file(set) ? set->resources->spill->customers : 0;
}

Size
customer_spill_bytes(const CustomerSet *set)
{
	return customer_set_has_file(set) ? set->resources->spill->bytes : 0;
}

int
customer_spill_ranges(const CustomerSet *set)
{
	return 1 << set->resources->spill->bits;
}

void
customer_spill_close(CustomerPool *pool)
{
	if (pool->file != NULL)
	{
		BufFileClose(pool->file->file);
		pool->file = NULL;
	}
}
