/*
 * kept_changes.c
 *		What customers that wait change in a ledger; see kept.h.
 *
 * Most of them have just ordered, so that their history differs from the kept one in its
 * last days only: what these days add to the ledger are their layers (core/layers.h),
 * which one walk over a history gives.  Of other customers whole histories are added up,
 * to a ledger of the old and one of the new, which is taken out and put in.
 */
#include "track/kept.h"

#include "core/layers.h"
#include "miscadmin.h"

/*
 * Each layer is a ledger of its own that ledger_change_end() adds, which pays only for few:
 * of customers with up to FEW_DAYS days that differ, until there are FEW_LAYERS layers.
 */
#define FEW_DAYS 4
#define FEW_LAYERS 32

void
history_of_kept(const struct varlena *history, History *h)
{
	const char *wrong = history_decode(VARDATA_ANY(history), VARSIZE_ANY_EXHDR(history), true, h);

	if (wrong != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored retention_history is damaged: %s", wrong)));
}

int32
histories_first_difference(const History *a, const History *b, int *days)
{
	int			i = 0;

	*days = a->count + b->count;
	if (a->money.form.scale != b->money.form.scale || a->money.form.wide != b->money.form.wide)
		return PG_INT32_MIN;
	while (i < a->count && i < b->count && a->days[i].day == b->days[i].day &&
		   a->days[i].orders == b->days[i].orders &&
		   money_compare(a->money.form, a->days[i].amount, b->days[i].amount) == 0)
		i++;
	*days -= 2 * i;
	return Min(i < a->count ? a->days[i].day : PG_INT32_MAX, i < b->count ? b->days[i].day : PG_INT32_MAX);
}

void
ledger_change_begin(LedgerChange *change, Ledger *ledger)
{
	memset(change, 0, sizeof(*change));
	change->ledger = ledger;
	change->kind = summary_kind(&ledger->entries);
}

static bool
is_for_layers(LedgerChange *change, int days)
{
	if (days > FEW_DAYS || (change->layers != NULL && layers_number(change->layers) >= FEW_LAYERS))
		return false;
	if (change->layers == NULL)
		change->layers = layers_create(&change->kind, false);
	return true;
}

/* Can layers be made of it?  Not of a history without days, which counts in a ledger all the same. */
static bool
is_daily(const struct varlena *history, const History *h)
{
	return history == NULL || h->count > 0;
}

void
ledger_change_replace(LedgerChange *change, const struct varlena *old, const struct varlena *now)
{
	History    *before = &change->before;
	History    *after = &change->after;
	int32		from;
	int			days;

	CHECK_FOR_INTERRUPTS();
	history_free_amounts(before);
	history_free_amounts(after);
	if (old != NULL)
		history_of_kept(old, before);
	if (now != NULL)
		history_of_kept(now, after);
	if (old != NULL && now != NULL)
		from = histories_first_difference(before, after, &days);
	else
	{
		from = PG_INT32_MIN;
		days = before->count + after->count;
	}
	if (is_daily(old, before) && is_daily(now, after) && is_for_layers(change, days))
	{
		if (old != NULL && before->count > 0 && before->days[before->count - 1].day >= from)
			layers_add(change->layers, before, NULL, 0, from, -1);
		if (now != NULL && after->days[after->count - 1].day >= from)
			layers_add(change->layers, after, NULL, 0, from, 1);
	}
	else
	{
		if (old != NULL)
			history_list_put(&change->old, old);
		if (now != NULL)
			history_list_put(&change->now, now);
	}
}

/* A history that has days more, and no other change: add the layers of these; the kept one is not needed. */
static bool
add_grown(LedgerChange *change, const CustomerHistory *now)
{
	const History *h = now->grown;
	int			days = 0;

	if (h == NULL)
		return false;
	while (days < h->count && h->days[h->count - days - 1].day >= now->grown_from)
		days++;
	if (!is_for_layers(change, days))
		return false;
	layers_add(change->layers, h, NULL, 0, now->grown_from, 1);
	return true;
}

void
ledger_change_replace_all(LedgerChange *change, CustomerType *type, const CustomerHistories *old,
						  CustomerHistories *now)
{
	int			i = 0;
	int			j = 0;

	while (i < old->n || j < now->n)
	{
		int			side = i == old->n ? 1 : j == now->n ? -1 :
			customer_compare(type, old->items[i].customer, now->items[j].customer);
		const struct varlena *before = side <= 0 ? old->items[i++].history : NULL;
		CustomerHistory *after = side >= 0 ? &now->items[j++] : NULL;

		CHECK_FOR_INTERRUPTS();
		if (after != NULL && add_grown(change, after))
			continue;
		if (after != NULL)
			customer_history_encode(after);
		ledger_change_replace(change, before, after != NULL ? after->history : NULL);
	}
}

/* Always whole histories: with an anchor the layers would begin with the cohort day. */
void
ledger_change_replace_anchored(LedgerChange *change, const CustomerHistory *old, const CustomerHistory *now)
{
	if (old != NULL)
		history_list_put_anchored(&change->old, old);
	if (now != NULL)
		history_list_put_anchored(&change->now, now);
}

void
ledger_change_end(LedgerChange *change)
{
	Ledger		sum;
	Ledger		part;
	int32		day;

	ledger_init(&sum, &change->kind, change->ledger->entries.anchored);
	while (change->layers != NULL && layers_next(change->layers, &day, &part))
		ledger_add(&sum, &part, 1);
	if (change->old.count > 0)
	{
		ledger_of_histories(&change->old, &change->kind, &part);
		ledger_add(&sum, &part, -1);
	}
	if (change->now.count > 0)
	{
		ledger_of_histories(&change->now, &change->kind, &part);
		ledger_add(&sum, &part, 1);
	}
	if (!ledger_is_zero(&sum))
		ledger_add(change->ledger, &sum, 1);
	if (change->layers != NULL)
		layers_free(change->layers);
}
