/*
 * orders.c
 *		Fuzz target: what an aggregate over orders makes of its rows, against the
 *		definitions written out once more over all rows.
 *
 * The input is a program: rows for one of three states, which are merged by way
 * of their serialized form, sent to themselves, and read at any time.
 */
#include "harness.h"

#include "core/customer_wire.h"
#include "core/order_state.h"
#include "catalog/pg_type_d.h"
#include "utils/memutils.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#define STATES 3
/* Millions of small programs find more than a few long ones; one in eight may be longer. */
#define MOST_ROWS 120
#define FEW_ROWS 24
#define MOST_READS 2
#define MOST_SENDS 3

typedef __int128 Cents;

typedef struct Row
{
	int32		customer;
	int32		day;
	bool		is_order;
	Cents		cents;
} Row;

typedef struct Rows
{
	OrderState *state;
	int			count;
	Row			items[MOST_ROWS];
} Rows;

/* Something that adds up by a key. */
typedef struct Count
{
	int64		key[2];
	int64		n[6];
	Cents		cents[5];
} Count;

typedef struct Counts
{
	int			count;
	Count		items[8 * MOST_ROWS];
} Counts;

typedef struct Model
{
	int64		customers;
	int64		orders;
	Cents		unattributed;
	Counts		cells;
	Counts		gaps;
	Counts		ladder;
	Counts		repeat_days;
	Counts		single_days;
	Counts		changes;
} Model;

static const Calendar *calendar;
static bool with_amounts;
static bool with_names;
static int most_rows;
static CustomerSpec spec;
static Rows rows[STATES];
static Model model;

static Count *
new_count(Counts *counts, int64 a, int64 b)
{
	Count	   *c = &counts->items[counts->count++];

	FUZZ_CHECK(counts->count <= (int) lengthof(counts->items));
	memset(c, 0, sizeof(*c));
	c->key[0] = a;
	c->key[1] = b;
	return c;
}

static int
compare_counts(const void *a, const void *b)
{
	const int64 *x = ((const Count *) a)->key;
	const int64 *y = ((const Count *) b)->key;

	if (x[0] != y[0])
		return x[0] < y[0] ? -1 : 1;
	return (x[1] > y[1]) - (x[1] < y[1]);
}

static bool
is_nothing(const Count *c)
{
	Count		nothing = {{c->key[0], c->key[1]}};

	return memcmp(c->n, nothing.n, sizeof(nothing.n)) == 0 &&
		memcmp(c->cents, nothing.cents, sizeof(nothing.cents)) == 0;
}

/* In order, those of a key added up, those of nothing left out. */
static void
settle(Counts *counts)
{
	int			n = 0;

	qsort(counts->items, counts->count, sizeof(Count), compare_counts);
	for (int i = 0; i < counts->count;)
	{
		Count		sum = counts->items[i++];

		for (; i < counts->count && compare_counts(&sum, &counts->items[i]) == 0; i++)
		{
			for (int k = 0; k < (int) lengthof(sum.n); k++)
				sum.n[k] += counts->items[i].n[k];
			for (int k = 0; k < (int) lengthof(sum.cents); k++)
				sum.cents[k] += counts->items[i].cents[k];
		}
		if (!is_nothing(&sum))
			counts->items[n++] = sum;
	}
	counts->count = n;
}

enum
{
	SIZE, CUSTOMERS, FIRST, LAST, SECOND, ORDERS
};
enum
{
	REVENUE, FIRST_REVENUE
};
enum
{
	BEFORE, NOW, RISES, CHURNED, REACTIVATED
};

static int
compare_rows(const void *a, const void *b)
{
	const Row  *x = a;
	const Row  *y = b;

	if (x->customer != y->customer)
		return x->customer < y->customer ? -1 : 1;
	return (x->day > y->day) - (x->day < y->day);
}

typedef struct Period
{
	int64		period;
	int64		orders;
	Cents		cents;
} Period;

static void
book_changes(int64 cohort, const Period *p, int n)
{
	static const Period none;

	for (int i = 0; i < n; i++)
	{
		bool		adjacent = i > 0 && p[i - 1].period == p[i].period - 1;
		bool		followed = i + 1 < n && p[i + 1].period == p[i].period + 1;

		for (int after = 0; after <= (followed ? 0 : 1); after++)
		{
			int64		period = p[i].period + after;
			const Period *was = after ? &p[i] : adjacent ? &p[i - 1] : &none;
			const Period *is = after ? &none : &p[i];
			Count	   *c;

			if (period == cohort)
				continue;
			c = new_count(&model.changes, period, 0);
			if (is->orders == 0)
				c->cents[CHURNED] = was->cents - is->cents;
			else if (was->orders == 0)
				c->cents[REACTIVATED] = is->cents - was->cents;
			else
			{
				c->cents[BEFORE] = was->cents;
				c->cents[NOW] = is->cents;
				c->cents[RISES] = Max(is->cents - was->cents, 0);
			}
		}
	}
}

/* One customer's rows, by day. */
static void
book_customer(const Row *r, int n)
{
	static Period periods[MOST_ROWS];
	int			nperiods = 0;
	int64		orders = 0;
	int64		first = 0;
	int64		second = 0;
	int64		last_ordered = -1;
	int64		cohort;

	for (int i = 0; i < n; i++)
	{
		if (!r[i].is_order)
			continue;
		if (++orders == 1)
			first = r[i].day;
		else if (orders == 2)
			second = r[i].day;
	}
	if (orders == 0)
	{
		for (int i = 0; i < n; i++)
			model.unattributed += r[i].cents;
		return;
	}
	cohort = calendar_compute(calendar, (int32) first);
	for (int i = 0; i < n; i++)
	{
		int64		period = calendar_compute(calendar, r[i].day);

		if (period < cohort)
		{
			model.unattributed += r[i].cents;
			continue;
		}
		if (nperiods == 0 || periods[nperiods - 1].period != period)
			periods[nperiods++] = (Period) {period, 0, 0};
		periods[nperiods - 1].orders += r[i].is_order;
		periods[nperiods - 1].cents += r[i].cents;
	}
	for (int i = 0; i < nperiods; i++)
	{
		const Period *p = &periods[i];
		Count	   *c = new_count(&model.cells, cohort, p->period - cohort);

		c->n[ORDERS] = p->orders;
		c->n[CUSTOMERS] = p->orders > 0;
		c->n[SIZE] = c->n[FIRST] = p->period == cohort;
		c->n[SECOND] = orders > 1 && p->period == calendar_compute(calendar, (int32) second);
		c->cents[REVENUE] = p->cents;
		c->cents[FIRST_REVENUE] = p->period == cohort ? p->cents : 0;
		if (p->orders == 0)
			continue;
		if (last_ordered >= 0)
			new_count(&model.gaps, periods[last_ordered].period, p->period - periods[last_ordered].period)->n[0] = 1;
		last_ordered = i;
	}
	new_count(&model.cells, cohort, periods[last_ordered].period - cohort)->n[LAST] = 1;
	new_count(&model.ladder, orders, 0)->n[0] = 1;
	if (orders == 1)
		new_count(&model.single_days, first, 0)->n[0] = 1;
	else
		new_count(&model.repeat_days, second - first, 0)->n[0] = 1;
	model.customers++;
	model.orders += orders;
	if (with_amounts)
		book_changes(cohort, periods, nperiods);
}

static void
same_money(const Summary *s, Money m, Cents cents)
{
	char		text[64];
	char	   *p = text + sizeof(text);
	bool		negative = cents < 0;
	Numeric		expected;

	if (!s->money.form.wide && cents >= -PG_INT32_MAX && cents <= PG_INT32_MAX && s->money.form.scale <= 2)
	{
		int64		units = (int64) cents;

		for (int scale = s->money.form.scale; scale < 2; scale++)
		{
			FUZZ_CHECK(units % 10 == 0);
			units /= 10;
		}
		FUZZ_CHECK(m.units == units);
		return;
	}
	*--p = '\0';
	if (negative)
		cents = -cents;
	for (int i = 0; i < 3 || cents > 0; i++)
	{
		if (i == 2)
			*--p = '.';
		*--p = (char) ('0' + (int) (cents % 10));
		cents /= 10;
	}
	if (negative)
		*--p = '-';
	expected = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(p),
												   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	FUZZ_CHECK(DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(expected),
												 NumericGetDatum(money_to_numeric(s->money.form, m)))) == 0);
}

static void
same_counts(const SummaryCounts *actual, Counts *expected)
{
	settle(expected);
	FUZZ_CHECK(actual->count == expected->count);
	for (int i = 0; i < actual->count; i++)
	{
		FUZZ_CHECK(actual->items[i].at == expected->items[i].key[0]);
		FUZZ_CHECK(actual->items[i].customers == expected->items[i].n[0]);
	}
}

static void
same_cells(const Summary *s)
{
	settle(&model.cells);
	FUZZ_CHECK(s->ncells == model.cells.count);
	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *cell = &s->cells[i];
		const Count *c = &model.cells.items[i];

		FUZZ_CHECK(cell->cohort == c->key[0] && cell->age == c->key[1]);
		FUZZ_CHECK(cell->size == c->n[SIZE] && cell->customers == c->n[CUSTOMERS]);
		FUZZ_CHECK(cell->first == c->n[FIRST] && cell->last == c->n[LAST]);
		FUZZ_CHECK(cell->second == c->n[SECOND] && cell->orders == c->n[ORDERS]);
		if (with_amounts)
		{
			same_money(s, cell->revenue, c->cents[REVENUE]);
			same_money(s, cell->first_revenue, c->cents[FIRST_REVENUE]);
		}
	}
}

static void
same_gaps(const Summary *s)
{
	settle(&model.gaps);
	FUZZ_CHECK(s->ngaps == model.gaps.count);
	for (int i = 0; i < s->ngaps; i++)
	{
		const Count *c = &model.gaps.items[i];

		FUZZ_CHECK(s->gaps[i].period == c->key[0] && s->gaps[i].gap == c->key[1]);
		FUZZ_CHECK(s->gaps[i].customers == c->n[0]);
	}
}

static void
same_changes(const Summary *s)
{
	settle(&model.changes);
	FUZZ_CHECK(s->nchanges == model.changes.count);
	for (int i = 0; i < s->nchanges; i++)
	{
		const SummaryChange *change = &s->changes[i];
		const Count *c = &model.changes.items[i];

		FUZZ_CHECK(change->period == c->key[0]);
		same_money(s, change->before, c->cents[BEFORE]);
		same_money(s, change->now, c->cents[NOW]);
		same_money(s, change->rises, c->cents[RISES]);
		same_money(s, change->churned, c->cents[CHURNED]);
		same_money(s, change->reactivated, c->cents[REACTIVATED]);
	}
}

static void
take_summary(void *arg, SegmentSummary *whole)
{
	*(Summary *) arg = whole->summary;
}

static void
read_state(Rows *r)
{
	Summary		s;
	Summary		again;
	StringInfoData bytes;

	if (r->state == NULL)
		return;
	order_state_summarize(r->state, take_summary, &s);
	memset(&model, 0, offsetof(Model, cells));
	model.cells.count = model.gaps.count = model.ladder.count = 0;
	model.repeat_days.count = model.single_days.count = model.changes.count = 0;
	qsort(r->items, r->count, sizeof(Row), compare_rows);
	for (int i = 0; i < r->count;)
	{
		int			n = 1;

		while (i + n < r->count && r->items[i + n].customer == r->items[i].customer)
			n++;
		book_customer(&r->items[i], n);
		i += n;
	}
	FUZZ_CHECK(summary_customers(&s) == model.customers && summary_orders(&s) == model.orders);
	FUZZ_CHECK(s.has_orders == (model.orders > 0));
	same_cells(&s);
	same_gaps(&s);
	same_counts(&s.ladder, &model.ladder);
	same_counts(&s.repeat_days, &model.repeat_days);
	same_counts(&s.single_days, &model.single_days);
	if (with_amounts)
	{
		same_money(&s, s.unattributed, model.unattributed);
		same_changes(&s);
	}
	initStringInfo(&bytes);
	summary_encode(&s, &bytes);
	FUZZ_CHECK(summary_decode(bytes.data, bytes.len, false, &again) == NULL);
}

static OrderState *
new_state(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "state", ALLOCSET_DEFAULT_SIZES);

	return order_state_create(context, &spec, calendar);
}

/* Into *to, which may have no state yet, by way of bytes. */
static void
send_state(Rows *from, OrderState **to)
{
	StringInfoData bytes;
	WireReader	r;
	bool		fresh = *to == NULL;

	initStringInfo(&bytes);
	customer_set_write(&from->state->set, &bytes);
	wire_reader_init(&r, bytes.data, bytes.len);
	if (fresh)
		*to = new_state();
	FUZZ_CHECK(customer_set_merge(&(*to)->set, &r, fresh));
	MemoryContextDelete(from->state->set.context);
	from->state = NULL;
}

static void
merge(Rows *to, Rows *from)
{
	if (to == from || from->state == NULL || to->count + from->count > most_rows)
		return;
	memcpy(to->items + to->count, from->items, from->count * sizeof(Row));
	to->count += from->count;
	from->count = 0;
	send_state(from, &to->state);
}

static void
add_row(Rows *r, int32 customer, int32 day, uint8 kind, int value)
{
	Row		   *row = &r->items[r->count];
	Datum		key = Int64GetDatum(customer - 8);
	MoneyForm	form;
	Money		amount;
	OrderBatch	batch = {0};

	if (r->count == most_rows)
		return;
	if (r->state == NULL)
		r->state = new_state();
	row->customer = customer;
	row->day = day;
	row->cents = 0;
	/* mostly by the sign */
	row->is_order = !with_amounts || (value >= 0) != (value % 5 == 0);
	r->count++;
	if (with_names)
	{
		char		name[32];
		int			len = snprintf(name, sizeof(name), "%.*s%d", customer % 7, "customer", customer);
		text	   *t = palloc(VARHDRSZ + len);

		SET_VARSIZE(t, VARHDRSZ + len);
		memcpy(VARDATA(t), name, len);
		key = PointerGetDatum(t);
	}
	if (!with_amounts)
		kind = value = 0;
	if (kind == 3)
	{
		/* far beyond 64 bits */
		char		text[64];
		Numeric		number;

		snprintf(text, sizeof(text), "%d00000000000000000000.5", value);
		number = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(text),
													 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
		FUZZ_CHECK(money_from_numeric((struct varlena *) number, &amount, &form));
		row->cents = value;
		for (int i = 0; i < 22; i++)
			row->cents *= 10;
		row->cents += value < 0 ? -50 : 50;
	}
	else
	{
		form = (MoneyForm) {false, kind};
		amount.units = value;
		row->cents = value;
		for (int i = kind; i < 2; i++)
			row->cents *= 10;
	}
	batch.count = 1;
	batch.customers = &key;
	batch.days = &day;
	batch.is_order = &row->is_order;
	batch.amounts = &amount;
	batch.money = money_total_of(form, amount);
	order_state_add_batch(r->state, &batch);
}

static void
setup(FuzzBytes *b)
{
	uint8		options = fuzz_byte(b);
	uint8		sizes = fuzz_byte(b);

	calendar = fuzz_calendar(options);
	with_amounts = (sizes & 1) != 0;
	with_names = (sizes & 2) != 0;
	memset(&spec, 0, sizeof(spec));
	spec.calendars = calendar_pool_create(CurrentMemoryContext);
	spec.aggregate = with_amounts ? &order_amounts_class : &order_class;
	spec.key_type.kind = with_names ? KEY_BYTES : KEY_INT64;
	spec.key_type.type = with_names ? TEXTOID : INT8OID;
	spec.key_type.typlen = with_names ? -1 : 8;
	spec.key_type.typbyval = !with_names;
	spec.key_type.typalign = with_names ? TYPALIGN_INT : TYPALIGN_DOUBLE;
	/* none, all the time, or after some customers */
	spec.memory_limit = (sizes & 4) == 0 ? 0 : (sizes & 8) != 0 ? 1 : 2000;
	spec.expected = (sizes & 16) != 0 ? 100 : 0;
	most_rows = sizes >= 7 * 32 ? MOST_ROWS : FEW_ROWS;
	for (int i = 0; i < STATES; i++)
	{
		rows[i].state = NULL;
		rows[i].count = 0;
	}
}

static void
body(const uint8 *data, Size size)
{
	static const int32 bases[] = {8766, 0, -10957, CALENDAR_MIN_DAY, CALENDAR_END_DAY - 65536, 43800, -730500, -36524};
	FuzzBytes	b = {data, data + size};
	int32		base;
	int			reads = 0;
	int			sends = 0;

	setup(&b);
	base = bases[fuzz_byte(&b) % lengthof(bases)];
	while (fuzz_more(&b))
	{
		uint8		op = fuzz_byte(&b);
		Rows	   *r = &rows[(op >> 4) % STATES];

		switch (op & 15)
		{
			default:
				{
					int32		customer = fuzz_byte(&b) % 32;
					int32		day = base + fuzz_byte(&b) * ((op & 1) != 0 ? 1 : 29);
					uint8		kind = fuzz_byte(&b);

					/* one in 16 is wide: they are slow, and make their state so */
					add_row(r, customer, day, (kind & 15) == 15 ? 3 : kind % 3, (kind >> 2) - 20);
					break;
				}
			case 10:
				{
					/* many customers */
					int32		customer = fuzz_byte(&b);
					int32		day = base + fuzz_byte(&b) * 256;
					int			n = fuzz_byte(&b) % 48;

					for (int i = 0; i < n; i++)
						add_row(r, customer + i, day + i % 17, (uint8) (i % 3), i % 50 - 5);
					break;
				}
			case 11:
				{
					/* one customer often */
					int32		customer = fuzz_byte(&b) % 32;
					int32		day = base + fuzz_byte(&b) * 128;
					int			n = fuzz_byte(&b) % 48;
					int32		step = op >> 4;

					for (int i = 0; i < n; i++)
						add_row(r, customer, day + i * step, 0, i % 100 - 10);
					break;
				}
			case 12:
				if (reads++ < MOST_READS)
					read_state(r);
				break;
			case 13:
				if (sends++ < MOST_SENDS)
					merge(r, &rows[fuzz_byte(&b) % STATES]);
				break;
			case 14:
				if (r->state != NULL && sends++ < MOST_SENDS)
				{
					OrderState *sent = NULL;

					send_state(r, &sent);
					r->state = sent;
				}
				break;
		}
	}
	for (int i = 1; i < STATES; i++)
		merge(&rows[0], &rows[i]);
	for (int i = 0; i < STATES; i++)
		read_state(&rows[i]);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
