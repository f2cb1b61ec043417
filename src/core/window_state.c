/*
 * window_state.c
 *		State of retention_rate and churn_rate; see window_state.h.
 */
#include "core/window_state.h"

/* A customer's state, padded to the table's unit. */
typedef struct CustomerFlags
{
	uint32		flags;
	uint32		unused;
} CustomerFlags;

static const CustomerFlags initial_flags;

static void
apply(CustomerSet *set pg_attribute_unused(), void **payloads, char *rows, int n)
{
	const uint32 *flags = (const uint32 *) rows;

	for (int i = 0; i < n; i++)
		((CustomerFlags *) payloads[i])->flags |= flags[i];
}

static void
write_header(const CustomerSet *set, StringInfo buf)
{
	wire_write_bytes(buf, &((const WindowState *) set)->window, sizeof(Window));
}

static bool
merge_header(CustomerSet *set, WireReader *r, bool fresh)
{
	WindowState *state = (WindowState *) set;
	const uint8 *bytes = wire_read_bytes(r, sizeof(Window));
	Window		window;

	if (bytes == NULL)
		return false;
	memcpy(&window, bytes, sizeof(Window));
	if (fresh)
		state->window = window;
	else
		window_check_same(&state->window, &window);
	return true;
}

static void
write_payloads(const CustomerSet *set pg_attribute_unused(), void **payloads, int n, StringInfo buf)
{
	for (int i = 0; i < n; i++)
		wire_write_u8(buf, (uint8) ((const CustomerFlags *) payloads[i])->flags);
}

static bool
merge_payloads(CustomerSet *set pg_attribute_unused(), void **payloads, int n, WireReader *r)
{
	for (int i = 0; i < n; i++)
		((CustomerFlags *) payloads[i])->flags |= wire_read_u8(r);
	return !r->failed;
}

static CustomerSet *
create(MemoryContext context, const CustomerSpec *spec)
{
	WindowState *state = MemoryContextAllocZero(context, sizeof(WindowState));

	customer_set_init(&state->set, spec, context);
	return &state->set;
}

const AggregateClass window_class = {
	.id = 10,
	.row_size = sizeof(uint32),
	.payload_size = sizeof(CustomerFlags),
	.initial = &initial_flags,
	.create = create,
	.apply = apply,
	.write_header = write_header,
	.merge_header = merge_header,
	.write_payloads = write_payloads,
	.merge_payloads = merge_payloads,
};

void
window_check_same(const Window *a, const Window *b)
{
	const char *changed = a->from != b->from ? "active_from" :
		a->start != b->start ? "period_start" : a->end != b->end ? "period_end" : NULL;

	if (unlikely(changed != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not change within a group", changed),
				 errhint("Group by the window's dates, or use the same for all rows.")));
}

void
window_state_count(WindowState *state, int64 *before, int64 *retained)
{
	CustomerScan scan;
	void	   *images[CUSTOMER_BLOCK];
	void	   *payloads[CUSTOMER_BLOCK];
	int			n;

	*before = *retained = 0;
	customer_scan_begin(&scan, &state->set);
	while ((n = customer_scan_next(&scan, images, payloads)) > 0)
		for (int i = 0; i < n; i++)
		{
			uint32		flags = ((CustomerFlags *) payloads[i])->flags;

			*before += (flags & CUSTOMER_BEFORE) != 0;
			*retained += (flags & CUSTOMER_BEFORE) != 0 && (flags & CUSTOMER_INSIDE) != 0;
		}
	customer_scan_end(&scan);
}
