/*
 * order_set.c
 *		The orders that lines make; see order_set.h.
 */
#include "core/order_set.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#define NO_DAY PG_INT32_MAX

/* Payload, and data of a row: what lines of one day say.  With amounts, all of it. */
typedef struct LinesOfDay
{
	int32		day;			/* the first; NO_DAY: no line yet */
	uint16		scale;
	bool		wide;
	bool		is_sale;		/* one of the lines says that it is no refund */
	Money		amount;			/* a wide one is the set's own */
} LinesOfDay;

static const LinesOfDay no_lines = {NO_DAY, 0, false, false, {0}};

#define SIZE_WITHOUT_AMOUNTS offsetof(LinesOfDay, amount)

static inline bool
with_amounts(const OrderSet *orders)
{
	return orders->set.spec->aggregate->with_amounts;
}

static inline MoneyForm
form_of(const LinesOfDay *lines)
{
	return (MoneyForm) {lines->wide, lines->scale};
}

static inline Money
amount_of(const OrderSet *orders, const LinesOfDay *lines)
{
	return with_amounts(orders) ? lines->amount : money_zero();
}

bool
order_keys_init(OrderKeys *keys, Oid customer_type, Oid customer_collation, Oid id_type,
				Oid id_collation)
{
	memset(keys, 0, sizeof(*keys));
	if (key_type_kind(customer_type, customer_collation) == KEY_DATUM ||
		key_type_kind(id_type, id_collation) == KEY_DATUM)
		return false;
	keys->context = CurrentMemoryContext;
	key_type_init(&keys->customer, customer_type, customer_collation, "customer");
	key_type_init(&keys->id, id_type, id_collation, "order_id");
	key_type_init_image(&keys->both, keys->customer.kind == KEY_INT64 &&
						keys->id.kind == KEY_INT64 ? KEY_UUID : KEY_BYTES);
	return true;
}

static inline Size
key_bytes(const KeyType *type, Datum value)
{
	return type->kind == KEY_INT64 ? sizeof(int64) : type->kind == KEY_UUID ? sizeof(UuidKey) :
		VARSIZE_ANY_EXHDR(DatumGetPointer(value));
}

static inline char *
put_key(const KeyType *type, Datum value, Size len, char *to)
{
	if (type->kind == KEY_INT64)
	{
		int64		integer = DatumGetInt64(value);

		memcpy(to, &integer, sizeof(integer));
	}
	else
		memcpy(to, type->kind == KEY_UUID ? DatumGetPointer(value) : VARDATA_ANY(DatumGetPointer(value)),
			   len);
	return to + len;
}

static void
reserve_pair(OrderKeys *keys, Size needed)
{
	Size		room = Max(2 * keys->room, Max(needed, 128));

	if (needed <= keys->room)
		return;
	if (needed > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("customer and order_id are too long"),
				 errdetail("Both together cannot exceed 1 GB.")));
	room = Min(room, MaxAllocSize);
	keys->bytes = keys->bytes == NULL ? MemoryContextAlloc(keys->context, room) :
		repalloc(keys->bytes, room);
	keys->room = room;
}

/*
 * A pair as one key.  The customer is in front, a text as a value of its type with a
 * header of four bytes, so that it can be handed on as it lies in an image.
 */
static Datum
pair(OrderKeys *keys, Datum customer, Datum id)
{
	Size		header = keys->customer.kind == KEY_BYTES ? VARHDRSZ : 0;
	Size		customer_len;
	Size		id_len;
	char	   *to;

	if (keys->both.kind == KEY_UUID)
	{
		keys->integers[0] = (uint64) DatumGetInt64(customer);
		keys->integers[1] = (uint64) DatumGetInt64(id);
		return PointerGetDatum(keys->integers);
	}
	customer_len = key_bytes(&keys->customer, customer);
	id_len = key_bytes(&keys->id, id);
	reserve_pair(keys, VARHDRSZ + header + customer_len + id_len);
	SET_VARSIZE(keys->bytes, VARHDRSZ + header + customer_len + id_len);
	to = VARDATA(keys->bytes);
	if (header > 0)
	{
		SET_VARSIZE(to, VARHDRSZ + customer_len);
		to += VARHDRSZ;
	}
	to = put_key(&keys->customer, customer, customer_len, to);
	(void) put_key(&keys->id, id, id_len, to);
	return PointerGetDatum(keys->bytes);
}

/* The customer of an image; may point into it. */
static Datum
customer_of(const OrderKeys *keys, const void *image)
{
	const char *bytes;

	if (keys->both.kind == KEY_UUID)
		return Int64GetDatum((int64) ((const UuidKey *) image)->half[0]);
	bytes = ((const VarKey *) image)->u.bytes;
	return keys->customer.kind == KEY_INT64 ? Int64GetDatum(*(const int64 *) bytes) :
		PointerGetDatum(bytes);
}

/*
 * Sums are narrow while an integer holds them.  An order has a scale of its own, the
 * largest of its lines: histories have that of their customer's.
 */
static bool
add_narrow(LinesOfDay *to, MoneyForm form, Money amount)
{
	int64		units = to->amount.units;
	int64		more = amount.units;
	int			scale = Max(to->scale, form.scale);

	if (to->wide || form.wide || scale > INT64_MAX_SCALE ||
		__builtin_mul_overflow(units, int64_pow10[scale - to->scale], &units) ||
		__builtin_mul_overflow(more, int64_pow10[scale - form.scale], &more) ||
		__builtin_add_overflow(units, more, &units) ||
		units >= (int64) MONEY_NARROW_LIMIT || units <= -(int64) MONEY_NARROW_LIMIT)
		return false;
	to->amount.units = units;
	to->scale = (uint16) scale;
	return true;
}

/* In the set's context. */
static void
add_amount(OrderSet *orders, LinesOfDay *to, MoneyForm form, Money amount)
{
	MoneyForm	wide = {true, Max(to->scale, form.scale)};
	Size	   *bytes = &customer_set_resources(&orders->set)->payload_bytes;
	Money		term = amount;

	if (likely(add_narrow(to, form, amount)))
		return;
	*bytes -= money_bytes(form_of(to), to->amount);
	money_convert(form_of(to), wide, &to->amount);
	money_convert(form, wide, &term);
	to->wide = true;
	to->scale = (uint16) wide.scale;
	money_add(wide, &to->amount, term);
	*bytes += money_bytes(wide, to->amount);
	if (!form.wide)
		money_free(wide, term);
}

static void
hand_on_money(const OrderSet *orders, Datum customer, int32 day, MoneyForm form, Money amount)
{
	if (with_amounts(orders))
		orders->take(orders->arg, customer, day, false, form, amount);
}

/* In the set's context; the amount stays the caller's. */
static void
add_lines(OrderSet *orders, LinesOfDay *to, const void *image, const LinesOfDay *lines)
{
	MoneyForm	form = form_of(lines);
	Money		amount = amount_of(orders, lines);

	if (lines->day > to->day)
	{
		hand_on_money(orders, customer_of(orders->keys, image), lines->day, form, amount);
		return;
	}
	if (lines->day < to->day)
	{
		if (to->day != NO_DAY)
			hand_on_money(orders, customer_of(orders->keys, image), to->day, form_of(to),
						  amount_of(orders, to));
		orders->set.spec->aggregate->release_payload(&orders->set, to);
		to->day = lines->day;
		to->is_sale = false;
		to->wide = false;
		to->scale = 0;
		if (with_amounts(orders))
			to->amount = money_zero();
	}
	to->is_sale |= lines->is_sale;
	if (with_amounts(orders))
		add_amount(orders, to, form, amount);
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	OrderSet   *orders = (OrderSet *) set;
	const Size	image_size = key_image_size(set->spec->key_type.kind);
	const Size	row_size = set->spec->aggregate->row_size;

	for (int i = 0; i < n; i++, rows += row_size)
	{
		const LinesOfDay *lines = (const LinesOfDay *) rows;

		add_lines(orders, payloads[i], set->keys.images + i * image_size, lines);
		/* a set without table keeps its batch, but is read once */
		if (unlikely(lines->wide) && set->table != NULL)
			money_free(form_of(lines), lines->amount);
	}
}

static void
write_payloads(const CustomerSet *set, void **payloads, int n, StringInfo buf)
{
	const OrderSet *orders = (const OrderSet *) set;

	for (int i = 0; i < n; i++)
	{
		const LinesOfDay *lines = payloads[i];

		wire_write_zigzag(buf, lines->day);
		wire_write_u8(buf, lines->is_sale);
		if (with_amounts(orders))
		{
			wire_write_varint(buf, lines->scale);
			money_write(buf, form_of(lines), lines->amount);
		}
	}
}

static bool
merge_payloads(CustomerSet *set, void **payloads, int n, WireReader *r)
{
	OrderSet   *orders = (OrderSet *) set;
	const Size	image_size = key_image_size(set->spec->key_type.kind);

	for (int i = 0; i < n; i++)
	{
		LinesOfDay	lines = {0};

		lines.day = (int32) wire_read_zigzag(r);
		lines.is_sale = wire_read_u8(r) != 0;
		if (with_amounts(orders))
		{
			lines.scale = (uint16) wire_read_varint(r);
			if (!money_read(r, lines.scale, &lines.amount, &lines.wide))
				return false;
		}
		if (r->failed)
			return false;
		add_lines(orders, payloads[i], set->resources->received.images + i * image_size, &lines);
		money_free(form_of(&lines), lines.amount);
	}
	return true;
}

static void
release_payload(CustomerSet *set, void *payload)
{
	LinesOfDay *lines = payload;

	if (likely(!lines->wide))
		return;
	customer_set_resources(set)->payload_bytes -= money_bytes(form_of(lines), lines->amount);
	money_free(form_of(lines), lines->amount);
	lines->wide = false;
	lines->amount = money_zero();
}

static CustomerSet *
create(MemoryContext context, const CustomerSpec *spec)
{
	OrderSet   *orders = MemoryContextAllocZero(context, sizeof(OrderSet));

	customer_set_init(&orders->set, spec, context);
	return &orders->set;
}

static void
adopt(CustomerSet *set, const CustomerSet *like)
{
	OrderSet   *orders = (OrderSet *) set;
	const OrderSet *other = (const OrderSet *) like;

	orders->keys = other->keys;
	orders->says_refund = other->says_refund;
	orders->take = other->take;
	orders->arg = other->arg;
}

#define LINES_CLASS \
	.initial = &no_lines, \
	.create = create, \
	.apply = apply, \
	.write_payloads = write_payloads, \
	.merge_payloads = merge_payloads, \
	.release_payload = release_payload, \
	.adopt = adopt

const AggregateClass lines_class = {
	.id = 16,
	.row_size = SIZE_WITHOUT_AMOUNTS,
	.payload_size = SIZE_WITHOUT_AMOUNTS,
	LINES_CLASS
};

const AggregateClass lines_amounts_class = {
	.id = 17,
	.with_amounts = true,
	.row_size = sizeof(LinesOfDay),
	.payload_size = sizeof(LinesOfDay),
	LINES_CLASS
};

OrderSet *
order_set_create(MemoryContext context, const CustomerSpec *spec, OrderKeys *keys, bool says_refund,
				 OrderTaker take, void *arg)
{
	OrderSet   *orders = (OrderSet *) create(context, spec);

	orders->keys = keys;
	orders->says_refund = says_refund;
	orders->take = take;
	orders->arg = arg;
	return orders;
}

/* Is the last key of the batch that of this pair? */
static inline bool
is_last(const OrderSet *orders, Datum key)
{
	const KeyBatch *batch = &orders->set.keys;
	const VarKey *last;

	if (unlikely(batch->count == 0))
		return false;
	if (likely(batch->type->kind == KEY_UUID))
	{
		const UuidKey *x = (const UuidKey *) batch->images + batch->count - 1;
		const UuidKey *y = (const UuidKey *) DatumGetPointer(key);

		return ((x->half[0] ^ y->half[0]) | (x->half[1] ^ y->half[1])) == 0;
	}
	last = (const VarKey *) batch->images + batch->count - 1;
	return last->len == VARSIZE_ANY_EXHDR(DatumGetPointer(key)) &&
		memcmp(batch->bytes->data + last->u.offset, VARDATA_ANY(DatumGetPointer(key)), last->len) == 0;
}

static inline LinesOfDay *
last_row(const OrderSet *orders)
{
	return (LinesOfDay *) (key_batch_rows(&orders->set.keys) +
						   (Size) (orders->set.keys.count - 1) * orders->set.spec->aggregate->row_size);
}

void
order_set_add(OrderSet *orders, Datum customer, Datum id, int32 day, bool is_refund, MoneyForm form,
			  Money amount)
{
	CustomerSet *set = &orders->set;
	Datum		key = pair(orders->keys, customer, id);
	LinesOfDay *row;

	if (is_last(orders, key))
	{
		row = last_row(orders);
		if (row->day == day && (!with_amounts(orders) || add_narrow(row, form, amount)))
		{
			row->is_sale |= !is_refund;
			return;
		}
	}
	amount = customer_set_keep_amount(set, form, amount);
	row = customer_set_append(set, key);
	row->day = day;
	row->scale = (uint16) form.scale;
	row->wide = form.wide;
	row->is_sale = !is_refund;
	if (with_amounts(orders))
		row->amount = amount;
}

/* An id that is no order, without amounts, leaves nothing. */
static void
hand_on(const OrderSet *orders, const void *image, const LinesOfDay *lines)
{
	MoneyForm	form = form_of(lines);
	Money		amount = amount_of(orders, lines);
	bool		is_order = orders->says_refund ? lines->is_sale : money_sign(form, amount) >= 0;

	if (is_order || with_amounts(orders))
		orders->take(orders->arg, customer_of(orders->keys, image), lines->day, is_order, form,
					 amount);
}

void
order_set_finish(OrderSet *orders)
{
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	customer_scan_begin(&scan, &orders->set);
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < n; i++)
			hand_on(orders, images[i], payloads[i]);
	}
	customer_scan_end(&scan);
}
