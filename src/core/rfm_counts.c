/*
 * rfm_counts.c
 *		Counting customers by history; see rfm.h.
 */
#include "core/rfm.h"

#include "core/history.h"
#include "core/summary.h"
#include "miscadmin.h"

/* Numbers and how often each came, in any order, some more than once. */
typedef struct Numbers
{
	SortPair   *items;
	uint64		n;
	uint64		capacity;
} Numbers;

struct RfmBuilder
{
	MemoryContext context;
	RfmKind		kind;
	Numbers		rows;
	int64		customers;

	/*
	 * Spends of narrow amounts of one scale are counted like rows: x in the highest 16
	 * bits, below it the amount + SPEND_ZERO.  Others are in a list.
	 */
	Numbers		counted;
	int			counted_scale;	/* -1: none yet */
	MoneyTotal	money;			/* of the list */
	RfmSpend   *spends;			/* in any order, some more than once */
	uint64		n_spends;
	uint64		capacity;
};

#define FIRST_NUMBERS 64
#define FIRST_SPENDS 64
#define SPEND_BITS 48
#define SPEND_ZERO (INT64CONST(1) << (SPEND_BITS - 1))

/*
 * In order, and the same ones together.  Sorting goes over memory, where a hash table of as
 * many would go to a place of its own for each.
 */
static void
settle_numbers(Numbers *numbers)
{
	uint64		left = 0;

	if (numbers->n == 0)
		return;
	pair_sort(numbers->items, numbers->n);
	for (uint64 i = 1; i < numbers->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (numbers->items[i].key == numbers->items[left].key)
			numbers->items[left].value += numbers->items[i].value;
		else
			numbers->items[++left] = numbers->items[i];
	}
	numbers->n = left + 1;
}

/* Room for so many in all; in the builder's context. */
static void
reserve_numbers(Numbers *numbers, uint64 capacity)
{
	if (capacity <= numbers->capacity)
		return;
	numbers->items = numbers->items == NULL ?
		palloc_extended(capacity * sizeof(SortPair), MCXT_ALLOC_HUGE) :
		repalloc_huge(numbers->items, capacity * sizeof(SortPair));
	numbers->capacity = capacity;
}

static inline void
add_number(Numbers *numbers, uint64 key, int64 count)
{
	if (unlikely(numbers->n == numbers->capacity))
	{
		settle_numbers(numbers);
		if (numbers->n > numbers->capacity / 2 || numbers->capacity == 0)
			reserve_numbers(numbers, Max(numbers->capacity * 2, FIRST_NUMBERS));
	}
	numbers->items[numbers->n].key = key;
	numbers->items[numbers->n++].value = (uint64) count;
}

RfmBuilder *
rfm_builder_create(MemoryContext context, const RfmKind *kind)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	RfmBuilder *b = palloc0(sizeof(RfmBuilder));

	b->context = context;
	b->kind = *kind;
	b->counted_scale = -1;
	MemoryContextSwitchTo(caller);
	return b;
}

const RfmKind *
rfm_builder_kind(const RfmBuilder *b)
{
	return &b->kind;
}

void
rfm_require_same(const RfmKind *a, const RfmKind *b)
{
	if (a->as_of != b->as_of || a->holdout_from != b->holdout_from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("as_of and holdout_from must be the same for all customers that are counted together"),
				 errhint("Counts of two days are of different histories of the same customers: make each from all of them.")));
	if (a->with_amounts != b->with_amounts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("customers with and without amounts cannot be counted together"),
				 errhint("Make all histories with amounts, or all without.")));
}

/* Order of two entries, by x and amount. */
static int
compare_spends(const void *a, const void *b, void *form)
{
	const RfmSpend *x = a;
	const RfmSpend *y = b;

	return x->x != y->x ? (x->x > y->x) - (x->x < y->x) :
		money_compare(*(const MoneyForm *) form, x->amount, y->amount);
}

/* Sorted, and the same ones together; returns how many are left. */
static uint64
settle_spends(RfmSpend *spends, uint64 n, MoneyForm form)
{
	uint64		left = 0;

	if (n == 0)
		return 0;
	qsort_interruptible(spends, n, sizeof(RfmSpend), compare_spends, &form);
	for (uint64 i = 1; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (compare_spends(&spends[left], &spends[i], &form) == 0)
		{
			spends[left].customers += spends[i].customers;
			money_free(form, spends[i].amount);
		}
		else
			spends[++left] = spends[i];
	}
	return left + 1;
}

/* In the builder's context. */
static void
list_spend(RfmBuilder *b, int32 x, MoneyForm form, Money amount, int64 customers)
{
	MoneyTotal	both = money_total_union(b->money, money_total_of(form, amount));
	Money		own = money_copy(form, amount);

	if (both.form.wide != b->money.form.wide || both.form.scale != b->money.form.scale)
		for (uint64 i = 0; i < b->n_spends; i++)
		{
			CHECK_FOR_INTERRUPTS();
			money_convert(b->money.form, both.form, &b->spends[i].amount);
		}
	money_convert(form, both.form, &own);
	b->money = both;
	if (b->n_spends == b->capacity)
	{
		b->n_spends = settle_spends(b->spends, b->n_spends, b->money.form);
		if (b->n_spends > b->capacity / 2 || b->capacity == 0)
		{
			uint64		more = Max(b->capacity * 2, FIRST_SPENDS);

			b->spends = b->spends == NULL ? palloc(more * sizeof(RfmSpend)) :
				repalloc_huge(b->spends, more * sizeof(RfmSpend));
			b->capacity = more;
		}
	}
	b->spends[b->n_spends].x = x;
	b->spends[b->n_spends].amount = own;
	b->spends[b->n_spends++].customers = customers;
}

/* In the builder's context. */
static void
add_spend(RfmBuilder *b, int32 x, MoneyForm form, Money amount, int64 customers)
{
	if (b->counted_scale < 0 && !form.wide)
		b->counted_scale = form.scale;
	if (!form.wide && form.scale == b->counted_scale && amount.units < SPEND_ZERO &&
		amount.units >= -SPEND_ZERO)
		add_number(&b->counted, (uint64) x << SPEND_BITS | (uint64) (amount.units + SPEND_ZERO), customers);
	else
		list_spend(b, x, form, amount, customers);
}

/* What is counted and what is listed, in one form, sorted, in the current memory context. */
static void
finish_spends(RfmBuilder *b, Rfm *rfm)
{
	SortPair   *counted;
	uint64		n;
	MoneyTotal	own = {{false, Max(b->counted_scale, 0)}, 0};
	uint64		i = 0;

	settle_numbers(&b->counted);
	counted = b->counted.items;
	n = b->counted.n;

	/* all of them below the limit of one is enough: they are compared only */
	own.magnitude = n > 0 ? (uint64) SPEND_ZERO : 0;
	rfm->money = b->n_spends == 0 ? own : n == 0 ? b->money : money_total_union(own, b->money);
	rfm->spends = summary_alloc(sizeof(RfmSpend), n + b->n_spends);
	for (; i < n; i++)
	{
		RfmSpend   *s = &rfm->spends[i];

		CHECK_FOR_INTERRUPTS();
		s->x = (int32) (counted[i].key >> SPEND_BITS);
		s->amount.units = (int64) (counted[i].key & ((UINT64CONST(1) << SPEND_BITS) - 1)) - SPEND_ZERO;
		s->customers = (int64) counted[i].value;
		money_convert(own.form, rfm->money.form, &s->amount);
	}
	for (uint64 j = 0; j < b->n_spends; j++, i++)
	{
		CHECK_FOR_INTERRUPTS();
		rfm->spends[i] = b->spends[j];
		rfm->spends[i].amount = money_copy(b->money.form, b->spends[j].amount);
		money_convert(b->money.form, rfm->money.form, &rfm->spends[i].amount);
	}
	rfm->n_spends = b->n_spends == 0 ? n : settle_spends(rfm->spends, i, rfm->money.form);
}

void
rfm_require_watched(int64 days)
{
	if (days > RFM_MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a customer is watched for more than %d days: " INT64_FORMAT,
						RFM_MAX_DAYS, days),
				 errhint("Check as_of, and look for orders in a wrong century.")));
}

void
rfm_builder_add_number(RfmBuilder *b, uint64 number)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);

	add_number(&b->rows, number, 1);
	b->customers++;
	MemoryContextSwitchTo(caller);
}

void
rfm_builder_add_spend(RfmBuilder *b, int x, MoneyForm form, Money amount)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);

	add_spend(b, x, form, amount, 1);
	MemoryContextSwitchTo(caller);
}

const char *
rfm_customer_read(const RfmKind *kind, const void *bytes, Size len, RfmCustomer *customer)
{
	HistoryTotals t;
	HistoryTotals later;
	const char *wrong = history_totals(bytes, len, PG_INT32_MIN, kind->holdout_from, &t);
	int64		watched;
	int			holdout = 0;
	int			x;

	memset(customer, 0, sizeof(*customer));
	if (wrong != NULL || t.order_days == 0)
		return wrong;
	watched = (int64) kind->holdout_from - 1 - t.first_order;
	rfm_require_watched(watched);
	x = t.order_days - 1;
	if (rfm_has_holdout(kind) && t.more)
	{
		if ((wrong = history_totals(bytes, len, kind->holdout_from, kind->as_of, &later)) != NULL)
			return wrong;
		holdout = later.order_days;
	}
	customer->counted = true;
	customer->row = rfm_row(kind, x, t.last_order - t.first_order, (int) watched, holdout);
	customer->has_spend = x > 0 && kind->with_amounts;
	if (!customer->has_spend)
		return NULL;

	/* money of days before the first order day is not of the repeat orders either */
	wrong = history_totals(bytes, len, t.first_order + 1, kind->holdout_from, &later);
	customer->form = later.form;
	customer->spend = later.revenue;
	return wrong;
}

void
rfm_builder_reserve(RfmBuilder *b, uint64 customers, uint64 spends)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);

	reserve_numbers(&b->rows, customers);
	reserve_numbers(&b->counted, spends);
	MemoryContextSwitchTo(caller);
}

void
rfm_builder_add_customer(RfmBuilder *b, const RfmCustomer *customer)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);

	add_number(&b->rows, customer->row, 1);
	if (customer->has_spend)
		add_spend(b, (int32) (customer->row >> (rfm_has_holdout(&b->kind) ? 48 : 32)), customer->form,
				  customer->spend, 1);
	b->customers++;
	MemoryContextSwitchTo(caller);
}

void
rfm_builder_add(RfmBuilder *b, const Rfm *rfm)
{
	MemoryContext caller = MemoryContextSwitchTo(b->context);

	for (uint64 i = 0; i < rfm->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_number(&b->rows, rfm->rows[i].key, (int64) rfm->rows[i].value);
		b->customers += (int64) rfm->rows[i].value;
		if (b->customers > RFM_MAX_CUSTOMERS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("retention_rfm would have more than 2^53 customers"),
					 errhint("Check that no value is added to itself again and again.")));
	}
	for (uint64 i = 0; i < rfm->n_spends; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_spend(b, rfm->spends[i].x, rfm->money.form, rfm->spends[i].amount,
				  rfm->spends[i].customers);
	}
	MemoryContextSwitchTo(caller);
}

void
rfm_builder_finish(RfmBuilder *b, Rfm *rfm)
{
	memset(rfm, 0, sizeof(*rfm));
	rfm->kind = b->kind;
	settle_numbers(&b->rows);
	rfm->rows = b->rows.items;
	rfm->n = b->rows.n;
	finish_spends(b, rfm);
}

/*
 * Bytes of the type retention_rfm, version 1.  Integers are varints (wire.h), money is
 * money_write()'s.
 *
 *	byte	version = 1
 *	byte	flags: 1 amounts, 2 a holdout; others reserved, zero
 *	as_of, zigzag; [holdout: as_of - holdout_from]
 *	number of rows; then by row, ascending: the distance from the one before - 1 (first:
 *				the row), customers
 *	[amounts]	scale, number of spends; then by x and amount, ascending: distance of
 *				x from the one before, amount, customers
 *
 * Nothing depends on collation, object identifiers or settings.
 */
#define RFM_VERSION 1
#define RFM_AMOUNTS 1
#define RFM_HOLDOUT 2

void
rfm_encode(const Rfm *rfm, StringInfo buf)
{
	uint64		before = 0;
	int32		x = 0;
	bool		holdout = rfm_has_holdout(&rfm->kind);

	wire_write_u8(buf, RFM_VERSION);
	wire_write_u8(buf, (rfm->kind.with_amounts ? RFM_AMOUNTS : 0) | (holdout ? RFM_HOLDOUT : 0));
	wire_write_zigzag(buf, rfm->kind.as_of);
	if (holdout)
		wire_write_varint(buf, (uint64) ((int64) rfm->kind.as_of - rfm->kind.holdout_from));
	wire_write_varint(buf, rfm->n);
	for (uint64 i = 0; i < rfm->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wire_write_varint(buf, rfm->rows[i].key - before - (i > 0));
		wire_write_varint(buf, rfm->rows[i].value);
		before = rfm->rows[i].key;
	}
	if (!rfm->kind.with_amounts)
		return;
	wire_write_varint(buf, (uint64) rfm->money.form.scale);
	wire_write_varint(buf, rfm->n_spends);
	for (uint64 i = 0; i < rfm->n_spends; i++)
	{
		CHECK_FOR_INTERRUPTS();
		wire_write_varint(buf, (uint64) (rfm->spends[i].x - x));
		money_write(buf, rfm->money.form, rfm->spends[i].amount);
		wire_write_varint(buf, (uint64) rfm->spends[i].customers);
		x = rfm->spends[i].x;
	}
}

static bool
read_customers(WireReader *r, int64 *total, uint64 *customers)
{
	*customers = wire_read_varint(r);
	if (r->failed || *customers == 0 || *customers > (uint64) RFM_MAX_CUSTOMERS)
		return false;
	*total += (int64) *customers;
	return *total <= RFM_MAX_CUSTOMERS;
}

/* Can somebody have this history? */
static bool
row_is_possible(const RfmKind *kind, uint64 row)
{
	uint64		history = rfm_has_holdout(kind) ? row >> 16 : row;
	uint64		x = history >> 32;
	uint64		t_x = history >> 16 & PG_UINT16_MAX;
	uint64		t = history & PG_UINT16_MAX;

	return x <= t_x && t_x <= t && (x > 0) == (t_x > 0) &&
		(!rfm_has_holdout(kind) ||
		 (row & PG_UINT16_MAX) <= (uint64) ((int64) kind->as_of - kind->holdout_from));
}

static const char *
decode_spends(WireReader *r, Rfm *rfm)
{
	uint64		scale = wire_read_varint(r);
	int64		total = 0;
	int32		x = 0;

	rfm->n_spends = wire_read_varint(r);

	/* each takes at least three bytes */
	if (r->failed || scale > MONEY_MAX_SCALE || (rfm->n_spends == 0 && scale != 0) ||
		rfm->n_spends > wire_remaining(r) / 3)
		return "its amounts are malformed";
	rfm->money.form.scale = (int) scale;
	rfm->spends = summary_alloc(sizeof(RfmSpend), rfm->n_spends);
	for (uint64 i = 0; i < rfm->n_spends; i++)
	{
		RfmSpend   *s = &rfm->spends[i];
		MoneyTotal	one = {{false, (int) scale}, 0};
		MoneyForm	before = rfm->money.form;
		uint64		more = wire_read_varint(r);
		uint64		customers;
		Money		amount;

		CHECK_FOR_INTERRUPTS();
		if (r->failed || more > (uint64) (RFM_MAX_DAYS - x) ||
			!money_read(r, (int) scale, &amount, &one.form.wide) ||
			!read_customers(r, &total, &customers))
			return "its amounts are malformed";
		x += (int32) more;
		one = money_total_of(one.form, amount);
		rfm->money = money_total_union(rfm->money, one);
		if (rfm->money.form.wide != before.wide)
			for (uint64 j = 0; j < i; j++)
				money_convert(before, rfm->money.form, &rfm->spends[j].amount);
		money_convert(one.form, rfm->money.form, &amount);
		s->x = x;
		s->amount = amount;
		s->customers = (int64) customers;
		if (x == 0 || (i > 0 && more == 0 &&
					   money_compare(rfm->money.form, s[-1].amount, amount) >= 0))
			return "its amounts are malformed";
	}
	return NULL;
}

/* Each customer with x > 0 has an amount. */
static bool
spends_match(const Rfm *rfm)
{
	int			shift = rfm_has_holdout(&rfm->kind) ? 48 : 32;
	uint64		at = 0;
	uint64		i = 0;

	while (i < rfm->n && rfm->rows[i].key >> shift == 0)
		i++;
	while (i < rfm->n)
	{
		uint64		x = rfm->rows[i].key >> shift;
		uint64		customers = 0;

		CHECK_FOR_INTERRUPTS();
		for (; i < rfm->n && rfm->rows[i].key >> shift == x; i++)
			customers += rfm->rows[i].value;
		for (; at < rfm->n_spends && (uint64) rfm->spends[at].x == x; at++)
			customers -= (uint64) rfm->spends[at].customers;
		if (customers != 0)
			return false;
	}
	return at == rfm->n_spends;
}

/* What comes before the rows. */
static const char *
decode_kind(WireReader *r, RfmKind *kind)
{
	uint8		version = wire_read_u8(r);
	uint8		flags = wire_read_u8(r);
	int64		as_of = wire_read_zigzag(r);
	uint64		holdout = (flags & RFM_HOLDOUT) != 0 ? wire_read_varint(r) : 0;

	if (r->failed)
		return "it is too short";
	if (version != RFM_VERSION || (flags & ~(RFM_AMOUNTS | RFM_HOLDOUT)) != 0)
		return "its version is not known to this library";
	if (as_of < PG_INT32_MIN + RFM_MAX_DAYS || as_of > PG_INT32_MAX || holdout > RFM_MAX_DAYS ||
		((flags & RFM_HOLDOUT) != 0) != (holdout > 0))
		return "its days are malformed";
	kind->as_of = (int32) as_of;
	kind->holdout_from = (int32) (as_of - (int64) holdout);
	kind->with_amounts = (flags & RFM_AMOUNTS) != 0;
	return NULL;
}

RfmKind
rfm_peek_kind(const void *bytes, Size len)
{
	WireReader	r;
	RfmKind		kind;
	const char *wrong;

	wire_reader_init(&r, bytes, len);
	wrong = decode_kind(&r, &kind);
	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_rfm is damaged: %s", wrong),
				 errhint("Restore it from a backup, or make it again with rfm_agg().")));
	return kind;
}

const char *
rfm_decode(const void *bytes, Size len, Rfm *rfm)
{
	WireReader	r;
	const char *wrong;
	int64		total = 0;
	uint64		row = 0;

	memset(rfm, 0, sizeof(*rfm));
	wire_reader_init(&r, bytes, len);
	if ((wrong = decode_kind(&r, &rfm->kind)) != NULL)
		return wrong;
	rfm->n = wire_read_varint(&r);
	if (r.failed)
		return "it is too short";

	/* each takes at least two bytes */
	if (rfm->n > wire_remaining(&r) / 2)
		return "its number of histories is malformed";
	rfm->rows = summary_alloc(sizeof(SortPair), rfm->n);
	for (uint64 i = 0; i < rfm->n; i++)
	{
		uint64		more = wire_read_varint(&r);

		CHECK_FOR_INTERRUPTS();
		if (__builtin_add_overflow(row, more, &row) || (i > 0 && __builtin_add_overflow(row, 1, &row)) ||
			!row_is_possible(&rfm->kind, row) || !read_customers(&r, &total, &rfm->rows[i].value))
			return "its histories are malformed";
		rfm->rows[i].key = row;
	}
	if (rfm->kind.with_amounts)
	{
		if ((wrong = decode_spends(&r, rfm)) != NULL)
			return wrong;
		if (!spends_match(rfm))
			return "its amounts are not those of its histories";
	}
	return wire_remaining(&r) > 0 ? "it is too long" : NULL;
}

/* Only canonical bytes: equality of values is equality of bytes. */
const char *
rfm_check(const void *bytes, Size len, bool may_be_empty)
{
	Rfm			rfm;
	const char *wrong = rfm_decode(bytes, len, &rfm);
	StringInfoData again;

	if (wrong != NULL)
		return wrong;
	if (rfm.n == 0 && !may_be_empty)
		return "it has no customers";
	initStringInfo(&again);
	rfm_encode(&rfm, &again);
	return (Size) again.len == len && memcmp(again.data, bytes, len) == 0 ? NULL :
		"its bytes are not in canonical form";
}
