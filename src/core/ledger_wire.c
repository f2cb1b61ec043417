/*
 * ledger_wire.c
 *		Bytes of a ledger: sections as those of a summary (summary_format.h), but
 *		with signed counts (zigzag), and none measured from the first day.
 *
 *	byte version = 193, which no summary has
 *	1 header:	as of a summary without orders
 *	2 cells:	number; each: step of the cohort (the first: zigzag), age (in the
 *				cohort of the one before: step), a byte that tells which of the eight
 *				counts are not 0, in the order of SummaryCell, these [amounts:
 *				revenue, first revenue]
 *	3 gaps:		number; each: step of the period (the first: zigzag), gap (in the
 *				period of the one before: step), customers
 *	4 ladder, 5 days to second order, 6 days of single orders, 9 days, 10 scales:
 *				number; each: step (the first: zigzag), customers
 *	7 changes:	number; each: step of the period (the first: zigzag), five times money
 *
 * Only this library writes them and only to where nobody else does; reading keeps
 * inside of what there is, as the disk may have damaged it.
 */
#include "core/ledger.h"

#include "core/summary_read.h"
#include "miscadmin.h"

#define SECTION_DAYS 9
#define SECTION_SCALES 10

static const Size cell_counts[] = {
	offsetof(SummaryCell, size), offsetof(SummaryCell, customers), offsetof(SummaryCell, first),
	offsetof(SummaryCell, last), offsetof(SummaryCell, second), offsetof(SummaryCell, returned),
	offsetof(SummaryCell, run_end), offsetof(SummaryCell, orders)
};

#define CELL_COUNTS ((int) lengthof(cell_counts))

static inline int64 *
cell_count(const SummaryCell *cell, int i)
{
	return (int64 *) ((char *) unconstify(SummaryCell *, cell) + cell_counts[i]);
}

/* Distance from the entry before or, of the first one, the number itself. */
static void
put_step(StringInfo buf, bool first, int64 before, int64 at)
{
	if (first)
		wire_write_zigzag(buf, at);
	else
		wire_write_varint(buf, (uint64) (at - before));
}

static void
put_cells(const Ledger *l, StringInfo buf)
{
	const Summary *s = &l->entries;

	wire_write_varint(buf, (uint64) s->ncells);
	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *c = &s->cells[i];
		const SummaryCell *before = i == 0 ? c : c - 1;
		bool		same = i > 0 && before->cohort == c->cohort;
		uint8		mask = 0;

		CHECK_FOR_INTERRUPTS();
		put_step(buf, i == 0, before->cohort, c->cohort);
		wire_write_varint(buf, (uint64) (same ? c->age - before->age : c->age));
		for (int k = 0; k < CELL_COUNTS; k++)
			mask |= (*cell_count(c, k) != 0) << k;
		wire_write_u8(buf, mask);
		for (int k = 0; k < CELL_COUNTS; k++)
			if (mask & 1 << k)
				wire_write_zigzag(buf, *cell_count(c, k));
		if (s->with_amounts)
		{
			money_write(buf, s->money.form, c->revenue);
			money_write(buf, s->money.form, c->first_revenue);
		}
	}
}

static void
put_gaps(const Ledger *l, StringInfo buf)
{
	const Summary *s = &l->entries;

	wire_write_varint(buf, (uint64) s->ngaps);
	for (int i = 0; i < s->ngaps; i++)
	{
		const SummaryGap *g = &s->gaps[i];
		const SummaryGap *before = i == 0 ? g : g - 1;
		bool		same = i > 0 && before->period == g->period;

		CHECK_FOR_INTERRUPTS();
		put_step(buf, i == 0, before->period, g->period);
		wire_write_varint(buf, (uint64) (same ? g->gap - before->gap : g->gap));
		wire_write_zigzag(buf, g->customers);
	}
}

static void
put_changes(const Ledger *l, StringInfo buf)
{
	const Summary *s = &l->entries;
	MoneyForm	form = s->money.form;

	wire_write_varint(buf, (uint64) s->nchanges);
	for (int i = 0; i < s->nchanges; i++)
	{
		const SummaryChange *c = &s->changes[i];

		CHECK_FOR_INTERRUPTS();
		put_step(buf, i == 0, i == 0 ? 0 : c[-1].period, c->period);
		money_write(buf, form, c->before);
		money_write(buf, form, c->now);
		money_write(buf, form, c->rises);
		money_write(buf, form, c->churned);
		money_write(buf, form, c->reactivated);
	}
}

static void
put_counts(uint8 tag, const SummaryCounts *counts, StringInfo buf)
{
	int			section;

	if (counts->count == 0)
		return;
	section = section_begin(buf, tag);
	wire_write_varint(buf, (uint64) counts->count);
	for (int i = 0; i < counts->count; i++)
	{
		const SummaryCount *c = &counts->items[i];

		CHECK_FOR_INTERRUPTS();
		put_step(buf, i == 0, i == 0 ? 0 : c[-1].at, c->at);
		wire_write_zigzag(buf, c->customers);
	}
	section_end(buf, section);
}

static void
put_section(uint8 tag, const Ledger *l, void (*put) (const Ledger *l, StringInfo buf),
			StringInfo buf)
{
	int			section = section_begin(buf, tag);

	put(l, buf);
	section_end(buf, section);
}

static void
put_header(const Ledger *l, StringInfo buf)
{
	summary_encode_header(&l->entries, buf);
}

void
ledger_encode(const Ledger *l, StringInfo buf)
{
	const Summary *s = &l->entries;

	wire_write_u8(buf, LEDGER_VERSION);
	put_section(SECTION_HEADER, l, put_header, buf);
	if (s->ncells > 0)
		put_section(SECTION_CELLS, l, put_cells, buf);
	if (s->ngaps > 0)
		put_section(SECTION_GAPS, l, put_gaps, buf);
	put_counts(SECTION_LADDER, &s->ladder, buf);
	put_counts(SECTION_REPEAT_DAYS, &s->repeat_days, buf);
	put_counts(SECTION_SINGLE_DAYS, &s->single_days, buf);
	if (s->nchanges > 0)
		put_section(SECTION_CHANGES, l, put_changes, buf);
	put_counts(SECTION_DAYS, &l->days, buf);
	put_counts(SECTION_SCALES, &l->scales, buf);
}

/* Entries of a section, each of at least two bytes. */
static bool
get_number(SummaryDecoder *d, int *number)
{
	uint64		n = wire_read_varint(&d->r);

	if (d->r.failed || n > wire_remaining(&d->r) / 2 || n > SUMMARY_MAX_ENTRIES)
		return false;
	*number = (int) n;
	return true;
}

/* Counts stay where sums of a few of them cannot overflow. */
static bool
get_count(SummaryDecoder *d, int64 *count)
{
	*count = wire_read_zigzag(&d->r);
	return !d->r.failed && *count >= -SUMMARY_MAX_COUNT && *count <= SUMMARY_MAX_COUNT;
}

static bool
get_step(SummaryDecoder *d, bool first, int64 before, int64 limit, int64 *at)
{
	if (first)
		*at = wire_read_zigzag(&d->r);
	else
	{
		uint64		step = wire_read_varint(&d->r);

		if (step > (uint64) SUMMARY_MAX_COUNT)
			return false;
		*at = before + (int64) step;
	}
	return !d->r.failed && *at >= -limit - 1 && *at <= limit;
}

/* A pair of numbers in strictly ascending order, the second one not below `least`. */
static bool
get_pair(SummaryDecoder *d, int i, int32 least, int32 *high, int32 *low)
{
	int64		at = 0;
	uint64		step;
	int64		from = 0;

	if (!get_step(d, i == 0, *high, PG_INT32_MAX, &at))
		return false;
	step = wire_read_varint(&d->r);
	if (i > 0 && at == *high)
	{
		from = *low;
		if (step == 0)
			return false;
	}
	if (d->r.failed || step > PG_INT32_MAX || from + (int64) step > PG_INT32_MAX ||
		from + (int64) step < least)
		return false;
	*high = (int32) at;
	*low = (int32) (from + (int64) step);
	return true;
}

static bool
get_cells(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int32		cohort = 0;
	int32		age = 0;

	if (!get_number(d, &s->ncells))
		return false;
	s->cells = summary_alloc(sizeof(SummaryCell), s->ncells);
	for (int i = 0; i < s->ncells; i++)
	{
		SummaryCell *c = &s->cells[i];
		uint8		mask;

		CHECK_FOR_INTERRUPTS();
		memset(c, 0, sizeof(*c));
		if (!get_pair(d, i, 0, &cohort, &age))
			return false;
		c->cohort = cohort;
		c->age = age;
		mask = wire_read_u8(&d->r);
		for (int k = 0; k < CELL_COUNTS; k++)
			if ((mask & 1 << k) && !get_count(d, cell_count(c, k)))
				return false;
		if (s->with_amounts &&
			(!summary_read_money(d, &c->revenue) || !summary_read_money(d, &c->first_revenue)))
			return false;
	}
	return true;
}

static bool
get_gaps(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int32		period = 0;
	int32		gap = 0;

	if (!get_number(d, &s->ngaps))
		return false;
	s->gaps = summary_alloc(sizeof(SummaryGap), s->ngaps);
	for (int i = 0; i < s->ngaps; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!get_pair(d, i, 1, &period, &gap) || !get_count(d, &s->gaps[i].customers))
			return false;
		s->gaps[i].period = period;
		s->gaps[i].gap = gap;
	}
	return true;
}

static bool
get_changes(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int64		at = 0;

	if (!s->with_amounts || !get_number(d, &s->nchanges))
		return false;
	s->changes = summary_alloc(sizeof(SummaryChange), s->nchanges);
	for (int i = 0; i < s->nchanges; i++)
	{
		SummaryChange *c = &s->changes[i];
		int64		before = at;

		CHECK_FOR_INTERRUPTS();
		if (!get_step(d, i == 0, at, PG_INT32_MAX, &at) || (i > 0 && at == before) ||
			!summary_read_money(d, &c->before) || !summary_read_money(d, &c->now) ||
			!summary_read_money(d, &c->rises) || !summary_read_money(d, &c->churned) ||
			!summary_read_money(d, &c->reactivated))
			return false;
		c->period = (int32) at;
	}
	return true;
}

static bool
get_counts(SummaryDecoder *d, SummaryCounts *counts, int64 limit)
{
	int64		at = 0;

	if (!get_number(d, &counts->count))
		return false;
	counts->items = summary_alloc(sizeof(SummaryCount), counts->count);
	for (int i = 0; i < counts->count; i++)
	{
		int64		before = at;

		CHECK_FOR_INTERRUPTS();
		if (!get_step(d, i == 0, at, limit, &at) || (i > 0 && at == before) ||
			!get_count(d, &counts->items[i].customers))
			return false;
		counts->items[i].at = at;
	}
	return true;
}

static bool
get_section(SummaryDecoder *d, uint8 tag, Ledger *l)
{
	switch (tag)
	{
		case SECTION_CELLS:
			return get_cells(d);
		case SECTION_GAPS:
			return get_gaps(d);
		case SECTION_LADDER:
			return get_counts(d, &l->entries.ladder, SUMMARY_MAX_COUNT);
		case SECTION_REPEAT_DAYS:
			return get_counts(d, &l->entries.repeat_days, PG_INT32_MAX);
		case SECTION_SINGLE_DAYS:
			return get_counts(d, &l->entries.single_days, PG_INT32_MAX);
		case SECTION_CHANGES:
			return get_changes(d);
		case SECTION_DAYS:
			return get_counts(d, &l->days, PG_INT32_MAX);
		case SECTION_SCALES:
			return get_counts(d, &l->scales, MONEY_MAX_SCALE);
		default:
			return false;
	}
}

static const char *
decode_in_form(const void *bytes, Size len, bool wide, Ledger *l, bool *any_wide)
{
	SummaryDecoder d;
	WireReader	all;
	uint8		tag = 0;

	memset(l, 0, sizeof(*l));
	summary_init(&l->entries);
	l->entries.money.form.wide = wide;
	d.s = &l->entries;
	d.any_wide = false;
	wire_reader_init(&all, bytes, len);
	if (wire_read_u8(&all) != LEDGER_VERSION)
		return "its version is not known to this library";
	if (!section_next(&all, &tag, &d.r) || tag != SECTION_HEADER)
		return "it has no header";
	if (summary_decode_header(&d) != NULL || wire_remaining(&d.r) > 0 || l->entries.has_orders)
		return "its header is malformed";
	while (section_next(&all, &tag, &d.r))
		if (!get_section(&d, tag, l) || wire_remaining(&d.r) > 0)
			return "a section of it is malformed";
	*any_wide = d.any_wide;
	return all.failed ? "its sections are malformed" : NULL;
}

const char *
ledger_decode(const void *bytes, Size len, Ledger *l)
{
	bool		any_wide = false;
	const char *wrong = decode_in_form(bytes, len, false, l, &any_wide);

	/* rare: see summary_read_money() */
	return wrong == NULL && any_wide ? decode_in_form(bytes, len, true, l, &any_wide) : wrong;
}
