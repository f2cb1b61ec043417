/*
 * repeat_state.c
 *		State of repeat_purchase_rate; see repeat_state.h.
 *
 * Two orders are all that matters, so a customer needs the id of one order: a
 * line with another id, or without one, makes it a repeat customer, and the id
 * can go.
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
release_id(CustomerSet *set, CustomerOrder *order)
{
	/* without a type of ids there are none */
	Assert(set->spec->second_type != NULL || (order->flags & CUSTOMER_HAS_ID) == 0);
	if ((order->flags & CUSTOMER_HAS_ID) && key_has_bytes(set->spec->second_type))
	{
		set->resources->payload_bytes -= GetMemoryChunkSpace(order->id.u.bytes);
		pfree(order->id.u.bytes);
	}
	order->flags &= ~CUSTOMER_HAS_ID;
}

static void
add_order_without_id(CustomerSet *set, CustomerOrder *order)
{
	if (order->flags & CUSTOMER_ORDERED)
	{
		release_id(set, order);
		order->flags |= CUSTOMER_REPEATED;
	}
	order->flags |= CUSTOMER_ORDERED;
}

static bool
same_id(CustomerSet *set, const CustomerOrder *order, const void *id)
{
	MemoryContext caller = MemoryContextSwitchTo(set->resources->scratch);
	bool		same = customer_key_equal(set->spec->second_type, &order->id, id);

	MemoryContextSwitchTo(caller);
	return same;
}

/* Runs in the set's context, where the id's bytes are copied to. */
static void
add_order_with_id(CustomerSet *set, CustomerOrder *order, const void *id)
{
	const KeyType *id_type = set->spec->second_type;

	if (order->flags & CUSTOMER_REPEATED)
		return;
	if ((order->flags & CUSTOMER_ORDERED) == 0)
	{
		memcpy(&order->id, id, key_image_size(id_type->kind));
		if (key_has_bytes(id_type))
		{
			order->id.u.bytes = memcpy(palloc_extended(Max(order->id.len, 1), MCXT_ALLOC_HUGE),
									   order->id.u.bytes, order->id.len);
			set->resources->payload_bytes += GetMemoryChunkSpace(order->id.u.bytes);
		}
		order->flags |= CUSTOMER_ORDERED | CUSTOMER_HAS_ID;
	}
	else if ((order->flags & CUSTOMER_HAS_ID) == 0 || !same_id(set, order, id))
		add_order_without_id(set, order);
}

static void
apply(CustomerSet *set, void **payloads, char *rows, int n)
{
	RepeatState *state = (RepeatState *) set;
	const int32 *ids = (const int32 *) rows;
	Size		image_size;

	if (set->spec->second_type == NULL)
	{
		for (int i = 0; i < n; i++)
			add_order_without_id(set, payloads[i]);
		return;
	}
	image_size = key_image_size(state->ids.type->kind);
	key_batch_resolve(&state->ids);
	for (int i = 0; i < n; i++)
	{
		if (ids[i] == NO_ID)
			add_order_without_id(set, payloads[i]);
		else
			add_order_with_id(set, payloads[i], state->ids.images + ids[i] * image_size);
	}
	/* a set without table keeps its batch for the next reading */
	if (set->table != NULL)
		key_batch_clear(&state->ids);
	else
		key_batch_unresolve(&state->ids);
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

/* An id alone, in the batch, which is empty between batches of rows. */
static bool
read_id(RepeatState *state, WireReader *r)
{
	MemoryContext caller = MemoryContextSwitchTo(state->set.resources->scratch);
	bool		ok;

	key_batch_reserve(&state->ids, 1, 0);
	ok = key_batch_read(&state->ids, r, 1);
	MemoryContextSwitchTo(caller);
	return ok;
}

static bool
merge_payload(RepeatState *state, CustomerOrder *order, WireReader *r)
{
	uint8		flags = wire_read_u8(r);

	if (flags & CUSTOMER_HAS_ID)
	{
		if (state->set.spec->second_type == NULL || state->ids.count > 0 || !read_id(state, r))
			return false;
		key_batch_resolve(&state->ids);
		add_order_with_id(&state->set, order, state->ids.images);
		key_batch_clear(&state->ids);
	}
	else if (flags & CUSTOMER_ORDERED)
		add_order_without_id(&state->set, order);
	if (flags & CUSTOMER_REPEATED)
	{
		release_id(&state->set, order);
		order->flags |= CUSTOMER_REPEATED;
	}
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

static void
release_payload(CustomerSet *set, void *payload)
{
	release_id(set, payload);
}

static CustomerSet *
create(MemoryContext context, const CustomerSpec *spec)
{
	RepeatState *state = MemoryContextAllocZero(context, sizeof(RepeatState));

	customer_set_init(&state->set, spec, context);
	if (spec->second_type != NULL)
		key_batch_init(&state->ids, context, spec->second_type);
	return &state->set;
}

const AggregateClass repeat_class = {
	.id = 11,
	.row_size = sizeof(int32),
	.payload_size = offsetof(CustomerOrder, id),
	.initial = &initial_order,
	.create = create,
	.apply = apply,
	.write_payloads = write_payloads,
	.merge_payloads = merge_payloads,
};

const AggregateClass repeat_lines_class = {
	.id = 12,
	.second_key = SECOND_KEY_EQUAL,
	.row_size = sizeof(int32),
	.payload_size = sizeof(CustomerOrder),
	.initial = &initial_order,
	.create = create,
	.apply = apply,
	.write_payloads = write_payloads,
	.merge_payloads = merge_payloads,
	.release_payload = release_payload,
};

void
repeat_state_add(RepeatState *state, Datum customer)
{
	*(int32 *) customer_set_append(&state->set, customer) = NO_ID;
}

void
repeat_state_add_line(RepeatState *state, Datum customer, Datum id)
{
	int32	   *row = customer_set_append(&state->set, customer);
	Size		weight = state->ids.weight;

	*row = state->ids.count;
	key_batch_reserve(&state->ids, state->set.keys.capacity, 0);
	key_batch_append(&state->ids, id);
	key_batch_weigh(&state->set.keys, state->ids.weight - weight);
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
