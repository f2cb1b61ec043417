/*
 * followers.c
 *		What customers bought after a product; see followers.h.
 *
 * Cost, in memory: the customers of a product times the products of their baskets in
 * the days that are watched, twice where medians are asked for; and once by customer
 * and day for what followed anything, since all products of a first day have the same
 * baskets behind it.
 */
#include "core/product/followers.h"

#include "core/product/word_sort.h"
#include "miscadmin.h"
#include "utils/memutils.h"

/* Baskets in memory: all, or those of the customer at hand. */
typedef struct PlacedBasket
{
	int64		first;			/* of its products */
	int32		n;
	int32		day;
	int32		customer;
} PlacedBasket;

typedef struct Placed
{
	PlacedBasket *baskets;
	int64		count;
	int64		room;
	int32	   *products;
	int64		used;
	int64		products_room;
} Placed;

/* What is counted of a product that follows another. */
typedef struct Seen
{
	uint32		by;				/* serial number of the first basket for which it was counted last */
	int32		count;
	int32		chosen;			/* 1 + its place among those whose median is asked for */
} Seen;

typedef struct FollowersRest
{
	MemoryContext context;
	const ProductBaskets *all;
	Size		limit;
	int32		within;
	int32		end;
	int32		min_customers;
	Seen	   *seen;
	uint32		serial;
	Placed		placed;
	/* where baskets are in memory: */
	int64	   *first;			/* by product: where in firsts[] its customers begin; one more */
	int32	   *firsts;			/* watched customers' first baskets with the product: indexes of placed.baskets */
	/* where they are not: */
	int64	   *npairs;			/* by product: pairs (product, what followed) at most; 0: none to look at */
	int32		from;			/* `pairs` has those of products from <= product < before */
	int32		before;
	WordSort   *pairs;			/* word_of_pair(product, what followed), days; NULL in the counting pass */
	const uint64 *pair;			/* the next one to be read */
	/* of the product at hand: */
	int32	   *touched;		/* products whose Seen.count is not 0 */
	Follower   *followers;
	int64		followers_room;
	int32	   *days;			/* from the first basket to what followed, for medians */
	int64		days_room;
} FollowersRest;

/* Days of which the medians of several products are made at a time; one product may have more. */
#define MEDIAN_DAYS (INT64CONST(1) << 22)

/* Make room for `more` elements behind the used ones of an array. */
static void *
grow(MemoryContext context, void *array, int64 used, int64 more, int64 *room, Size size)
{
	if (array != NULL && used + more <= *room)
		return array;
	*room = Max(Max(*room + *room / 2, used + more), 64);
	if (array == NULL)
		return MemoryContextAllocHuge(context, *room * size);
	return repalloc_huge(array, *room * size);
}

static void
placed_add(FollowersRest *r, const ProductBasket *basket)
{
	Placed	   *p = &r->placed;
	PlacedBasket *b;

	p->baskets = grow(r->context, p->baskets, p->count, 1, &p->room, sizeof(PlacedBasket));
	p->products = grow(r->context, p->products, p->used, basket->n, &p->products_room, sizeof(int32));
	b = &p->baskets[p->count++];
	b->first = p->used;
	b->n = basket->n;
	b->day = basket->day;
	b->customer = basket->customer;
	memcpy(p->products + p->used, basket->products, basket->n * sizeof(int32));
	p->used += basket->n;
}

static inline bool
is_watched(const FollowersRest *r, int32 day)
{
	return (int64) day + r->within <= r->end;
}

/* May anything have followed it for min_customers?  Known once all customers have been counted. */
static inline bool
may_be_followed(const Followers *f, int32 product)
{
	return f->watched[product] >= f->rest->min_customers;
}

/* May it have followed anything for min_customers? */
static inline bool
may_follow(const Followers *f, int32 product)
{
	return f->customers[product] >= f->rest->min_customers && f->pooled[product] >= f->rest->min_customers;
}

/*
 * Does basket b of the same customer come before the day first->day + within?  Baskets are
 * in order of customer and day, so that a walk from `first` can end with the first basket
 * of which this is false.
 */
static inline bool
is_behind(const FollowersRest *r, const PlacedBasket *b, const PlacedBasket *first)
{
	return b->customer == first->customer && (int64) b->day < (int64) first->day + r->within;
}

/*
 * One customer's baskets [from, to).  For each day, fresh[] are the products that it has
 * for the first time then, whose followers are what is in the baskets after that day.
 * Counts customers, watched[], pooled[] and npairs[]; or, when r->pairs is there, writes
 * the pairs of the products of this part.
 */
static void
walk_customer(Followers *f, int64 from, int64 to, int32 *fresh)
{
	FollowersRest *r = f->rest;
	const Placed *p = &r->placed;
	bool		counting = r->pairs == NULL;

	for (int64 i = from, next; i < to; i = next)
	{
		const PlacedBasket *first = &p->baskets[i];
		bool		watched = is_watched(r, first->day);
		int64		nfresh = 0;
		int64		nfollowed = 0;

		CHECK_FOR_INTERRUPTS();
		for (next = i; next < to && p->baskets[next].day == first->day; next++)
			for (int32 k = 0; k < p->baskets[next].n; k++)
			{
				int32		product = p->products[p->baskets[next].first + k];

				/* `chosen` is not in use before followers are read; here it is 1 + the last customer who had it */
				if (r->seen[product].chosen == first->customer + 1)
					continue;
				r->seen[product].chosen = first->customer + 1;
				if (counting)
				{
					f->customers[product]++;
					f->watched[product] += watched;
				}
				else if (product < r->from || product >= r->before || !may_be_followed(f, product))
					continue;
				if (watched)
					fresh[nfresh++] = product;
			}
		if (nfresh == 0)
			continue;
		r->serial++;
		for (int64 j = next; j < to && is_behind(r, &p->baskets[j], first); j++)
		{
			CHECK_FOR_INTERRUPTS();
			for (int32 k = 0; k < p->baskets[j].n; k++)
			{
				int32		product = p->products[p->baskets[j].first + k];

				if (r->seen[product].by == r->serial)
					continue;
				r->seen[product].by = r->serial;
				nfollowed++;
				if (counting)
				{
					f->pooled[product] += nfresh;
					continue;
				}
				if (!may_follow(f, product))
					continue;
				CHECK_FOR_INTERRUPTS();
				for (int64 a = 0; a < nfresh; a++)
				{
					uint64	   *pair = word_sort_add(r->pairs);

					pair[0] = word_of_pair(fresh[a], product);
					pair[1] = (uint64) (p->baskets[j].day - first->day);
				}
			}
		}
		for (int64 a = 0; r->npairs != NULL && counting && a < nfresh; a++)
			r->npairs[fresh[a]] += nfollowed;
	}
}

/* walk_customer() for all of them; where baskets do not stay in memory, of one at a time. */
static void
walk_customers(Followers *f)
{
	FollowersRest *r = f->rest;
	Placed	   *p = &r->placed;
	int32	   *fresh = NULL;
	int64		room = 0;
	int64		from = 0;
	BasketReader reader;
	ProductBasket basket;

	basket_reader_begin(&reader, r->all);
	for (;;)
	{
		bool		more = basket_reader_next(&reader, &basket);

		if (p->count > from && (!more || basket.customer != p->baskets[p->count - 1].customer))
		{
			fresh = grow(r->context, fresh, 0, p->used - p->baskets[from].first, &room, sizeof(int32));
			walk_customer(f, from, p->count, fresh);
			from = p->count;
			if (r->npairs != NULL)
				p->count = p->used = from = 0;
		}
		if (!more)
			break;
		placed_add(r, &basket);
	}
	basket_reader_end(&reader);
	if (fresh != NULL)
		pfree(fresh);
}

static void
forget_seen(Followers *f)
{
	for (int32 product = 0; product < f->products; product++)
		f->rest->seen[product] = (Seen) {0};
	f->rest->serial = 0;
}

/*
 * Write and sort the pairs of the next part: as many products as WORD_SORT_BYTES has room
 * for, at least one.  False: no pairs are left.
 */
static bool
next_pairs(Followers *f)
{
	FollowersRest *r = f->rest;
	int64		most = (int64) (WORD_SORT_BYTES(r->limit) / (2 * sizeof(uint64)));
	int64		n = 0;

	if (r->pairs != NULL)
		word_sort_end(r->pairs);
	r->pairs = NULL;
	for (r->from = r->before; r->before < f->products && (n == 0 || n + r->npairs[r->before] <= most); r->before++)
		n += r->npairs[r->before];
	if (n == 0)
		return false;
	forget_seen(f);
	r->pairs = word_sort_begin(r->context, 2, 1, r->limit);
	walk_customers(f);
	word_sort_perform(r->pairs);
	r->pair = word_sort_next(r->pairs);
	return true;
}

/* Make first[] and firsts[], of the products that may be followed. */
static void
list_firsts(Followers *f)
{
	FollowersRest *r = f->rest;
	const Placed *p = &r->placed;
	int64		total = 0;

	r->first = MemoryContextAllocHuge(r->context, ((Size) f->products + 1) * sizeof(int64));
	for (int32 product = 0; product < f->products; product++)
	{
		r->first[product] = total;
		if (may_be_followed(f, product))
			total += f->watched[product];
		r->seen[product].chosen = 0;
	}
	r->first[f->products] = total;
	r->firsts = MemoryContextAllocHuge(r->context, Max(total, 1) * sizeof(int32));
	for (int64 i = 0; i < p->count; i++)
	{
		const PlacedBasket *b = &p->baskets[i];

		CHECK_FOR_INTERRUPTS();
		for (int32 k = 0; k < b->n; k++)
		{
			int32		product = p->products[b->first + k];

			if (r->seen[product].chosen == b->customer + 1)
				continue;
			r->seen[product].chosen = b->customer + 1;
			if (is_watched(r, b->day) && may_be_followed(f, product))
				r->firsts[r->first[product]++] = (int32) i;
		}
	}
	/* filling has moved first[product] to where that of the next product begins */
	memmove(r->first + 1, r->first, (Size) f->products * sizeof(int64));
	r->first[0] = 0;
}

/* Of the products of all baskets, those that are counted behind others. */
static void
keep_those_that_may_follow(Followers *f)
{
	const Placed *p = &f->rest->placed;

	for (int64 i = 0; i < p->count; i++)
	{
		PlacedBasket *b = &p->baskets[i];
		int32	   *products = p->products + b->first;
		int32		n = 0;

		CHECK_FOR_INTERRUPTS();
		for (int32 k = 0; k < b->n; k++)
			if (may_follow(f, products[k]))
				products[n++] = products[k];
		b->n = n;
	}
}

Followers *
followers_begin(MemoryContext parent, const ProductBaskets *baskets, int32 within, int32 end,
				int32 min_customers, Size limit)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention followers", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	Followers  *f = palloc0(sizeof(Followers));
	FollowersRest *r = palloc0(sizeof(FollowersRest));
	Size		products = Max(baskets->products, 1);

	f->products = baskets->products;
	f->customers = palloc_extended(products * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	f->watched = palloc_extended(products * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	f->pooled = palloc_extended(products * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	f->rest = r;
	f->product = -1;
	r->context = context;
	r->all = baskets;
	r->limit = limit;
	r->within = within;
	r->end = end;
	r->min_customers = min_customers;
	r->seen = palloc_extended(products * sizeof(Seen), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	r->touched = palloc_extended(products * sizeof(int32), MCXT_ALLOC_HUGE);
	/* placed.products and firsts[] have 4 bytes each for every product of a basket */
	if (baskets->count < PG_INT32_MAX && baskets->lines < PG_UINT32_MAX / 2 &&
		(Size) baskets->lines * 2 * sizeof(int32) + (Size) baskets->count * sizeof(PlacedBasket) <= limit / KEPT_SHARE)
	{
		r->placed.room = Max(baskets->count, 1);
		r->placed.products_room = Max(baskets->lines, 1);
		r->placed.baskets = MemoryContextAllocHuge(context, r->placed.room * sizeof(PlacedBasket));
		r->placed.products = MemoryContextAllocHuge(context, r->placed.products_room * sizeof(int32));
	}
	else
		r->npairs = palloc_extended(products * sizeof(int64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	walk_customers(f);
	for (int32 product = 0; product < f->products; product++)
	{
		f->all_watched += f->watched[product];
		if (r->npairs != NULL && !may_be_followed(f, product))
			r->npairs[product] = 0;
	}
	if (r->npairs == NULL)
	{
		list_firsts(f);
		keep_those_that_may_follow(f);
	}
	forget_seen(f);
	MemoryContextSwitchTo(caller);
	return f;
}

static int
compare_days(const void *a, const void *b, void *unused pg_attribute_unused())
{
	int32		x = *(const int32 *) a;
	int32		y = *(const int32 *) b;

	return (x > y) - (x < y);
}

/* The median of n sorted days. */
static float8
median_of(const int32 *days, int64 n)
{
	int32		low = days[(n - 1) / 2];
	int32		high = days[n / 2];

	return low + 0.5 * ((float8) high - low);
}

static Follower *
add_follower(FollowersRest *r, int *n)
{
	r->followers = grow(r->context, r->followers, *n, 1, &r->followers_room, sizeof(Follower));
	return &r->followers[(*n)++];
}

/* The followers of the product whose pairs are next; these are sorted by what followed. */
static int
followers_of_pairs(Followers *f)
{
	FollowersRest *r = f->rest;
	int			n = 0;

	f->product = word_high(r->pair[0]);
	while (r->pair != NULL && word_high(r->pair[0]) == f->product)
	{
		int32		next = word_low(r->pair[0]);
		int64		followed = 0;
		Follower   *follower;

		do
		{
			CHECK_FOR_INTERRUPTS();
			r->days = grow(r->context, r->days, followed, 1, &r->days_room, sizeof(int32));
			r->days[followed++] = (int32) r->pair[1];
			r->pair = word_sort_next(r->pairs);
		} while (r->pair != NULL && word_high(r->pair[0]) == f->product && word_low(r->pair[0]) == next);
		follower = add_follower(r, &n);
		follower->next = next;
		follower->followed = (int32) followed;
		qsort_interruptible(r->days, followed, sizeof(int32), compare_days, NULL);
		follower->median_days = median_of(r->days, followed);
	}
	return n;
}

/* The followers of a product whose customers' first baskets are in firsts[]. */
static int
followers_of_firsts(Followers *f)
{
	FollowersRest *r = f->rest;
	const Placed *p = &r->placed;
	Seen	   *seen = r->seen;
	int			ntouched = 0;
	int			n = 0;

	for (int64 i = r->first[f->product]; i < r->first[f->product + 1]; i++)
	{
		const PlacedBasket *first = &p->baskets[r->firsts[i]];
		const PlacedBasket *end = p->baskets + p->count;
		uint32		serial = ++r->serial;

		CHECK_FOR_INTERRUPTS();
		for (const PlacedBasket *b = first + 1; b < end && is_behind(r, b, first); b++)
		{
			const int32 *product = p->products + b->first;

			if (b->day == first->day)
				continue;
			for (int32 k = 0; k < b->n; k++)
			{
				Seen	   *s = &seen[product[k]];

				if (s->by == serial)
					continue;
				s->by = serial;
				if (s->count++ == 0)
					r->touched[ntouched++] = product[k];
			}
		}
	}
	for (int i = 0; i < ntouched; i++)
	{
		Follower   *follower = add_follower(r, &n);

		follower->next = r->touched[i];
		follower->followed = seen[r->touched[i]].count;
		follower->median_days = 0;
		seen[r->touched[i]].count = 0;
	}
	return n;
}

Follower *
followers_next(Followers *f, int *n)
{
	FollowersRest *r = f->rest;

	if (r->npairs != NULL)
	{
		/* of those products perhaps no pair was written */
		while (r->pair == NULL)
			if (!next_pairs(f))
				return NULL;
		*n = followers_of_pairs(f);
		return r->followers;
	}
	while (++f->product < f->products)
	{
		*n = followers_of_firsts(f);
		if (*n > 0)
			return r->followers;
	}
	return NULL;
}

/* The medians of n followers, whose days are `total` in all: the walk of followers_of_firsts() once more. */
static void
medians_of(Followers *f, Follower **chosen, int n, int64 total)
{
	FollowersRest *r = f->rest;
	const Placed *p = &r->placed;
	Seen	   *seen = r->seen;

	r->days = grow(r->context, r->days, 0, total, &r->days_room, sizeof(int32));
	/* r->days has a stretch for each of them; Seen.count is where the next day of it goes */
	total = 0;
	for (int i = 0; i < n; i++)
	{
		seen[chosen[i]->next].chosen = 1;
		seen[chosen[i]->next].count = (int32) total;
		total += chosen[i]->followed;
	}
	for (int64 i = r->first[f->product]; i < r->first[f->product + 1]; i++)
	{
		const PlacedBasket *first = &p->baskets[r->firsts[i]];
		const PlacedBasket *end = p->baskets + p->count;
		uint32		serial = ++r->serial;

		CHECK_FOR_INTERRUPTS();
		for (const PlacedBasket *b = first + 1; b < end && is_behind(r, b, first); b++)
		{
			const int32 *product = p->products + b->first;

			if (b->day == first->day)
				continue;
			for (int32 k = 0; k < b->n; k++)
			{
				Seen	   *s = &seen[product[k]];

				if (s->chosen == 0 || s->by == serial)
					continue;
				s->by = serial;
				r->days[s->count++] = b->day - first->day;
			}
		}
	}
	for (int i = 0; i < n; i++)
	{
		Seen	   *s = &seen[chosen[i]->next];
		int32	   *days = r->days + s->count - chosen[i]->followed;

		qsort_interruptible(days, chosen[i]->followed, sizeof(int32), compare_days, NULL);
		chosen[i]->median_days = median_of(days, chosen[i]->followed);
		s->chosen = 0;
		s->count = 0;
	}
}

void
followers_medians(Followers *f, Follower **chosen, int n)
{
	if (f->rest->npairs != NULL)
		return;
	for (int from = 0, to; from < n; from = to)
	{
		int64		total = chosen[from]->followed;

		for (to = from + 1; to < n && total + chosen[to]->followed <= MEDIAN_DAYS; to++)
			total += chosen[to]->followed;
		medians_of(f, chosen + from, to - from, total);
	}
}

void
followers_end(Followers *f)
{
	if (f->rest->pairs != NULL)
		word_sort_end(f->rest->pairs);
	MemoryContextDelete(f->rest->context);
}
