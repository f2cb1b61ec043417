/*
 * model.c
 *		A ledger beside the customers it is of; see model.h.
 */
#include "model.h"

#include "core/history_state.h"
#include "layers_model.h"

#define CUSTOMERS 8
#define ROWS 12

typedef struct Row
{
	int32		day;
	bool		is_order;
	const char *amount;			/* as text, of any scale */
} Row;

typedef struct Customer
{
	bool		exists;
	int32		cohort_day;		/* if cohorts are anchored */
	int			nrows;
	Row			rows[ROWS];
} Customer;

typedef struct Model
{
	const uint8 *next;
	const uint8 *end;
	SummaryKind kind;
	bool		anchored;
	Customer	customers[CUSTOMERS];
	Ledger		kept;
	KeptLayers *layers;			/* of the same customers; NULL: their kind has none */
	bool		had_summary;	/* and what it was like */
	int			scale;
	int32		last_day;
	ModelSeen  *seen;
} Model;

static uint8
take(Model *m)
{
	return m->next < m->end ? *m->next++ : 0;
}

/* Cheap to cancel, of several scales, and some beyond 64 bits. */
static const char *
take_amount(Model *m)
{
	static const char *const amounts[] = {
		"0", "1", "-1", "2", "0.5", "-0.5", "1.50", "-1.50", "0.00", "3.125", "-3.125", "0.0000001",
		"-0.0000001", "12345678901234567890123.5", "-12345678901234567890123.5", "1e-20"
	};
	uint8		which = take(m);

	/* what is rare is in few runs, as it makes all of one wide */
	return amounts[which % (which >= 0xE0 ? 16 : 11)];
}

static Row
take_row(Model *m)
{
	Row			row;
	uint8		day = take(m);

	/* days near each other, so that they meet, and a few far away */
	row.day = day < 0xC0 ? 8000 + day % 64 : 7000 + (day & 0x3F) * 31;
	row.amount = take_amount(m);
	row.is_order = row.amount[0] != '-' && (take(m) & 7) != 0;
	if (!m->kind.with_amounts)
		row.is_order = true;
	return row;
}

/* A new customer, or one that was there from the start again. */
static void
take_customer(Model *m, Customer *c)
{
	c->exists = true;
	c->cohort_day = 7980 + take(m) % 90;
	/* who is anchored need not have ordered */
	c->nrows = take(m) % (ROWS + !m->anchored);
	if (!m->anchored)
		c->nrows = Max(c->nrows, 1);
	c->nrows = Min(c->nrows, ROWS);
	for (int i = 0; i < c->nrows; i++)
		c->rows[i] = take_row(m);
}

/* The history of a customer through a day; no bytes: nothing by then. */
static HistoryBytes
history_of(const Model *m, const Customer *c, int32 through)
{
	HistoryBytes item = {NULL, 0, c->cohort_day};
	HistoryState *state = NULL;
	History		h = {0};
	StringInfoData buf;

	for (int i = 0; i < c->nrows; i++)
	{
		const Row  *row = &c->rows[i];
		Numeric		amount;
		MoneyForm	form;
		Money		money;

		if (row->day > through)
			continue;
		if (!m->kind.with_amounts)
		{
			state = history_state_add(state, row->day);
			continue;
		}
		amount = numeric_from_text(row->amount);
		if (!money_from_numeric((const struct varlena *) amount, &money, &form))
			elog(ERROR, "amount is not finite");
		state = history_state_add_amount(state, row->day, row->is_order, form, money);
	}
	if (state == NULL)
		return item;
	history_state_read(state, &h);
	initStringInfo(&buf);
	history_encode(&h, &buf);
	item.bytes = buf.data;
	item.len = buf.len;
	return item;
}

static void
list_customer(const Model *m, const Customer *c, int32 through, HistoryList *list)
{
	HistoryBytes item;

	list->anchored = m->anchored;
	if (!c->exists || (m->anchored && through < c->cohort_day))
		return;
	item = history_of(m, c, through);
	if (item.len > 0 || m->anchored)
		history_list_add(list, &item);
}

static void
ledger_of_customer(const Model *m, const Customer *c, Ledger *l)
{
	HistoryList list = {0};

	list_customer(m, c, PG_INT32_MAX, &list);
	ledger_of_histories(&list, &m->kind, l);
}

static bool
same(const StringInfoData *a, const StringInfoData *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Through its bytes and back, as what is stored goes. */
const char *
store(Ledger *l)
{
	StringInfoData bytes;
	StringInfoData again;
	const char *wrong;

	initStringInfo(&bytes);
	initStringInfo(&again);
	ledger_encode(l, &bytes);
	wrong = ledger_decode(bytes.data, bytes.len, l);
	if (wrong != NULL)
		return wrong;
	ledger_encode(l, &again);
	return same(&bytes, &again) ? NULL : "a ledger was not stored as it was";
}

bool
any_below_zero(const Ledger *l)
{
	for (int i = 0; i < l->entries.ladder.count; i++)
		if (l->entries.ladder.items[i].customers < 0)
			return true;
	for (int i = 0; i < l->days.count; i++)
		if (l->days.items[i].customers < 0)
			return true;
	return false;
}

/* As the layers have it: what there is of the customer through each of its days. */
static void
layer_customer(const Model *m, const Customer *c, LayerCustomer *out)
{
	int32		day = PG_INT32_MIN;

	out->exists = c->exists;
	out->cohort_day = c->cohort_day;
	while (c->exists)
	{
		int32		next = PG_INT32_MAX;

		for (int i = 0; i < c->nrows; i++)
			if (c->rows[i].day > day)
				next = Min(next, c->rows[i].day);
		if (next == PG_INT32_MAX)
			return;
		day = next;
		out->days[out->n] = day;
		out->through[out->n++] = history_of(m, c, day);
	}
}

/* A ledger that is settled against the customers it should be of, from scratch. */
static const char *
compare(Model *m, const Ledger *l, int32 through, Summary *s, bool *has_summary)
{
	HistoryList list = {0};
	Ledger		fresh;
	Summary		whole;
	StringInfoData bytes;
	StringInfoData expected;
	const char *wrong;

	for (int i = 0; i < CUSTOMERS; i++)
		list_customer(m, &m->customers[i], through, &list);
	*has_summary = ledger_summary(l, s);
	if (*has_summary != (list.count > 0))
		return "there is a summary of nobody, or none of customers";
	if (*has_summary)
	{
		history_list_summarize(&list, &m->kind, &whole);
		initStringInfo(&bytes);
		initStringInfo(&expected);
		summary_encode(s, &bytes);
		summary_encode(&whole, &expected);
		if (!same(&bytes, &expected))
			return "the summary is not that from scratch";
		wrong = summary_check(s);
		if (wrong != NULL)
			return wrong;
	}
	ledger_of_histories(&list, &m->kind, &fresh);
	initStringInfo(&bytes);
	initStringInfo(&expected);
	wrong = ledger_settle(&fresh);
	if (wrong != NULL)
		return wrong;
	ledger_encode(l, &bytes);
	ledger_encode(&fresh, &expected);
	return same(&bytes, &expected) ? NULL : "the ledger is not that from scratch";
}

/* The same in the layers, from the first day on that differs. */
static const char *
replace_in_layers(Model *m, const Customer *c, const Customer *by)
{
	LayerCustomer old = {0};
	LayerCustomer now = {0};

	layer_customer(m, c, &old);
	layer_customer(m, by, &now);
	return layers_replace(m->layers, &old, &now, m->seen);
}

/* One customer becomes another: out with the old one, in with the new one. */
static const char *
replace(Model *m, Customer *c, const Customer *by)
{
	Ledger		before;
	Ledger		after;
	Ledger		difference;
	Ledger		sum;
	Summary		s;
	bool		has_summary;
	const char *wrong;

	ledger_of_customer(m, c, &before);
	if (m->layers != NULL)
	{
		wrong = replace_in_layers(m, c, by);
		if (wrong != NULL)
			return wrong;
	}
	*c = *by;
	ledger_of_customer(m, c, &after);
	ledger_combine(&after, &before, -1, &difference);
	m->seen->below_zero += any_below_zero(&difference);
	wrong = store(&difference);
	if (wrong != NULL)
		return wrong;
	ledger_combine(&m->kept, &difference, 1, &sum);
	wrong = ledger_settle(&sum);
	if (wrong != NULL)
		return wrong;
	wrong = store(&sum);
	if (wrong != NULL)
		return wrong;
	m->kept = sum;
	wrong = compare(m, &m->kept, PG_INT32_MAX, &s, &has_summary);
	if (wrong != NULL)
		return wrong;
	m->seen->emptied += m->had_summary && !has_summary;
	if (has_summary)
	{
		m->seen->lowered += m->had_summary && s.money.form.scale < m->scale;
		m->seen->earlier_end += m->had_summary && s.has_orders && s.last_day < m->last_day;
		m->seen->wide += s.money.form.wide;
		m->scale = s.money.form.scale;
		m->last_day = s.has_orders ? s.last_day : PG_INT32_MIN;
	}
	m->had_summary = has_summary;
	return NULL;
}

/* As they were through a day, and what came until another: layers that add up. */
static const char *
layer(Model *m, int32 day, int32 later)
{
	HistoryList through = {0};
	HistoryList until = {0};
	Ledger		early;
	Ledger		late;
	Ledger		difference;
	Ledger		sum;
	Summary		s;
	bool		has_summary;
	const char *wrong;

	for (int i = 0; i < CUSTOMERS; i++)
	{
		list_customer(m, &m->customers[i], day, &through);
		list_customer(m, &m->customers[i], later, &until);
	}
	ledger_of_histories(&through, &m->kind, &early);
	ledger_of_histories(&until, &m->kind, &late);
	ledger_combine(&late, &early, -1, &difference);
	m->seen->below_zero += any_below_zero(&difference);
	wrong = store(&difference);
	if (wrong != NULL)
		return wrong;
	ledger_combine(&early, &difference, 1, &sum);
	wrong = ledger_settle(&sum);
	return wrong != NULL ? wrong : compare(m, &sum, later, &s, &has_summary);
}

/*
 * The layers before a day are the ledger of all that was before it; of every day on
 * which one begins, and of one on which none does.
 */
static const char *
check_layers(Model *m)
{
	Ledger		nothing;
	Ledger		sum;
	Summary		s;
	bool		has_summary;
	const char *wrong;

	ledger_init(&nothing, &m->kind, m->anchored);
	sum = nothing;
	for (int i = 0; i <= m->layers->n; i++)
	{
		Ledger		before = sum;
		Ledger		settled;

		/* a copy, as settling changes it */
		ledger_combine(&sum, &nothing, 1, &settled);
		wrong = ledger_settle(&settled);
		if (wrong == NULL)
			wrong = compare(m, &settled, layers_day(m->layers, i) - 1, &s, &has_summary);
		if (wrong != NULL)
			return psprintf("layers before %d: %s", layers_day(m->layers, i), wrong);
		if (i < m->layers->n)
			ledger_combine(&before, &m->layers->items[i].ledger, 1, &sum);
	}
	return NULL;
}

/* Who is not in it cannot be taken out; what is kept stays as it is. */
static const char *
take_out_stranger(Model *m, Customer *stranger)
{
	Ledger		l;
	Ledger		rest;

	/* a day that no other customer has */
	stranger->rows[stranger->nrows == ROWS ? 0 : stranger->nrows++] = (Row) {9900, true, "1"};
	ledger_of_customer(m, stranger, &l);
	ledger_combine(&m->kept, &l, -1, &rest);
	if (ledger_settle(&rest) == NULL)
		return "who was not in it was taken out";
	m->seen->refused++;
	return NULL;
}

static const char *
step(Model *m)
{
	uint8		what = take(m);
	Customer   *c = &m->customers[take(m) % CUSTOMERS];
	Customer	by = *c;

	m->seen->steps++;
	switch (what % 8)
	{
		case 0:
		case 1:
			memset(&by, 0, sizeof(by));
			break;
		case 2:
		case 3:
			take_customer(m, &by);
			break;
		case 4:
			if (m->layers != NULL && (take(m) & 3) == 0)
				return check_layers(m);
			return layer(m, 7990 + take(m) % 80, 8000 + take(m) % 100);
		case 5:
			take_customer(m, &by);
			return take_out_stranger(m, &by);
		default:
			/* one row more, or another one */
			if (!by.exists)
				take_customer(m, &by);
			else if (by.nrows < ROWS)
				by.rows[by.nrows++] = take_row(m);
			else
				by.rows[take(m) % ROWS] = take_row(m);
	}
	return replace(m, c, &by);
}

/* One of each kind of calendar, with periods of very different lengths. */
static const Calendar *
take_calendar(uint8 how)
{
	static const int32 list[] = {6990, 7400, 7990, 8000, 8001, 8002, 8010, 8040, 8100, 9901};

	how %= CALENDAR_CODES + 2;
	if (how < CALENDAR_CODES)
		return calendar_of_code(how);
	return how == CALENDAR_CODES ? calendar_beginning(CALENDAR_WEEK, 6) :
		calendar_of_list(CurrentMemoryContext, list, (int) lengthof(list) - 1);
}

const char *
ledger_model_run(const uint8 *bytes, Size len, ModelSeen *seen)
{
	Model	   *m = palloc0(sizeof(Model));
	const char *wrong = NULL;
	uint8		how;

	m->next = bytes;
	m->end = bytes + len;
	m->seen = seen;
	how = take(m);
	m->kind.calendar = take_calendar(how);
	m->kind.with_amounts = how % 4 != 0;
	m->anchored = how % 3 == 0;
	switch (take(m) % 6)
	{
		case 0:
			m->kind.age_scale = age_scale_of_windows(0, 7);
			break;
		case 1:
			m->kind.age_scale = age_scale_of_windows(1, 0);
			break;
		case 2:
			if (!age_scale_add_bound(&m->kind.age_scale, 0, 1) || !age_scale_add_bound(&m->kind.age_scale, 0, 8) ||
				!age_scale_add_bound(&m->kind.age_scale, 1, 0))
				elog(ERROR, "bounds do not ascend");
			break;
		default:
			break;
	}
	ledger_init(&m->kept, &m->kind, m->anchored);
	if (age_is_period(&m->kind.age_scale))
		m->layers = layers_model_create(&m->kind, m->anchored);
	while (wrong == NULL && m->next < m->end)
		wrong = step(m);
	if (m->layers != NULL && wrong == NULL)
		wrong = check_layers(m);
	/* and nobody is left in the end */
	for (int i = 0; i < CUSTOMERS && wrong == NULL; i++)
	{
		Customer	nobody = {0};

		wrong = replace(m, &m->customers[i], &nobody);
	}
	if (m->layers != NULL && wrong == NULL && m->layers->n > 0)
		wrong = "layers of nobody are left";
	return wrong;
}
