/*
 * next_purchases.c
 *		The products that follow each product; see next_purchases.h.
 */
#include "core/product/next_purchases.h"

#include "core/product/evidence.h"
#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Words of a row that waits for its adjusted p-value. */
enum
{
	ROW_SERIAL,
	ROW_PAIR,
	ROW_FOLLOWED,
	ROW_MEDIAN,
	ROW_P,
	ROW_WORDS
};

typedef struct Candidate
{
	float8		g2;
	Follower   *follower;
} Candidate;

struct NextPurchases
{
	MemoryContext context;
	Followers  *followers;
	int32		min_customers;
	int32		per_product;
	Adjustment *adjustment;
	WordSort   *rows;
	int64		serial;			/* of the next row */
	Candidate  *best;			/* a heap, the worst of them first */
	int			nbest;
	int			room;
};

/* Is a better than b, of the same product? */
static inline bool
is_better(const Candidate *a, const Candidate *b)
{
	int			order = g2_compare(a->g2, b->g2);

	if (order != 0)
		return order > 0;
	if (a->follower->followed != b->follower->followed)
		return a->follower->followed > b->follower->followed;
	return a->follower->next < b->follower->next;
}

static int
compare_candidates(const void *a, const void *b)
{
	return is_better(a, b) ? -1 : is_better(b, a) ? 1 : 0;
}

/* Put a candidate into the heap at a place or below it; both subtrees of the place are heaps already. */
static void
sift_down(NextPurchases *np, int place, Candidate candidate)
{
	for (int child; (child = 2 * place + 1) < np->nbest; place = child)
	{
		if (child + 1 < np->nbest && is_better(&np->best[child], &np->best[child + 1]))
			child++;
		if (!is_better(&candidate, &np->best[child]))
			break;
		np->best[place] = np->best[child];
	}
	np->best[place] = candidate;
}

/* Keep a candidate if it is among the best so far. */
static void
offer(NextPurchases *np, Candidate candidate)
{
	int			place;

	if (np->nbest == np->per_product)
	{
		if (is_better(&candidate, &np->best[0]))
			sift_down(np, 0, candidate);
		return;
	}
	if (np->nbest == np->room)
	{
		np->room = Max(2 * np->room, 16);
		np->best = np->best == NULL ? MemoryContextAlloc(np->context, np->room * sizeof(Candidate)) :
			repalloc_huge(np->best, np->room * sizeof(Candidate));
	}
	for (place = np->nbest++; place > 0 && is_better(&np->best[(place - 1) / 2], &candidate); place = (place - 1) / 2)
		np->best[place] = np->best[(place - 1) / 2];
	np->best[place] = candidate;
}

/* The signed G2 of a pair. */
static float8
evidence_of(const Followers *f, const Follower *follower)
{
	int64		watched = f->watched[f->product];
	int64		others = f->pooled[follower->next] - follower->followed;

	return signed_g2(follower->followed, watched - follower->followed, others, f->all_watched - watched - others);
}

static void
keep_best(NextPurchases *np)
{
	Followers  *f = np->followers;
	Follower  **chosen = palloc(Max(np->nbest, 1) * sizeof(Follower *));

	qsort(np->best, np->nbest, sizeof(Candidate), compare_candidates);
	for (int i = 0; i < np->nbest; i++)
		chosen[i] = np->best[i].follower;
	followers_medians(f, chosen, np->nbest);
	for (int i = 0; i < np->nbest; i++)
	{
		float8		p = g2_p_value(np->best[i].g2);
		uint64	   *row = word_sort_add(np->rows);

		row[ROW_SERIAL] = (uint64) np->serial;
		row[ROW_PAIR] = word_of_pair(f->product, chosen[i]->next);
		row[ROW_FOLLOWED] = (uint64) chosen[i]->followed;
		memcpy(&row[ROW_MEDIAN], &chosen[i]->median_days, sizeof(uint64));
		memcpy(&row[ROW_P], &p, sizeof(uint64));
		adjust_ask(np->adjustment, p, np->serial++);
	}
	pfree(chosen);
}

NextPurchases *
next_purchases_begin(MemoryContext parent, Followers *followers, int32 min_customers, int32 per_product,
					 Size limit)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention next purchases", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	NextPurchases *np = palloc0(sizeof(NextPurchases));
	float8		n = 0;
	Follower   *items;
	int			nitems;

	np->context = context;
	np->followers = followers;
	np->min_customers = min_customers;
	np->per_product = per_product;
	np->adjustment = adjust_begin(context, limit / 2);
	np->rows = word_sort_begin(context, ROW_WORDS, ROW_SERIAL + 1, limit / 2);
	for (int32 product = 0; product < followers->products; product++)
		n += followers->customers[product] >= min_customers;
	while ((items = followers_next(followers, &nitems)) != NULL)
	{
		np->nbest = 0;
		for (int i = 0; i < nitems; i++)
		{
			Candidate	candidate = {.follower = &items[i]};

			if (items[i].followed < min_customers || items[i].next == followers->product)
				continue;
			candidate.g2 = evidence_of(followers, &items[i]);
			adjust_add(np->adjustment, g2_p_value(candidate.g2), NO_SERIAL);
			offer(np, candidate);
		}
		keep_best(np);
	}
	adjust_perform(np->adjustment, n * (n - 1));
	word_sort_perform(np->rows);
	np->serial = 0;
	MemoryContextSwitchTo(caller);
	return np;
}

bool
next_purchases_next(NextPurchases *np, NextPurchase *row)
{
	const Followers *f = np->followers;
	const uint64 *words = word_sort_next(np->rows);

	if (words == NULL)
		return false;
	row->product = word_high(words[ROW_PAIR]);
	row->next = word_low(words[ROW_PAIR]);
	row->customers = f->customers[row->product];
	row->watched = f->watched[row->product];
	row->followed = (int64) words[ROW_FOLLOWED];
	row->others_watched = f->all_watched - row->watched;
	row->others_followed = f->pooled[row->next] - row->followed;
	memcpy(&row->median_days, &words[ROW_MEDIAN], sizeof(float8));
	memcpy(&row->p_value, &words[ROW_P], sizeof(float8));
	row->p_adjusted = adjust_next(np->adjustment, np->serial++);
	return true;
}

void
next_purchases_end(NextPurchases *np)
{
	word_sort_end(np->rows);
	adjust_end(np->adjustment);
	MemoryContextDelete(np->context);
}
