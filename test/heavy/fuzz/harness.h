/*
 * harness.h
 *		What the fuzz targets share: an input is a body of code in a memory
 *		context of its own, with PostgreSQL's errors caught.
 */
#ifndef RETENTION_FUZZ_HARNESS_H
#define RETENTION_FUZZ_HARNESS_H

#include "common/compat.h"
#include "core/calendar.h"

typedef void (*FuzzBody) (const uint8 *data, Size size);

/*
 * Runs the body.  An error that it raises is fine if it has an SQLSTATE that a
 * user may get; an internal error, or memory asked for beyond all measure, is a
 * fault.
 */
extern void fuzz_run(FuzzBody body, const uint8 *data, Size size);

/* A fault of what is tested. */
extern void fuzz_fault(const char *file, int line, const char *what) pg_attribute_noreturn();

#define FUZZ_CHECK(holds) \
	((holds) ? (void) 0 : fuzz_fault(__FILE__, __LINE__, #holds))

/* Bytes of the input, taken one after another; 0 beyond its end. */
typedef struct FuzzBytes
{
	const uint8 *next;
	const uint8 *end;
} FuzzBytes;

static inline bool
fuzz_more(const FuzzBytes *b)
{
	return b->next < b->end;
}

static inline uint8
fuzz_byte(FuzzBytes *b)
{
	return fuzz_more(b) ? *b->next++ : 0;
}

/* The five units, then what begins elsewhere: all that have every day. */
static inline const Calendar *
fuzz_calendar(int n)
{
	static const int beginnings[CALENDAR_CODES] = {1, 7, 1, 3, 12};
	CalendarCode code = (CalendarCode) (n % CALENDAR_CODES);

	return calendar_beginning(code, n / CALENDAR_CODES % beginnings[code]);
}

#endif							/* RETENTION_FUZZ_HARNESS_H */
