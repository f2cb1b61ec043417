/*
 * wire.c
 *		Writing and reading compact bytes; see wire.h.
 */
#include "common/wire.h"

#include "utils/memutils.h"

void
wire_reserve(StringInfo buf, Size more)
{
	if (likely((Size) buf->len + more < (Size) buf->maxlen))
		return;
	if (more >= MaxAllocSize || (Size) buf->len + more >= MaxAllocSize - VARHDRSZ)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("retention state is too large to be passed on"),
				 errdetail("A value cannot exceed 1 GB."),
				 errhint("Set max_parallel_workers_per_gather = 0, or aggregate fewer customers at a time and add the summaries.")));
	enlargeStringInfo(buf, (int) more);
}

void
wire_write_bytes(StringInfo buf, const void *data, Size len)
{
	wire_reserve(buf, len);
	memcpy(buf->data + buf->len, data, len);
	buf->len += (int) len;
}

void
wire_reader_init(WireReader *r, const void *data, Size len)
{
	r->ptr = data;
	r->end = r->ptr + len;
	r->failed = false;
}

/* The next `len` bytes, in place; NULL (and failed) if there are fewer. */
const uint8 *
wire_read_bytes(WireReader *r, Size len)
{
	const uint8 *p = r->ptr;

	if (r->failed || wire_remaining(r) < len)
	{
		r->failed = true;
		return NULL;
	}
	r->ptr += len;
	return p;
}

uint64
wire_read_varint_slow(WireReader *r)
{
	uint64		value = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		b;

		if (r->ptr >= r->end)
			break;
		b = *r->ptr++;
		/* the tenth byte has room for the highest bit only */
		if (shift == 63 && b > 1)
			break;
		value |= (uint64) (b & 0x7F) << shift;
		if (b < 0x80)
			return value;
	}
	r->failed = true;
	r->ptr = r->end;
	return 0;
}
