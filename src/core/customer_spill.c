/*
 * customer_spill.c
 *		Customers in a temporary file; see customer_spill.h.
 */
#include "core/customer_spill.h"

#include "core/customer_wire.h"

#include "miscadmin.h"
#include "storage/buffile.h"

typedef struct SpillRun
{
	struct SpillRun *next;
	uint64		format;			/* of the class: how payloads are written */
	int			fileno[SPILL_RANGES];	/* where each range begins */
	off_t		offset[SPILL_RANGES];
} SpillRun;

struct CustomerSpill
{
	BufFile    *file;
	int			end_fileno;		/* where the next run goes */
	off_t		end_offset;
	uint64		customers;
	SpillRun   *runs;			/* newest first */
};

static CustomerSpill *
spill_of(CustomerSet *set)
{
	CustomerHoldings *holdings = customer_set_holdings(set);

	if (holdings->spill == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(set->context);

		holdings->spill = palloc0(sizeof(CustomerSpill));
		holdings->spill->file = BufFileCreateTemp(false);
		MemoryContextSwitchTo(caller);
	}
	return holdings->spill;
}

/* One range: its length, then its blocks. */
static void
write_range(CustomerSet *set, BufFile *file, int range, StringInfo buf)
{
	CustomerRange scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;
	uint64		len;

	resetStringInfo(buf);
	customer_range_begin(&scan, set->table, range, SPILL_RANGE_BITS);
	while ((n = customer_range_next(&scan, images, payloads)) > 0)
		customer_block_write(set, images, payloads, n, buf);
	len = (uint64) buf->len;
	BufFileWrite(file, &len, sizeof(len));
	BufFileWrite(file, buf->data, len);
}

void
customer_spill_write(CustomerSet *set)
{
	CustomerSpill *spill = spill_of(set);
	SpillRun   *run = MemoryContextAlloc(set->context, sizeof(SpillRun));
	StringInfoData buf;

	run->format = set->spec->class->wire_format != NULL ?
		set->spec->class->wire_format(set) : 0;
	run->next = spill->runs;
	spill->customers += customer_table_count(set->table);
	initStringInfo(&buf);
	/* a reading between two runs leaves the file where it read last */
	if (BufFileSeek(spill->file, spill->end_fileno, spill->end_offset, SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
	for (int range = 0; range < SPILL_RANGES; range++)
	{
		CHECK_FOR_INTERRUPTS();
		BufFileTell(spill->file, &run->fileno[range], &run->offset[range]);
		write_range(set, spill->file, range, &buf);
	}
	BufFileTell(spill->file, &spill->end_fileno, &spill->end_offset);
	pfree(buf.data);
	spill->runs = run;
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

static void
read_range(const CustomerSpill *spill, const SpillRun *run, int range, CustomerSet *into)
{
	uint64		len;
	char	   *bytes;
	WireReader	r;

	CHECK_FOR_INTERRUPTS();
	if (BufFileSeek(spill->file, run->fileno[range], run->offset[range], SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
	read_exactly(spill->file, &len, sizeof(len));
	if (len == 0)
		return;
	bytes = palloc(len);
	read_exactly(spill->file, bytes, len);
	wire_reader_init(&r, bytes, len);
	while (wire_remaining(&r) > 0)
		if (customer_block_merge(into, &r) == 0)
			elog(ERROR, "temporary file of a retention aggregate is corrupted");
	pfree(bytes);
}

void
customer_spill_read(const CustomerSet *spilled, int from, int to, CustomerSet *into)
{
	const CustomerSpill *spill = spilled->holdings->spill;

	for (const SpillRun *run = spill->runs; run != NULL; run = run->next)
	{
		customer_set_holdings(into)->wire_format = run->format;
		for (int range = from; range < to; range++)
			read_range(spill, run, range, into);
	}
}

uint64
customer_spill_count(const CustomerSet *set)
{
	return customer_set_has_file(set) ? set->holdings->spill->customers : 0;
}

void
customer_spill_close(CustomerSet *set)
{
	if (customer_set_has_file(set) && set->holdings->spill->file != NULL)
	{
		BufFileClose(set->holdings->spill->file);
		set->holdings->spill->file = NULL;
	}
}
