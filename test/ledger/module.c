/*
 * module.c
 *		The model of a ledger as a function of SQL, for run.sh only.
 */
#include "model.h"
#include "random.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(ledger_model);

/* ledger_model(first bigint, cases bigint): what differed in the first case that did, and what was seen. */
Datum
ledger_model(PG_FUNCTION_ARGS)
{
	int64		first = PG_GETARG_INT64(0);
	int64		cases = PG_GETARG_INT64(1);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "case", ALLOCSET_DEFAULT_SIZES);
	ModelSeen	seen = {0};

	for (int64 i = first; i < first + cases; i++)
	{
		uint64		random = (uint64) i;
		uint8		bytes[512];
		int			len = (int) (next_random(&random) % sizeof(bytes));
		const char *wrong;

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < len; j++)
			bytes[j] = (uint8) (next_random(&random) >> 32);
		MemoryContextSwitchTo(context);
		wrong = ledger_model_run(bytes, (Size) len, &seen);
		MemoryContextSwitchTo(caller);
		if (wrong != NULL)
			PG_RETURN_TEXT_P(cstring_to_text(psprintf("case " INT64_FORMAT ": %s", i, wrong)));
		MemoryContextReset(context);
	}
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("steps " INT64_FORMAT " emptied " INT64_FORMAT " lowered " INT64_FORMAT
											  " earlier_end " INT64_FORMAT " wide " INT64_FORMAT
											  " below_zero " INT64_FORMAT " refused " INT64_FORMAT
											  " layers " INT64_FORMAT " late " INT64_FORMAT,
											  seen.steps, seen.emptied, seen.lowered, seen.earlier_end,
											  seen.wide, seen.below_zero, seen.refused, seen.layers, seen.late)));
}
