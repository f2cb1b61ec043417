/*
 * harness.c
 *		Memory contexts and errors for the fuzz targets, see harness.h; and the
 *		few of the server's things that the core asks for and that make no sense
 *		outside of it.
 */
#include "harness.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/buffile.h"
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

/* A temporary file, of one segment, in memory. */
struct BufFile
{
	StringInfoData bytes;
	Size		at;
};

BufFile *
BufFileCreateTemp(bool interXact pg_attribute_unused())
{
	BufFile    *file = palloc0(sizeof(BufFile));

	initStringInfo(&file->bytes);
	return file;
}

size_t
BufFileRead(BufFile *file, void *to, size_t len)
{
	Size		there = file->bytes.len - file->at;

	len = Min(len, there);
	memcpy(to, file->bytes.data + file->at, len);
	file->at += len;
	return len;
}

void
BufFileWrite(BufFile *file, void *from, size_t len)
{
	FUZZ_CHECK(file->at == (Size) file->bytes.len);
	appendBinaryStringInfo(&file->bytes, from, (int) len);
	file->at += len;
}

int
BufFileSeek(BufFile *file, int fileno, off_t offset, int whence)
{
	FUZZ_CHECK(fileno == 0 && whence == SEEK_SET && offset >= 0 && offset <= file->bytes.len);
	file->at = (Size) offset;
	return 0;
}

void
BufFileTell(BufFile *file, int *fileno, off_t *offset)
{
	*fileno = 0;
	*offset = (off_t) file->at;
}

void
BufFileClose(BufFile *file)
{
	pfree(file->bytes.data);
	pfree(file);
}

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
