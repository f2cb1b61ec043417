/*
 * repeat_state.c
 *		State of repeat_purchase_rate; see repeat_state.h.
 *
 * Two orders are all that matters, so a customer needs the id of one order: a
 * line with another id, or without one, makes it a repeat customer.
 */
#include "core/repeat_state.h"

#include "utils/memutils.h"

#define CUSTOMER_ORDERED 1		/* has an order */
#define CUSTOMER_REPEATED 2		/* has a second one */
#define CUSTOMER_HAS_ID 4		/* the one order has an id */

typedef struct CustomerOrder
{
	uint32		flags;
	uint32		unused;
	VarKey		id;				/* image of the first order's id, if it has one; only
								 * where rows are lines */
} CustomerOrder;

static const CustomerOrder initial_order;

#define NO_ID (-1)

static void
add_order_without_id(CustomerOrder *order)
{
	order->flags |= (order->flags & CUSTOMER_ORDERED) ? CUSTOMER_REPEATED : CUSTOMER_ORDERED;
}

/* Runs in the set's context, where the id's bytes are copied to. */
static void
add_order_with_id(const KeyType *id_type, CustomerOrder *order, const void *id)
{
	if (order->flags & CUSTOMER_REPEATED)
		return;
	if ((order->flags & CUSTOMER_ORDERED) == 0)
	{
		memcpy(&order->id, id, key_image_size(id_type->kind));
		if (key_has_bytes(id_type))
			order->id.u.bytes = memcpy(palloc(Max(order->id.len, 1)),
									   order->id.u.bytes, order->id.len);
		order->flags |= CUSTOMER_ORDERED | CUSTOMER_HAS_ID;
	}
	else if ((order->flags & CUSTOMER_HAS_ID) == 0 ||
			 !customer_key_equal(id_type, &order->id, id))
		order->flags |= CUSTOMER_REPEATED;
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	RepeatState *state = (RepeatState *) set;
	const int32 *ids = (const int32 *) rows;

	if (set->spec->second_type == NULL)
	{
		for (int i = 0; i < n; i++)
			add_order_without_id(payloads[i]);
		return;
	}
	key_batch_resolve(&state->ids);
	for (int i = 0; i < n; i++)
	{
		if (ids[i] == NO_ID)
			add_order_without_id(payloads[i]);
		else
			add_order_with_id(state->ids.type, payloads[i],
							  state->ids.images + ids[i] * key_image_size(state->ids.type->kind));
	}
	/* a set without table keeps its batch for the next reading */
	if (set->table != NULL)
		key_batch_clear(&state->ids);
	else
		key_batch_unresolve(&state->ids);
}

static void
write_header(const CustomerSet *set pg_attribute_unused(), StringInfo buf pg_attribute_unused())
{
}

static bool
merge_header(CustomerSet *set pg_attribute_unused(), WireReader *r pg_attribute_unused(),
			 bool fresh pg_attribute_unused())
{
	return true;
}

static void
write_payloads(const CustomerSet *set, void **payloads, int n, StringInfo buf)
{
	const RepeatState *state = (const RepeatState *) set;

	for (int i = 0; i < n; i++)
	{
		CustomerOrder *order = payloads[i];
		void	   *id = &order->id;

		wire_write_u8(buf, (uint8) order->flags);
		if (order->flags & CUSTOMER_HAS_ID)
			keys_write(buf, state->ids.type, &id, 1);
	}
}

static bool
merge_payload(RepeatState *state, CustomerOrder *order, WireReader *r)
{
	uint8		flags = wire_read_u8(r);

	if (flags & CUSTOMER_HAS_ID)
	{
		KeyBatch   *ids = &state->ids;

		/* the batch is empty between batches of rows */
		if (state->set.spec->second_type == NULL || ids->count > 0)
			return false;
		key_batch_reserve(ids, 1, 0);
		if (!key_batch_read(ids, r, 1))
			return false;
		key_batch_resolve(ids);
		add_order_with_id(ids->type, order, ids->images);
		key_batch_clear(ids);
	}
	else if (flags & CUSTOMER_ORDERED)
		add_order_without_id(order);
	if (flags & CUSTOMER_REPEATED)
		order->flags |= CUSTOMER_REPEATED;
	return !r->failed;
}

static bool
merge_payloads(CustomerSet *set, void **payloads, int n, WireReader *r)
{
	for (int i = 0; i < n; i++)
		if (!merge_payload((RepeatState *) set, payloads[i], r))
			return false;
	return true;
}

/* Ids are not counted as memory: one short value a customer. */
static void
release_payload(CustomerSet *set, void *payload)
{
	CustomerOrder *order = payload;

	if ((order->flags & CUSTOMER_HAS_ID) && key_has_bytes(set->spec->second_type))
		pfree(order->id.u.bytes);
}

static CustomerSet *
create_like(MemoryContext context, const CustomerSet *set)
{
	return repeat_state_create(context, set->spec);
}

const CustomerSetClass repeat_class = {
	11, sizeof(int32), offsetof(CustomerOrder, id), &initial_order, apply, write_header,
	merge_header, write_payloads, merge_payloads, release_payload, create_like, NULL
};

const CustomerSetClass repeat_lines_class = {
	12, sizeof(int32), sizeof(CustomerOrder), &initial_order, apply, write_header,
	merge_header, write_payloads, merge_payloads, release_payload, create_like, NULL
};

CustomerSet *
repeat_state_create(MemoryContext context, const CustomerSpec *spec)
{
	RepeatState *state = MemoryContextAllocZero(context, sizeof(RepeatState));

	customer_set_init(&state->set, spec, context);
	if (spec->second_type != NULL)
		key_batch_init(&state->ids, context, spec->second_type);
	return &state->set;
}

void
repeat_state_add(RepeatState *state, Datum customer)
{
	*(int32 *) customer_set_append(&state->set, customer) = NO_ID;
}

void
repeat_state_add_line(RepeatState *state, Datum customer, Datum id)
{
	int32	   *row = customer_set_append(&state->set, customer);

	*row = state->ids.count;
	key_batch_reserve(&state->ids, state->set.keys.capacity, 0);
	key_batch_append(&state->ids, id);
}

void
repeat_state_count(RepeatState *state, int64 *customers, int64 *repeat_customers)
{
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	*customers = *repeat_customers = 0;
	customer_scan_begin(&scan, &state->set);
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
	{
		*customers += n;
		for (int i = 0; i < n; i++)
			*repeat_customers += (((CustomerOrder *) payloads[i])->flags & CUSTOMER_REPEATED) != 0;
	}
	customer_scan_end(&scan);
}
