/*
 * ledger.c
 *		Fuzz target: customers put into a ledger and taken out again, by programs.
 *
 * Whatever the program, the summary is that of the customers from scratch, byte for
 * byte; see test/ledger/model.h.
 */
#include "harness.h"

#include "../../ledger/model.c"

static void
body(const uint8 *data, Size size)
{
	ModelSeen	seen = {0};
	const char *wrong = ledger_model_run(data, size, &seen);

	if (wrong != NULL)
		fuzz_fault(__FILE__, __LINE__, wrong);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
