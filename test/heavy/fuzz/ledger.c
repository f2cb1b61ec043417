/*
 * ledger.c
 *		Fuzz target: customers put into a ledger and taken out again, by programs.
 *
 * Whatever the program, the summary is that of the customers from scratch, byte for
 * byte; see test/ledger/model.h.  And, behind a first byte from 0x80 on, bytes
 * that the disk may have damaged.
 */
#include "harness.h"

#include "../../ledger/model.c"
#include "../../ledger/layers_model.c"

/* Whatever a ledger says, it can be added, taken from itself, and written again. */
static void
read_damaged(const uint8 *data, Size size)
{
	Ledger		l;
	Ledger		twice;
	Ledger		nothing;
	Ledger		again;
	StringInfoData bytes;

	if (ledger_decode(data, size, &l) != NULL)
		return;
	ledger_combine(&l, &l, 1, &twice);
	ledger_combine(&twice, &l, -1, &again);
	ledger_combine(&l, &l, -1, &nothing);
	FUZZ_CHECK(nothing.entries.ncells == 0 && nothing.entries.ngaps == 0 &&
			   nothing.entries.ladder.count == 0 && nothing.days.count == 0 &&
			   nothing.scales.count == 0 && nothing.entries.nchanges == 0);
	initStringInfo(&bytes);
	ledger_encode(&again, &bytes);
	FUZZ_CHECK(ledger_decode(bytes.data, bytes.len, &again) == NULL);
	(void) ledger_settle(&l);
}

static void
body(const uint8 *data, Size size)
{
	ModelSeen	seen = {0};
	const char *wrong;

	if (size > 0 && data[0] >= 0x80)
	{
		uint8	   *bytes = memcpy(palloc(size), data, size);

		bytes[0] = LEDGER_VERSION;
		read_damaged(bytes, size);
		return;
	}
	wrong = ledger_model_run(data, size, &seen);
	if (wrong != NULL)
		fuzz_fault(__FILE__, __LINE__, wrong);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
