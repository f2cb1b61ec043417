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
wire_write_varint128(StringInfo buf, uint128 value)
{
	wire_reserve(buf, WIRE_MAX_VARINT128);
	while (value >= 0x80)
	{
		wire_put_u8_reserved(buf, (uint8) ((uint8) value | 0x80));
		value >>= 7;
	}
	wire_put_u8_reserved(buf, (uint8) value);
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

uint128
wire_read_varint128(WireReader *r)
{
	uint128		value = 0;

	for (int shift = 0; shift < 128; shift += 7)
	{
		uint8		b;

		if (r->ptr >= r->end)
			break;
		b = *r->ptr++;
		/* the 19th byte has room for the two highest bits only */
		if (shift == 126 && b > 3)
			break;
		value |= (uint128) (b & 0x7F) << shift;
		if (b < 0x80)
			return value;
	}
	r->failed = true;
	r->ptr = r->end;
	return 0;
}

uint64
wire_read_varint_slow(WireReader *r)
{
	uint128		value = wire_read_varint128(r);

	if (value > PG_UINT64_MAX)
	{
		r->failed = true;
		return 0;
	}
	return (uint64) value;
}
