/*
 * rfm.h
 *		What models of repeat buying need of a set of customers: how many have which
 *		history.  The working form of the SQL type retention_rfm.
 *
 * Of a customer whose first order day is before the cut: x order days after it, t_x days
 * to the last of them, T days to the day before the cut, and with a holdout the order
 * days from the cut to before as_of; and, with amounts, the money of the days after the
 * first and before the cut, which belongs to x, not to the whole history, so that the
 * counts stay few.  The cut is as_of, or the first day of the holdout.  Others are
 * skipped.  Nothing says who a customer is.
 *
 * A row is a number, so that counting is sorting numbers: x, t_x, T and, with
 * a holdout, its order days, 16 bits each from the highest, which sorts like them.
 */
#ifndef RETENTION_RFM_H
#define RETENTION_RFM_H

#include "common/pair_sort.h"
#include "core/money.h"

/* Of T, of the holdout: 179 years. */
#define RFM_MAX_DAYS PG_UINT16_MAX

/* Customers of a value. */
#define RFM_MAX_CUSTOMERS ((int64) 1 << 53)

/* What all customers of a value have in common. */
typedef struct RfmKind
{
	int32		as_of;
	int32		holdout_from;	/* as_of: no holdout */
	bool		with_amounts;
} RfmKind;

static inline bool
rfm_has_holdout(const RfmKind *kind)
{
	return kind->holdout_from < kind->as_of;
}

static inline uint64
rfm_row(const RfmKind *kind, int x, int t_x, int t, int holdout)
{
	uint64		row = (uint64) x << 32 | (uint64) t_x << 16 | (uint64) t;

	return rfm_has_holdout(kind) ? row << 16 | (uint64) holdout : row;
}

/* Customers with x > 0 who have spent this in their x days. */
typedef struct RfmSpend
{
	int32		x;
	Money		amount;
	int64		customers;
} RfmSpend;

typedef struct Rfm
{
	RfmKind		kind;
	SortPair   *rows;			/* number, customers; ascending */
	uint64		n;
	MoneyTotal	money;			/* form of the spends */
	RfmSpend   *spends;			/* ascending by x and amount */
	uint64		n_spends;
} Rfm;

/* What a customer is counted as. */
typedef struct RfmCustomer
{
	bool		counted;		/* is there an order before the cut? */
	bool		has_spend;		/* with amounts, x > 0 */
	uint64		row;
	MoneyForm	form;
	Money		spend;
} RfmCustomer;

/*
 * Of a history's stored bytes, which are trusted: NULL, or what is wrong with them.  Raises 22023
 * where T is over RFM_MAX_DAYS, as does rfm_require_watched().
 */
extern const char *rfm_customer_read(const RfmKind *kind, const void *bytes, Size len, RfmCustomer *customer);
extern void rfm_require_watched(int64 days);

/* Counting; a builder allocates in the memory context of its making. */
typedef struct RfmBuilder RfmBuilder;

extern RfmBuilder *rfm_builder_create(MemoryContext context, const RfmKind *kind);
extern const RfmKind *rfm_builder_kind(const RfmBuilder *b);

/* Room for customers that are going to be added, of whom so many have a spend. */
extern void rfm_builder_reserve(RfmBuilder *b, uint64 customers, uint64 spends);
extern void rfm_builder_add_customer(RfmBuilder *b, const RfmCustomer *customer);

/*
 * Count a customer by a number of the caller's in the place of its row, and add the spend of
 * one with x > 0.
 */
extern void rfm_builder_add_number(RfmBuilder *b, uint64 number);
extern void rfm_builder_add_spend(RfmBuilder *b, int x, MoneyForm form, Money amount);

/* Add all customers of counts of the same kind. */
extern void rfm_builder_add(RfmBuilder *b, const Rfm *rfm);

/* What is there, until the builder goes on. */
extern void rfm_builder_finish(RfmBuilder *b, Rfm *rfm);

/* Raises 22023 unless both are of one kind. */
extern void rfm_require_same(const RfmKind *a, const RfmKind *b);

/*
 * Canonical bytes, appended; and back, palloc'd: NULL, or what is wrong with them.  The
 * check is for bytes from outside; those of a value are of a customer at least.
 */
extern void rfm_encode(const Rfm *rfm, StringInfo buf);
extern const char *rfm_decode(const void *bytes, Size len, Rfm *rfm);
extern const char *rfm_check(const void *bytes, Size len, bool may_be_empty);

/* What stored bytes, which are trusted, begin with. */
extern RfmKind rfm_peek_kind(const void *bytes, Size len);

#endif							/* RETENTION_RFM_H */
