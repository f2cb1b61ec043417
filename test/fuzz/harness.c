/*
 * harness.c
 *		Memory contexts and errors for the fuzz targets, see harness.h; and the
 *		few of the server's things that the core asks for and that make no sense
 *		outside of it.
 */
#include "harness.h"

#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/memutils.h"

PGPROC	   *MyProc;
static PGPROC proc;

/* The secret that hashes of keys begin with; the same in every run. */
char *
GetMockAuthenticationNonce(void)
{
	static char nonce[64];

	return nonce;
}

void
ProcessInterrupts(void)
{
}

void
check_stack_depth(void)
{
}

/* 0 seeks nothing but the parts that are linked, and is taken for no function. */
void
fuzz_fault(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: fault: %s\n", file, line, what);
	abort();
}

static void
judge(const ErrorData *error)
{
	switch (error->sqlerrcode)
	{
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
		case ERRCODE_INVALID_PARAMETER_VALUE:
		case ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE:
		case ERRCODE_DATETIME_VALUE_OUT_OF_RANGE:
			return;
		case ERRCODE_DATA_CORRUPTED:
			return;
		default:
			fuzz_fault(error->filename, error->lineno, error->message);
	}
}

void
fuzz_run(FuzzBody body, const uint8 *data, Size size)
{
	static MemoryContext context = NULL;
	MemoryContext caught = NULL;

	if (context == NULL)
	{
		MyProc = &proc;
		MemoryContextInit();
		context = AllocSetContextCreate(TopMemoryContext, "input", ALLOCSET_DEFAULT_SIZES);
	}
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		body(data, size);
	}
	PG_CATCH();
	{
		caught = context;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	if (caught != NULL)
	{
		judge(CopyErrorData());
		FlushErrorState();
	}
	MemoryContextReset(context);
}
