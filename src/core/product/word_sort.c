/*
 * word_sort.c
 *		Sorting records of a few words; see word_sort.h.
 */
#include "core/product/word_sort.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#define FIRST_RECORDS 1024

/* The smallest buffer of a run while runs are merged. */
#define MIN_BUFFER ((Size) 8 * 1024)
#define MAX_BUFFER ((Size) 256 * 1024)

/* The smallest limit that is kept to: a file of many short runs is slow. */
#define MIN_LIMIT ((Size) 256 * 1024)

typedef struct SortRun
{
	int			fileno;			/* of what is not in the buffer yet */
	off_t		offset;
	uint64		left;			/* records, those not in the buffer */
	uint64	   *buffer;
	const uint64 *next;
	const uint64 *end;
} SortRun;

struct WordSort
{
	MemoryContext context;
	int			words;
	int			keys;
	Size		limit;
	uint64	   *records;
	uint64		count;			/* of them in memory */
	uint64		room;
	uint64		most;			/* that the limit allows */
	uint64		total;
	uint64		read;			/* of those in memory */
	BufFile    *file;
	SortRun    *runs;
	int			nruns;
	int			runs_room;
	binaryheap *heap;
	SortRun    *given;			/* whose first record was given out last */
};

WordSort *
word_sort_begin(MemoryContext parent, int words, int keys, Size limit)
{
	MemoryContext context = AllocSetContextCreate(parent, "retention sort", ALLOCSET_DEFAULT_SIZES);
	WordSort   *sort = MemoryContextAllocZero(context, sizeof(WordSort));

	Assert(keys >= 1 && keys <= words && words <= WORD_SORT_MAX);
	sort->context = context;
	sort->words = words;
	sort->keys = keys;
	sort->limit = Max(limit, MIN_LIMIT);
	/* those of one word are sorted from one place to another */
	sort->most = sort->limit / (Max(words, 2) * sizeof(uint64));
	sort->room = FIRST_RECORDS;
	sort->records = MemoryContextAlloc(context, sort->room * words * sizeof(uint64));
	return sort;
}

/*
 * One sort for each shape of record that there is, made by the server's template: by
 * introspection of a size at run time it would copy and compare word by word.
 */
#define DEFINE_SORT(name, nwords, nkeys) \
typedef struct name##_record { uint64 w[nwords]; } name##_record; \
static inline int \
name##_compare(const name##_record *a, const name##_record *b) \
{ \
	for (int i = 0; i < (nkeys); i++) \
		if (a->w[i] != b->w[i]) \
			return a->w[i] < b->w[i] ? -1 : 1; \
	return 0; \
}

DEFINE_SORT(one_by_one, 1, 1)
#define ST_SORT sort_one_by_one
#define ST_ELEMENT_TYPE one_by_one_record
#define ST_COMPARE(a, b) one_by_one_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

DEFINE_SORT(two_by_one, 2, 1)
#define ST_SORT sort_two_by_one
#define ST_ELEMENT_TYPE two_by_one_record
#define ST_COMPARE(a, b) two_by_one_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

DEFINE_SORT(three_by_one, 3, 1)
#define ST_SORT sort_three_by_one
#define ST_ELEMENT_TYPE three_by_one_record
#define ST_COMPARE(a, b) three_by_one_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

DEFINE_SORT(three_by_three, 3, 3)
#define ST_SORT sort_three_by_three
#define ST_ELEMENT_TYPE three_by_three_record
#define ST_COMPARE(a, b) three_by_three_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

DEFINE_SORT(four_by_three, 4, 3)
#define ST_SORT sort_four_by_three
#define ST_ELEMENT_TYPE four_by_three_record
#define ST_COMPARE(a, b) four_by_three_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

DEFINE_SORT(five_by_one, 5, 1)
#define ST_SORT sort_five_by_one
#define ST_ELEMENT_TYPE five_by_one_record
#define ST_COMPARE(a, b) five_by_one_compare(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

#define FEW_RECORDS 4096

/* Of records of one word, stable, by the byte at `shift`. */
static void
distribute(const uint64 *from, uint64 *to, uint64 n, int shift)
{
	uint64		next[256] = {0};
	uint64		before = 0;

	for (uint64 i = 0; i < n; i++)
		next[(uint8) (from[i] >> shift)]++;
	for (int byte = 0; byte < 256; byte++)
	{
		uint64		count = next[byte];

		next[byte] = before;
		before += count;
	}
	for (uint64 i = 0; i < n; i++)
		to[next[(uint8) (from[i] >> shift)]++] = from[i];
	CHECK_FOR_INTERRUPTS();
}

/*
 * Records of one word, by the bytes in which they differ at all: for lines of a
 * million baskets and 100,000 products five passes over memory, a third of the time
 * that comparing takes.  In the room behind them, of which there is as much again.
 */
static void
sort_words(uint64 *words, uint64 *other, uint64 n)
{
	uint64		differ = 0;
	uint64	   *from = words;
	uint64	   *to = other;
	bool		sorted = true;

	for (uint64 i = 1; i < n; i++)
	{
		differ |= words[i] ^ words[0];
		sorted &= words[i - 1] <= words[i];
	}
	CHECK_FOR_INTERRUPTS();
	if (sorted)
		return;
	for (int shift = 0; shift < 64; shift += 8)
		if ((uint8) (differ >> shift) != 0)
		{
			uint64	   *swap = from;

			distribute(from, to, n, shift);
			from = to;
			to = swap;
		}
	if (from != words)
		memcpy(words, from, n * sizeof(uint64));
}

static void
sort_records(WordSort *sort)
{
	switch (sort->words * 10 + sort->keys)
	{
		case 11:
			if (sort->count > FEW_RECORDS)
			{
				uint64	   *other = MemoryContextAllocHuge(sort->context, sort->count * sizeof(uint64));

				sort_words(sort->records, other, sort->count);
				pfree(other);
			}
			else
				sort_one_by_one((one_by_one_record *) sort->records, sort->count);
			break;
		case 21:
			sort_two_by_one((two_by_one_record *) sort->records, sort->count);
			break;
		case 31:
			sort_three_by_one((three_by_one_record *) sort->records, sort->count);
			break;
		case 33:
			sort_three_by_three((three_by_three_record *) sort->records, sort->count);
			break;
		case 43:
			sort_four_by_three((four_by_three_record *) sort->records, sort->count);
			break;
		case 51:
			sort_five_by_one((five_by_one_record *) sort->records, sort->count);
			break;
		default:
			elog(ERROR, "no sort of %d words by %d", sort->words, sort->keys);
	}
}

/* What is in memory, as a run of the file. */
static void
write_run(WordSort *sort)
{
	MemoryContext caller = MemoryContextSwitchTo(sort->context);
	const Size	record = sort->words * sizeof(uint64);
	SortRun    *run;

	sort_records(sort);
	if (sort->file == NULL)
		sort->file = BufFileCreateTemp(false);
	if (sort->nruns == sort->runs_room)
	{
		sort->runs_room = Max(16, sort->runs_room * 2);
		sort->runs = sort->runs == NULL ? palloc(sort->runs_room * sizeof(SortRun)) :
			repalloc(sort->runs, sort->runs_room * sizeof(SortRun));
	}
	run = &sort->runs[sort->nruns++];
	memset(run, 0, sizeof(*run));
	BufFileTell(sort->file, &run->fileno, &run->offset);
	run->left = sort->count;
	for (uint64 i = 0; i < sort->count;)
	{
		uint64		part = Min(sort->count - i, MAX_BUFFER / record);

		CHECK_FOR_INTERRUPTS();
		BufFileWrite(sort->file, sort->records + i * sort->words, part * record);
		i += part;
	}
	sort->count = 0;
	MemoryContextSwitchTo(caller);
}

uint64 *
word_sort_add(WordSort *sort)
{
	if (unlikely(sort->count == sort->room))
	{
		if (sort->room * 2 > sort->most)
			write_run(sort);
		else
		{
			sort->room *= 2;
			sort->records = repalloc_huge(sort->records, sort->room * sort->words * sizeof(uint64));
		}
	}
	sort->total++;
	return sort->records + sort->count++ * sort->words;
}

uint64
word_sort_count(const WordSort *sort)
{
	return sort->total;
}

/* The next records of a run; false: there is none. */
static bool
fill(WordSort *sort, SortRun *run, Size buffer)
{
	const Size	record = sort->words * sizeof(uint64);
	uint64		part = Min(run->left, buffer / record);
	size_t		got;

	if (part == 0)
		return false;
	CHECK_FOR_INTERRUPTS();
	if (BufFileSeek(sort->file, run->fileno, run->offset, SEEK_SET) != 0)
		elog(ERROR, "could not seek in temporary file");
	got = BufFileRead(sort->file, run->buffer, part * record);
	if (got != part * record)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not read from temporary file: read only %zu of %zu bytes", got, (size_t) (part * record))));
	BufFileTell(sort->file, &run->fileno, &run->offset);
	run->left -= part;
	run->next = run->buffer;
	run->end = run->buffer + part * sort->words;
	return true;
}

static int
compare_runs(Datum a, Datum b, void *arg)
{
	const WordSort *sort = arg;
	const uint64 *x = ((const SortRun *) DatumGetPointer(a))->next;
	const uint64 *y = ((const SortRun *) DatumGetPointer(b))->next;

	/* the heap has the largest on top */
	for (int i = 0; i < sort->keys; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? 1 : -1;
	return 0;
}

static Size
buffer_size(const WordSort *sort)
{
	Size		size = sort->limit / Max(sort->nruns, 1);

	return Max(MIN_BUFFER, Min(size, MAX_BUFFER));
}

void
word_sort_perform(WordSort *sort)
{
	MemoryContext caller;

	if (sort->nruns == 0)
	{
		sort_records(sort);
		return;
	}
	if (sort->count > 0)
		write_run(sort);
	pfree(sort->records);
	sort->records = NULL;
	caller = MemoryContextSwitchTo(sort->context);
	sort->heap = binaryheap_allocate(sort->nruns, compare_runs, sort);
	for (int i = 0; i < sort->nruns; i++)
	{
		SortRun    *run = &sort->runs[i];

		run->buffer = palloc(buffer_size(sort));
		if (fill(sort, run, buffer_size(sort)))
			binaryheap_add_unordered(sort->heap, PointerGetDatum(run));
	}
	binaryheap_build(sort->heap);
	MemoryContextSwitchTo(caller);
}

/* Move on from the record given out last, which the caller may have read until now. */
static void
advance(WordSort *sort)
{
	SortRun    *run = sort->given;

	run->next += sort->words;
	if (run->next < run->end || fill(sort, run, buffer_size(sort)))
		binaryheap_replace_first(sort->heap, PointerGetDatum(run));
	else
		(void) binaryheap_remove_first(sort->heap);
	sort->given = NULL;
}

const uint64 *
word_sort_next(WordSort *sort)
{
	if (likely(sort->nruns == 0))
		return sort->read < sort->count ? sort->records + sort->read++ * sort->words : NULL;
	if (sort->given != NULL)
		advance(sort);
	if (binaryheap_empty(sort->heap))
		return NULL;
	sort->given = (SortRun *) DatumGetPointer(binaryheap_first(sort->heap));
	return sort->given->next;
}

void
word_sort_end(WordSort *sort)
{
	if (sort->file != NULL)
		BufFileClose(sort->file);
	MemoryContextDelete(sort->context);
}
