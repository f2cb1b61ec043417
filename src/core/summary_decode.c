/*
 * summary_decode.c
 *		A summary from its bytes, whoever sent them; see summary_format.h.
 *
 * Counts of entries are checked against the bytes that are left, as each entry
 * takes at least one, before anything is allocated for them.
 */
#include "core/summary_format.h"

#include "miscadmin.h"

typedef struct Decoder
{
	WireReader	r;
	Summary    *s;
	bool		any_wide;
} Decoder;

static bool
read_number(Decoder *d, int *number)
{
	uint64		n = wire_read_varint(&d->r);

	if (d->r.failed || n > wire_remaining(&d->r) || n > SUMMARY_MAX_ENTRIES)
		return false;
	*number = (int) n;
	return true;
}

static bool
read_count(Decoder *d, int64 add, int64 *count)
{
	uint64		n = wire_read_varint(&d->r);

	if (d->r.failed || n > (uint64) (SUMMARY_MAX_COUNT - add))
		return false;
	*count = (int64) n + add;
	return true;
}

static bool
read_step(Decoder *d, int64 from, int32 *at)
{
	uint64		step = wire_read_varint(&d->r);

	if (d->r.failed || step > MAX_STEP || from + (int64) step > PG_INT32_MAX)
		return false;
	*at = (int32) (from + (int64) step);
	return true;
}

/*
 * The first pass takes all amounts for narrow.  One that is not, or a sum of
 * all beyond the narrow form, sets any_wide: the caller then decodes again
 * with the wide form from the start.
 */
static bool
read_money(Decoder *d, Money *m)
{
	MoneyForm	form = d->s->money.form;
	bool		wide;

	if (!money_read(&d->r, form.scale, m, &wide))
		return false;
	if (form.wide)
	{
		MoneyForm	narrow = {false, form.scale};

		if (!wide)
			money_convert(narrow, form, m);
		return true;
	}
	if (wide)
	{
		d->any_wide = true;
		return true;
	}
	{
		MoneyTotal	total = money_total_union(d->s->money, money_total_of(form, *m));

		if (total.form.wide)
			d->any_wide = true;
		else
			d->s->money = total;
	}
	return true;
}

/* Who has the first order in a cell: at age 0, all of its customers. */
static bool
decode_first(Decoder *d, SummaryCell *cell)
{
	cell->size = 0;
	cell->first = cell->age == 0 ? cell->customers : 0;
	cell->first_revenue = cell->age == 0 ? cell->revenue : money_zero();
	if (!d->s->anchored || cell->age == 0)
		return true;
	return read_count(d, 0, &cell->first) &&
		(!d->s->with_amounts || cell->first == 0 || read_money(d, &cell->first_revenue));
}

static bool
decode_cell(Decoder *d, SummaryCell *cell, int64 age)
{
	uint8		control = wire_read_u8(&d->r);
	int32		next = (int32) (age + 1);

	if (age + 1 > PG_INT32_MAX ||
		((control & CELL_AGE) && !read_step(d, age + 2, &next)))
		return false;
	cell->age = next;
	cell->last = 0;
	cell->second = 0;
	cell->orders = 0;
	cell->customers = control >> CELL_COUNT_SHIFT;
	if (((control & CELL_LAST) && !read_count(d, 0, &cell->last)) ||
		((control & CELL_SECOND) && !read_count(d, 0, &cell->second)) ||
		((control & CELL_MORE_ORDERS) && !read_count(d, 0, &cell->orders)) ||
		(cell->customers == CELL_COUNT_MAX && !read_count(d, CELL_COUNT_MAX, &cell->customers)))
		return false;
	cell->orders += cell->customers;
	cell->revenue = money_zero();
	return !d->r.failed && cell->orders <= SUMMARY_MAX_COUNT &&
		(!d->s->with_amounts || read_money(d, &cell->revenue)) && decode_first(d, cell);
}

/* Cohorts may lie on either side of the first order where they are anchored. */
static bool
read_first_cohort(Decoder *d, int32 *cohort)
{
	int64		step = wire_read_zigzag(&d->r);
	int64		bound = (int64) PG_INT32_MAX + 1;

	if (d->r.failed || step < -bound || step >= bound ||
		*cohort + step < PG_INT32_MIN || *cohort + step > PG_INT32_MAX)
		return false;
	*cohort = (int32) (*cohort + step);
	return true;
}

static bool
decode_cells(Decoder *d)
{
	Summary    *s = d->s;
	int32		cohort;

	cohort = summary_base_period(s);
	if (!read_number(d, &s->ncells))
		return false;
	s->cells = summary_alloc(sizeof(SummaryCell), s->ncells);
	for (int i = 0; i < s->ncells;)
	{
		int			n;
		int			start = i;
		int64		age = -1;
		int64		never = 0;	/* customers not at age 0 */

		if (!(s->anchored && i == 0 ? read_first_cohort(d, &cohort) :
			  read_step(d, cohort, &cohort)) ||
			!read_number(d, &n) || n == 0 || n > s->ncells - i ||
			(s->anchored && !read_count(d, 0, &never)))
			return false;
		while (n-- > 0)
		{
			CHECK_FOR_INTERRUPTS();
			s->cells[i].cohort = cohort;
			if (!decode_cell(d, &s->cells[i], age))
				return false;
			age = s->cells[i++].age;
		}
		if (s->cells[start].age == 0)
			s->cells[start].size = s->cells[start].customers + never;
	}
	return true;
}

static bool
decode_gaps(Decoder *d)
{
	Summary    *s = d->s;
	int32		period = summary_base_period(s);

	if (!read_number(d, &s->ngaps))
		return false;
	s->gaps = summary_alloc(sizeof(SummaryGap), s->ngaps);
	for (int i = 0; i < s->ngaps;)
	{
		int			n;
		int32		gap = 0;

		if (!read_step(d, period, &period) || !read_number(d, &n) ||
			n == 0 || n > s->ngaps - i)
			return false;
		while (n-- > 0)
		{
			uint8		control = wire_read_u8(&d->r);
			SummaryGap *g = &s->gaps[i++];

			CHECK_FOR_INTERRUPTS();
			if (gap == PG_INT32_MAX)
				return false;
			g->period = period;
			g->gap = gap + 1;
			g->customers = control >> GAP_COUNT_SHIFT;
			if (((control & GAP_STEP) && !read_step(d, (int64) gap + 2, &g->gap)) ||
				(g->customers == GAP_COUNT_MAX && !read_count(d, GAP_COUNT_MAX, &g->customers)))
				return false;
			gap = g->gap;
		}
	}
	return true;
}

static bool
decode_counts(Decoder *d, SummaryCounts *counts, int64 from)
{
	if (!read_number(d, &counts->count))
		return false;
	counts->items = summary_alloc(sizeof(SummaryCount), counts->count);
	for (int i = 0; i < counts->count; i++)
	{
		int64		step;

		CHECK_FOR_INTERRUPTS();
		if (!read_count(d, 0, &step) || from > SUMMARY_MAX_COUNT ||
			!read_count(d, 0, &counts->items[i].customers))
			return false;
		counts->items[i].at = from += step;
	}
	return true;
}

static bool
decode_changes(Decoder *d)
{
	Summary    *s = d->s;
	int32		period = summary_base_period(s);

	if (!read_number(d, &s->nchanges))
		return false;
	s->changes = summary_alloc(sizeof(SummaryChange), s->nchanges);
	for (int i = 0; i < s->nchanges; i++)
	{
		SummaryChange *c = &s->changes[i];

		CHECK_FOR_INTERRUPTS();
		if (!read_step(d, period, &period) ||
			!read_money(d, &c->before) || !read_money(d, &c->now) ||
			!read_money(d, &c->rises) || !read_money(d, &c->churned) ||
			!read_money(d, &c->reactivated))
			return false;
		c->period = period;
	}
	return true;
}

static bool
decode_age_window(Decoder *d)
{
	uint64		months = wire_read_varint(&d->r);
	uint64		days = wire_read_varint(&d->r);

	if (d->r.failed || months > AGE_WINDOW_MAX || days > AGE_WINDOW_MAX ||
		(months == 0) == (days == 0))
		return false;
	d->s->age_window.months = (int32) months;
	d->s->age_window.days = (int32) days;
	return true;
}

/* The whole that this is a segment of. */
static bool
decode_frame(Decoder *d)
{
	Summary    *s = d->s;
	uint64		before = wire_read_varint(&d->r);
	uint64		after = wire_read_varint(&d->r);

	if (d->r.failed || !s->has_orders || (before == 0 && after == 0) ||
		before > (uint64) ((int64) s->first_day - CALENDAR_MIN_DAY) ||
		after >= (uint64) ((int64) CALENDAR_END_DAY - s->last_day))
		return false;
	s->from_day = (int32) (s->first_day - (int64) before);
	s->through_day = (int32) (s->last_day + (int64) after);
	return true;
}

static bool
decode_header(Decoder *d, uint8 flags)
{
	Summary    *s = d->s;

	if ((flags & FLAG_AGE_WINDOW) && !decode_age_window(d))
		return false;
	if (s->with_amounts)
	{
		uint64		scale = wire_read_varint(&d->r);

		if (d->r.failed || scale > MONEY_MAX_SCALE)
			return false;
		s->money.form.scale = (int) scale;
		if (scale > INT64_MAX_SCALE)
			s->money.form.wide = true;
		if (!read_money(d, &s->unattributed))
			return false;
	}
	if (s->has_orders)
	{
		int64		first = wire_read_zigzag(&d->r);
		uint64		span = wire_read_varint(&d->r);

		if (d->r.failed || first < CALENDAR_MIN_DAY || first >= CALENDAR_END_DAY ||
			span >= (uint64) (CALENDAR_END_DAY - first))
			return false;
		s->first_day = (int32) first;
		s->last_day = (int32) (first + (int64) span);
	}
	s->from_day = s->first_day;
	s->through_day = s->last_day;
	return (flags & FLAG_SEGMENT) == 0 || decode_frame(d);
}

static const char *
decode(Decoder *d)
{
	Summary    *s = d->s;
	uint8		version = wire_read_u8(&d->r);
	uint8		unit = wire_read_u8(&d->r);
	uint8		flags = wire_read_u8(&d->r);

	if (d->r.failed)
		return "it is too short";
	if (version != SUMMARY_VERSION)
		return "its version is not known to this library";
	if (unit >= CALENDAR_CODES)
		return "its period unit is not known";
	if ((flags & ~FLAGS_KNOWN) != 0)
		return "its flags are not known";
	s->calendar = calendar_of_code(unit);
	s->with_amounts = (flags & FLAG_AMOUNTS) != 0;
	s->has_orders = (flags & FLAG_ORDERS) != 0;
	s->anchored = (flags & FLAG_ANCHORED) != 0;
	if (!decode_header(d, flags))
		return "its header is malformed";
	if (!decode_cells(d))
		return "its cells are malformed";
	if (!decode_gaps(d))
		return "its gaps are malformed";
	if (!decode_counts(d, &s->ladder, 0) || !decode_counts(d, &s->repeat_days, 0) ||
		!decode_counts(d, &s->single_days, s->first_day))
		return "its counts are malformed";
	if (s->with_amounts && !decode_changes(d))
		return "its revenue changes are malformed";
	if (wire_remaining(&d->r) > 0)
		return "it is too long";
	return NULL;
}

void
summary_peek_kind(const void *bytes, Size len, SummaryKind *kind)
{
	Decoder		d;
	Summary		s;
	uint8		code;
	uint8		flags;

	memset(&s, 0, sizeof(s));
	d.s = &s;
	wire_reader_init(&d.r, bytes, len);
	(void) wire_read_u8(&d.r);
	code = wire_read_u8(&d.r);
	/* what the disk has damaged is found when it is decoded */
	s.calendar = calendar_of_code(Min(code, CALENDAR_CODES - 1));
	flags = wire_read_u8(&d.r);
	s.with_amounts = (flags & FLAG_AMOUNTS) != 0;
	s.has_orders = (flags & FLAG_ORDERS) != 0;
	if (flags & FLAG_AGE_WINDOW)
		(void) decode_age_window(&d);
	*kind = summary_kind(&s);
}

static const char *
decode_in_form(const void *bytes, Size len, bool wide, Summary *s, bool *any_wide)
{
	Decoder		d;
	const char *wrong;

	memset(s, 0, sizeof(*s));
	s->money.form.wide = wide;
	wire_reader_init(&d.r, bytes, len);
	d.s = s;
	d.any_wide = false;
	wrong = decode(&d);
	*any_wide = d.any_wide;
	return wrong;
}

const char *
summary_decode(const void *bytes, Size len, bool trusted, Summary *s)
{
	bool		any_wide;
	const char *wrong = decode_in_form(bytes, len, false, s, &any_wide);

	/* rare: an amount, or the sum of all, is beyond the narrow form */
	if (wrong == NULL && any_wide)
		wrong = decode_in_form(bytes, len, true, s, &any_wide);
	if (wrong != NULL || trusted)
		return wrong;

	wrong = summary_check(s);
	if (wrong == NULL)
	{
		StringInfoData again;

		/* only canonical bytes: equality of summaries is equality of bytes */
		initStringInfo(&again);
		summary_encode(s, &again);
		if ((Size) again.len != len || memcmp(again.data, bytes, len) != 0)
			wrong = "its bytes are not in canonical form";
		pfree(again.data);
	}
	return wrong;
}
