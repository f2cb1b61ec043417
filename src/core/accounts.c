/*
 * accounts.c
 *		Period accounts; see accounts.h.
 *
 * Let a customer order in p and next in `next` (never again: infinity), and
 * let e(T) be the last of the summary's periods in an accounting period T.
 * For this order it is active in p .. min(next, p + k) - 1, so at e(T) for T
 * from T(p) until before T(min(next, p + k)).  It is churned at T(p + k) if it
 * has not ordered by the end of that, next > e(T(p + k)).  As no T has more
 * than k periods, p is then before T(p + k), so it was active before, and
 * nobody is churned who was not.  In T(p) this is its last order if next >
 * e(T(p)).  Since next > e(T) is T(next) > T, everything is a comparison of
 * accounting periods, and takes one pass over the gaps and the cells.
 *
 * Where cohorts are anchored, those who were customers before the data begins
 * may have been active then, unknown to us: no accounting period that begins in
 * the first k periods is complete.
 *
 * With T(p) = p this is active(t) = sum of R(t-i, i) for i < k and churned(t) =
 * R(t-k, k) of the definitions.
 */
#include "core/accounts.h"

#include "miscadmin.h"

/* The summary's periods of a report, and the accounting periods they are in. */
typedef struct AccountMap
{
	const Calendar *calendar;
	const Calendar *by;
	int64		first;			/* period */
	int64		periods;
	int64		first_account;	/* period of unit `by` */
	int64		accounts;
	int64		before;			/* accounts that are not asked for, the first ones */
} AccountMap;

/* T(t), both counted from the first. */
static inline int64
account_of(const AccountMap *map, int64 t)
{
	if (calendar_is_same(map->by, map->calendar))
		return t;
	return calendar_of_day(map->by, (int32) calendar_first_day(map->calendar, map->first + t)) -
		map->first_account;
}

/* Where an account is kept: all that are not asked for are one. */
static inline int64
slot_of(const AccountMap *map, int64 account)
{
	return Max(account - map->before, -1) + 1;
}

static AccountMap
make_map(const ReportEnd *end, const Calendar *by, int64 latest)
{
	AccountMap	map;

	map.calendar = end->calendar;
	map.by = by;
	map.first = end->first_period;
	map.periods = end->last_period - end->first_period + 1;
	map.first_account = map.first;
	map.accounts = map.periods;
	if (!calendar_is_same(by, end->calendar))
	{
		calendar_prepare(by);
		map.first_account = 0;
		map.first_account = account_of(&map, 0);
		map.accounts = account_of(&map, map.periods - 1) + 1;
	}
	map.before = Max(map.accounts - latest, 0);
	return map;
}

/* Does an accounting period begin before the summary's period t of the report? */
static bool
begins_before(const AccountMap *map, int64 account, int64 t)
{
	return calendar_first_day(map->by, map->first_account + account) <
		calendar_first_day(map->calendar, map->first + t);
}

/* starts[slot]: how many more customers are active at the end of an account than before it. */
static void
add_cells(const Summary *s, const AccountMap *map, int64 k, PeriodAccount *accounts,
		  int64 *starts, bool *known_before)
{
	for (int i = 0; i < s->ncells; i++)
	{
		const SummaryCell *cell = &s->cells[i];
		int64		t = (int64) cell->cohort + cell->age - map->first;
		PeriodAccount *a;

		CHECK_FOR_INTERRUPTS();
		/* an anchored cohort may be older than any order */
		if (cell->customers == 0 && cell->age == 0)
			continue;
		if (t >= map->periods)
			continue;			/* a refund after the end of the report */
		report_check_index(t, map->periods);
		a = &accounts[slot_of(map, account_of(map, t))];
		a->inactive += cell->first;	/* until all have been counted */
		/* who was a customer before the data begins is not new (definitions, section 12) */
		if (cell->cohort >= map->first)
			a->new_customers += cell->first;
		else if (cell->first > 0)
			*known_before = true;
		a->ordering += cell->last;
		a->orders += cell->orders;
		money_add(s->money.form, &a->revenue, cell->revenue);
		starts[a - accounts] += cell->last;
		if (t + k < map->periods)
		{
			int64		left = slot_of(map, account_of(map, t + k));

			starts[left] -= cell->last;
			accounts[left].churned += cell->last;
		}
	}
}

static void
add_gaps(const Summary *s, const AccountMap *map, int64 k, PeriodAccount *accounts,
		 int64 *starts)
{
	for (int i = 0; i < s->ngaps; i++)
	{
		const SummaryGap *gap = &s->gaps[i];
		int64		t = gap->period - map->first;
		int64		account,
					next,
					until;

		CHECK_FOR_INTERRUPTS();
		report_check_index(t, map->periods);
		report_check_index(t + gap->gap, map->periods);
		account = account_of(map, t);
		next = account_of(map, t + gap->gap);
		until = gap->gap > k ? account_of(map, t + k) : next;
		starts[slot_of(map, account)] += gap->customers;
		starts[slot_of(map, until)] -= gap->customers;
		if (next > account)
			accounts[slot_of(map, account)].ordering += gap->customers;
		if (next > until)
			accounts[slot_of(map, until)].churned += gap->customers;
	}
}

PeriodAccount *
period_accounts(const Summary *s, ReportEnd end, int32 active_window, const Calendar *by,
				int64 latest, int64 *count)
{
	AccountMap	map = make_map(&end, by, latest);
	int64		n = map.accounts - map.before;
	PeriodAccount *accounts;
	int64	   *starts;
	int64		active,
				so_far;
	bool		known_before = false;

	Assert(calendar_makes_up(end.calendar, by) > 0 &&
		   active_window >= calendar_makes_up(end.calendar, by));
	report_check_rows(map.accounts);
	*count = n;
	accounts = palloc_extended((n + 1) * sizeof(PeriodAccount), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	starts = palloc_extended((n + 1) * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	add_cells(s, &map, active_window, accounts, starts, &known_before);
	add_gaps(s, &map, active_window, accounts, starts);
	active = *starts;
	so_far = accounts->inactive;
	accounts++;
	for (int64 i = 0; i < n; i++)
	{
		PeriodAccount *a = &accounts[i];

		CHECK_FOR_INTERRUPTS();
		a->period = map.first_account + map.before + i;
		a->opening = active;
		active += starts[i + 1];
		a->active = active;
		so_far += a->inactive;
		a->inactive = so_far - active;
		a->retained = a->opening - a->churned;
		/* active = retained + new + reactivated */
		a->reactivated = a->active - a->retained - a->new_customers;
		a->complete = calendar_first_day(by, a->period + 1) <= end.complete_until &&
			!(known_before && begins_before(&map, map.before + i, active_window));
		Assert(a->retained >= 0 && a->reactivated >= 0 && a->inactive >= 0);
	}
	pfree(starts);
	return accounts;
}
