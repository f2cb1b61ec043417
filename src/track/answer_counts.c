/*
 * answer_counts.c
 *		How often this backend has answered reports of a tracking; see
 *		answer_counts.h.
 *
 * Counted by backend: readers write nothing.
 */
#include "track/answer_counts.h"

#include "track/kept.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

typedef struct CountsKey
{
	Oid			orders;
	Oid			trigger;
} CountsKey;

typedef struct CountsEntry
{
	CountsKey	key;
	int64		kept;
	int64		scratch;
	char		reason[128];	/* cut */
} CountsEntry;

static HTAB *counts;

static CountsEntry *
entry(Oid orders, Oid trigger, HASHACTION action)
{
	CountsKey	key = {orders, trigger};
	bool		found;
	CountsEntry *e;

	if (counts == NULL)
	{
		HASHCTL		info = {0};

		info.keysize = sizeof(CountsKey);
		info.entrysize = sizeof(CountsEntry);
		counts = hash_create("retention answers", 16, &info, HASH_ELEM | HASH_BLOBS);
	}
	e = hash_search(counts, &key, action, &found);
	if (action == HASH_ENTER && !found)
	{
		e->kept = e->scratch = 0;
		e->reason[0] = '\0';
	}
	return e;
}

void
answer_count(Oid orders, Oid trigger, const char *reason)
{
	CountsEntry *e = entry(orders, trigger, HASH_ENTER);

	if (reason == NULL)
		e->kept++;
	else
	{
		e->scratch++;
		strlcpy(e->reason, reason, sizeof(e->reason));
	}
}

AnswerCounts
kept_answer_counts(Oid orders, Oid trigger)
{
	AnswerCounts result = {0, 0, NULL};
	const CountsEntry *e = entry(orders, trigger, HASH_FIND);

	if (e != NULL)
	{
		result.kept = e->kept;
		result.scratch = e->scratch;
		result.reason = e->reason[0] == '\0' ? NULL : e->reason;
	}
	return result;
}
