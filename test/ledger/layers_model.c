/*
 * layers_model.c
 *		Layers of days as they are kept; see layers_model.h.
 */
#include "layers_model.h"

KeptLayers *
layers_model_create(const SummaryKind *kind, bool anchored)
{
	KeptLayers *kept = palloc0(sizeof(KeptLayers));

	kept->kind = kind;
	kept->anchored = anchored;
	kept->capacity = 16;
	kept->items = palloc(kept->capacity * sizeof(KeptLayer));
	return kept;
}

int32
layers_day(const KeptLayers *kept, int i)
{
	return i < kept->n ? kept->items[i].day : 9950;
}

static bool
same_bytes(const HistoryBytes *a, const HistoryBytes *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* The first day through which they are not the same. */
static int32
first_difference(const LayerCustomer *a, const LayerCustomer *b)
{
	int			i = 0;

	if (a->exists != b->exists || a->cohort_day != b->cohort_day)
		return PG_INT32_MIN;
	while (i < a->n && i < b->n && a->days[i] == b->days[i] &&
		   same_bytes(&a->through[i], &b->through[i]))
		i++;
	return Min(i < a->n ? a->days[i] : PG_INT32_MAX, i < b->n ? b->days[i] : PG_INT32_MAX);
}

/* Its steps are where the scale of what there is by then is another one. */
static void
add_customer(LayersBuilder *b, const KeptLayers *kept, const LayerCustomer *c, int32 from, int sign, bool plain)
{
	ScaleStep	steps[LAYER_DAYS + 1];
	int			nsteps = 0;
	History		h = {0};

	if (!c->exists)
		return;
	if (kept->anchored)
		steps[nsteps++] = (ScaleStep) {c->cohort_day, 0};
	for (int i = 0; i < c->n; i++)
	{
		const char *wrong = history_decode(c->through[i].bytes, c->through[i].len, true, &h);

		if (wrong != NULL)
			elog(ERROR, "%s", wrong);
		if (kept->anchored && c->days[i] <= c->cohort_day)
			steps[0].scale = h.money.form.scale;
		else if (nsteps == 0 || h.money.form.scale != steps[nsteps - 1].scale)
			steps[nsteps++] = (ScaleStep) {c->days[i], h.money.form.scale};
	}
	if (kept->anchored)
	{
		layers_add_anchored(b, &h, c->cohort_day, steps, nsteps, from, sign);
		return;
	}
	/* what a single step says the history says as well, if its first day has not gone */
	if (plain && nsteps == 1 && h.count > 0 && h.days[0].day == steps[0].day)
		nsteps = 0;
	layers_add(b, &h, steps, nsteps, from, sign);
}

static const char *
add_layer(KeptLayers *kept, int32 day, Ledger *layer, ModelSeen *seen)
{
	int			at = 0;
	KeptLayer  *item;
	Ledger		before;
	const char *wrong;

	seen->layers++;
	seen->below_zero += any_below_zero(layer);
	wrong = store(layer);
	if (wrong != NULL)
		return wrong;
	while (at < kept->n && kept->items[at].day < day)
		at++;
	seen->late += at < kept->n;
	if (at == kept->n || kept->items[at].day != day)
	{
		if (kept->n == kept->capacity)
		{
			kept->capacity *= 2;
			kept->items = repalloc(kept->items, kept->capacity * sizeof(KeptLayer));
		}
		memmove(kept->items + at + 1, kept->items + at, (kept->n++ - at) * sizeof(KeptLayer));
		kept->items[at].day = day;
		ledger_init(&kept->items[at].ledger, kept->kind, kept->anchored);
	}
	item = &kept->items[at];
	before = item->ledger;
	ledger_combine(&before, layer, 1, &item->ledger);
	wrong = store(&item->ledger);
	if (ledger_is_zero(&item->ledger))
		memmove(item, item + 1, (--kept->n - at) * sizeof(KeptLayer));
	return wrong;
}

const char *
layers_replace(KeptLayers *kept, const LayerCustomer *old, const LayerCustomer *now, ModelSeen *seen)
{
	LayersBuilder *b = layers_create(kept->kind, kept->anchored);
	int32		from = first_difference(old, now);
	bool		plain = kept->times++ % 2 == 0;
	const char *wrong = NULL;
	int32		day;
	Ledger		layer;

	add_customer(b, kept, old, from, -1, plain);
	add_customer(b, kept, now, from, 1, plain);
	while (wrong == NULL && layers_next(b, &day, &layer))
		wrong = day < from ? "a layer is before the first day that differs" :
			add_layer(kept, day, &layer, seen);
	layers_free(b);
	return wrong;
}
