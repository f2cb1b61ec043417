/*
 * btree_probe.c
 *		Many keys looked up in a btree index in one pass; see btree_probe.h.
 *
 * An index scan descends from the root for each key.  As the keys are in order, here
 * each page is read once: level by level, a page's keys are divided among its
 * children, and in the leaves they are looked up.  For hundreds of keys in an index of
 * millions, that is about one page a key instead of three or four.
 *
 * Pages may change between the levels, as they do during any descent, and the same
 * rules hold (src/backend/access/nbtree/README): a page that was split is left to the
 * right while a key is above its high key, one that was deleted likewise, and none is
 * used for something else while a snapshot as old as ours is held.  One page is locked
 * at a time.  Rows that a snapshot sees stay where they are, so that no page is pinned
 * until their rows are read.
 *
 * It does not mark entries of dead rows, as index scans do; nor does it take
 * predicate locks.
 */
#include "track/btree_probe.h"

#include "access/itup.h"
#include "access/nbtree.h"
#include "access/xact.h"
#include "catalog/pg_am.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Among so few nothing is guessed. */
#define FEW_ENTRIES 16

/* Keys [from, before), which are in a page or to the right of it. */
typedef struct PageKeys
{
	BlockNumber block;
	int			from;
	int			before;
	bool		has_range;		/* integers, ... */
	int64		low;			/* ... between which those of the page were */
	int64		high;
} PageKeys;

static const PageKeys anywhere = {InvalidBlockNumber, 0, 0, false, 0, 0};

typedef struct PageList
{
	PageKeys   *items;
	int			n;
	int			capacity;
} PageList;

bool
btree_probe_can(Relation index, int columns, const AttrNumber *attnums, const Oid *types)
{
	if (index->rd_rel->relam != BTREE_AM_OID || IndexRelationGetNumberOfKeyAttributes(index) < columns)
		return false;
	for (int i = 0; i < columns; i++)
	{
		Oid			opclass = GetDefaultOpClass(types[i], BTREE_AM_OID);

		if (index->rd_index->indkey.values[i] != attnums[i] || index->rd_indoption[i] != 0 ||
			!OidIsValid(opclass) || index->rd_opfamily[i] != get_opclass_family(opclass) ||
			index->rd_opcintype[i] != get_opclass_input_type(opclass) ||
			getBaseType(TupleDescAttr(RelationGetDescr(index), i)->atttypid) != types[i])
			return false;
	}
	return true;
}

static inline BTPageOpaque
opaque_of(Page page)
{
	return (BTPageOpaque) PageGetSpecialPointer(page);
}

static inline int64
number_of(Datum value, int size)
{
	return size == sizeof(int64) ? DatumGetInt64(value) : DatumGetInt32(value);
}

/* The first column of an entry, where keys are integers. */
static inline bool
entry_number(const BtreeProbe *probe, Page page, OffsetNumber at, int64 *number)
{
	IndexTuple	entry = (IndexTuple) PageGetItem(page, PageGetItemId(page, at));
	bool		isnull;
	Datum		value;

	if (BTreeTupleGetNAtts(entry, probe->index) < 1)
		return false;
	value = index_getattr(entry, 1, RelationGetDescr(probe->index), &isnull);
	if (!isnull)
		*number = number_of(value, probe->key_size);
	return !isnull;
}

/* A page that is locked. */
static inline Page
page_of(const BtreeProbe *probe, Buffer buffer)
{
	Page		page = BufferGetPage(buffer);

	compat_test_old_snapshot(probe->snapshot, probe->index, page);
	return page;
}

/* Is the key above an entry (1), is it that entry's (0), or below it (-1)? */
static inline int
compare_key(const BtreeProbe *probe, Page page, OffsetNumber at, Datum key, bool with_bound)
{
	IndexTuple	entry = (IndexTuple) PageGetItem(page, PageGetItemId(page, at));
	TupleDesc	desc = RelationGetDescr(probe->index);
	int			natts = BTreeTupleGetNAtts(entry, probe->index);
	bool		isnull;
	Datum		value;
	int			side;
	int64		number;

	/* attributes that a pivot tuple lacks are below all values */
	if (natts < 1)
		return 1;
	value = index_getattr(entry, 1, desc, &isnull);
	if (isnull)
		return -1;
	side = ApplySortComparator(key, false, value, false, probe->order);
	if (side != 0 || !with_bound)
		return side;
	if (natts < 2)
		return 1;
	value = index_getattr(entry, 2, desc, &isnull);
	if (isnull)
		return -1;
	number = number_of(value, probe->bound_size);
	return (probe->bound > number) - (probe->bound < number);
}

static inline int
compare(const BtreeProbe *probe, Page page, OffsetNumber at, int key)
{
	return compare_key(probe, page, at, probe->keys[key], probe->bound_size > 0);
}

/*
 * Where a key may be among the entries [low, end).  Integers are mostly spread evenly
 * over the range of a page, which the page above tells, so that this is near, and in few
 * lines of the cache.
 */
static OffsetNumber
guess(const BtreeProbe *probe, Page page, const PageKeys *range, OffsetNumber low, OffsetNumber end, int key)
{
	int64		first;
	int64		last;
	int64		number;

	if (probe->key_size == 0 || end - low < FEW_ENTRIES)
		return low + (end - low) / 2;
	if (range->has_range)
	{
		low = P_FIRSTKEY;
		first = range->low;
		last = range->high;
	}
	else if (!entry_number(probe, page, low, &first) || !entry_number(probe, page, end - 1, &last))
		return low + (end - low) / 2;
	number = number_of(probe->keys[key], probe->key_size);
	if (number <= first || number >= last)
		return number <= first ? low : end - 1;
	return low + (OffsetNumber) (((double) number - (double) first) / ((double) last - (double) first) *
								 (end - 1 - low));
}

/* The first entry of [low, end) that is not below a key, or end: around the guess, and then between. */
static OffsetNumber
first_entry(const BtreeProbe *probe, Page page, const PageKeys *range, OffsetNumber low, OffsetNumber end,
			int key)
{
	OffsetNumber at;
	int			step = 1;

	if (low >= end)
		return end;
	at = Max(guess(probe, page, range, low, end, key), low);
	if (compare(probe, page, at, key) > 0)
	{
		low = at + 1;
		for (; low + step < end && compare(probe, page, low + step, key) > 0; step *= 2)
			low += step + 1;
		end = Min(end, low + step);
	}
	else
	{
		end = at;
		for (; end - step >= low && compare(probe, page, end - step, key) <= 0; step *= 2)
			end -= step;
		low = Max(low, end - step + 1);
	}
	while (low < end)
	{
		OffsetNumber middle = low + (end - low) / 2;

		if (compare(probe, page, middle, key) > 0)
			low = middle + 1;
		else
			end = middle;
	}
	return low;
}

/* The page to the right, locked instead of this one; between them, none is, so that a cancel is heard. */
static Buffer
next_page(const BtreeProbe *probe, Buffer buffer, BTPageOpaque opaque)
{
	BlockNumber next = opaque->btpo_next;

	_bt_relbuf(probe->index, buffer);
	CHECK_FOR_INTERRUPTS();
	return _bt_getbuf(probe->index, next, BT_READ);
}

/* The page where a key is, of this one and those to the right. */
static Buffer
move_right(const BtreeProbe *probe, Buffer buffer, int key)
{
	for (;;)
	{
		Page		page = page_of(probe, buffer);
		BTPageOpaque opaque = opaque_of(page);

		if (P_RIGHTMOST(opaque))
		{
			if (P_IGNORE(opaque))
				elog(ERROR, "fell off the end of index \"%s\"", RelationGetRelationName(probe->index));
			return buffer;
		}
		if (!P_IGNORE(opaque) && compare(probe, page, P_HIKEY, key) <= 0)
			return buffer;
		buffer = next_page(probe, buffer, opaque);
	}
}

static PageKeys *
add_page(PageList *list, BlockNumber block, int from, int before)
{
	if (list->n == list->capacity)
	{
		list->capacity = Max(list->capacity * 2, 64);
		list->items = list->items == NULL ? palloc(list->capacity * sizeof(PageKeys)) :
			repalloc_huge(list->items, list->capacity * sizeof(PageKeys));
	}
	list->items[list->n] = (PageKeys) {block, from, before, false, 0, 0};
	return &list->items[list->n++];
}

/* Divide the keys of a page of an upper level among the pages below. */
static Buffer
divide(const BtreeProbe *probe, Buffer buffer, const PageKeys *keys, PageList *below)
{
	OffsetNumber low = 0;
	BlockNumber block = InvalidBlockNumber;

	for (int key = keys->from; key < keys->before;)
	{
		Page		page;
		BTPageOpaque opaque;
		OffsetNumber last;
		OffsetNumber child;
		int			first = key;
		PageKeys   *page_keys;

		buffer = move_right(probe, buffer, key);
		page = page_of(probe, buffer);
		opaque = opaque_of(page);
		last = PageGetMaxOffsetNumber(page);
		if (BufferGetBlockNumber(buffer) != block)
		{
			block = BufferGetBlockNumber(buffer);
			/* the first entry is below everything */
			low = P_FIRSTDATAKEY(opaque) + 1;
		}
		low = first_entry(probe, page, block == keys->block ? keys : &anywhere, low, last + 1, key);
		child = low - 1;
		for (key++; key < keys->before; key++)
			if (low <= last ? compare(probe, page, low, key) > 0 :
				!P_RIGHTMOST(opaque) && compare(probe, page, P_HIKEY, key) > 0)
				break;
		page_keys = add_page(below, BTreeTupleGetDownLink((IndexTuple) PageGetItem(page, PageGetItemId(page, child))),
							 first, key);
		page_keys->has_range = probe->key_size > 0 && child > P_FIRSTDATAKEY(opaque) && low <= last &&
			entry_number(probe, page, child, &page_keys->low) && entry_number(probe, page, low, &page_keys->high);
	}
	return buffer;
}

static inline void
add_row(BtreeProbe *probe, int key, ItemPointer tid)
{
	if (probe->nrows == probe->capacity)
	{
		probe->capacity = Max(probe->capacity * 2, 64);
		probe->rows = probe->rows == NULL ? palloc(probe->capacity * sizeof(ProbedRow)) :
			repalloc_huge(probe->rows, probe->capacity * sizeof(ProbedRow));
	}
	probe->rows[probe->nrows].key = key;
	probe->rows[probe->nrows++].tid = *tid;
}

static inline bool
is_over(const BtreeProbe *probe)
{
	return probe->max_rows > 0 && probe->nrows > probe->max_rows;
}

/* The rows of a key, from an entry on and in the pages to the right; the page where they end. */
static Buffer
take_rows(BtreeProbe *probe, Buffer buffer, OffsetNumber *at, int key)
{
	/* what the primary knows to be dead, a snapshot of a standby may see: as index_beginscan() has it */
	bool		skip_dead = !TransactionStartedDuringRecovery();

	for (;;)
	{
		Page		page = page_of(probe, buffer);
		BTPageOpaque opaque = opaque_of(page);
		OffsetNumber last = PageGetMaxOffsetNumber(page);

		for (; *at <= last; (*at)++)
		{
			ItemId		item = PageGetItemId(page, *at);
			IndexTuple	entry = (IndexTuple) PageGetItem(page, item);

			if (compare_key(probe, page, *at, probe->keys[key], false) != 0)
				return buffer;
			if (skip_dead && ItemIdIsDead(item))
				continue;
			if (!BTreeTupleIsPosting(entry))
				add_row(probe, key, &entry->t_tid);
			else
				for (int i = 0; i < BTreeTupleGetNPosting(entry); i++)
					add_row(probe, key, BTreeTupleGetPostingN(entry, i));
		}
		if (P_RIGHTMOST(opaque) || is_over(probe) ||
			compare_key(probe, page, P_HIKEY, probe->keys[key], false) < 0)
			return buffer;
		do
		{
			buffer = next_page(probe, buffer, opaque);
			page = page_of(probe, buffer);
			opaque = opaque_of(page);
		} while (P_IGNORE(opaque) && !P_RIGHTMOST(opaque));
		if (P_IGNORE(opaque))
			elog(ERROR, "fell off the end of index \"%s\"", RelationGetRelationName(probe->index));
		*at = P_FIRSTDATAKEY(opaque);
	}
}

/*
 * A key whose first entry is in the page is not in one to the right of it, so that the
 * high key is looked at only where there is none.
 */
static Buffer
look_up(BtreeProbe *probe, Buffer buffer, const PageKeys *keys)
{
	OffsetNumber at = 0;
	BlockNumber block = InvalidBlockNumber;

	for (int key = keys->from; key < keys->before; key++)
	{
		Page		page = page_of(probe, buffer);
		OffsetNumber last = PageGetMaxOffsetNumber(page);

		if (block == InvalidBlockNumber)
		{
			block = BufferGetBlockNumber(buffer);
			at = P_FIRSTDATAKEY(opaque_of(page));
		}
		if (!P_IGNORE(opaque_of(page)))
			at = first_entry(probe, page, block == keys->block ? keys : &anywhere, at, last + 1, key);
		if (P_IGNORE(opaque_of(page)) || at > last)
		{
			buffer = move_right(probe, buffer, key);
			if (BufferGetBlockNumber(buffer) != block)
			{
				page = page_of(probe, buffer);
				at = first_entry(probe, page, &anywhere, P_FIRSTDATAKEY(opaque_of(page)),
								 PageGetMaxOffsetNumber(page) + 1, key);
			}
		}
		buffer = take_rows(probe, buffer, &at, key);
		block = BufferGetBlockNumber(buffer);
		pgstat_count_index_scan(probe->index);
	}
	return buffer;
}

bool
btree_probe(BtreeProbe *probe)
{
	Relation	index = probe->index;
	Buffer		buffer = probe->nkeys > 0 ? compat_bt_getroot(index) : InvalidBuffer;
	PageList	pages = {0};
	int			rows = probe->nrows;

	/* nothing is looked for, or was ever put into it */
	if (!BufferIsValid(buffer))
		return true;
	(void) add_page(&pages, BufferGetBlockNumber(buffer), 0, probe->nkeys);
	while (!P_ISLEAF(opaque_of(BufferGetPage(buffer))))
	{
		PageList	below = {0};

		for (int i = 0; i < pages.n; i++)
		{
			if (!BufferIsValid(buffer))
				buffer = _bt_getbuf(index, pages.items[i].block, BT_READ);
			buffer = divide(probe, buffer, &pages.items[i], &below);
			_bt_relbuf(index, buffer);
			buffer = InvalidBuffer;
			CHECK_FOR_INTERRUPTS();
		}
		pfree(pages.items);
		pages = below;
		buffer = _bt_getbuf(index, pages.items[0].block, BT_READ);
	}
	for (int i = 0; i < pages.n && !is_over(probe); i++)
	{
		if (!BufferIsValid(buffer))
			buffer = _bt_getbuf(index, pages.items[i].block, BT_READ);
		buffer = look_up(probe, buffer, &pages.items[i]);
		_bt_relbuf(index, buffer);
		buffer = InvalidBuffer;
		CHECK_FOR_INTERRUPTS();
	}
	pfree(pages.items);
	pgstat_count_index_tuples(index, probe->nrows - rows);
	return !is_over(probe);
}
