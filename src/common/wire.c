/*
 * wire.c
 *		Writing and reading compact bytes; see wire.h.
 */
#include "common/wire.h"

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"
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
	const uint8 *p = r->ptr;
	uint64		value = 0;

	/* most numbers that take more than one byte take two or three */
	if (likely(r->end - p >= 3 && p[0] >= 0x80))
	{
		uint64		low = (uint64) (p[0] & 0x7F) | (uint64) (p[1] & 0x7F) << 7;

		if (p[1] < 0x80)
		{
			r->ptr += 2;
			return low;
		}
		if (p[2] < 0x80)
		{
			r->ptr += 3;
			return low | (uint64) p[2] << 14;
		}
	}
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

static inline uint64
little_endian64(uint64 x)
{
#ifdef WORDS_BIGENDIAN
	return pg_bswap64(x);
#else
	return x;
#endif
}

/* Layout: the least, the width in bytes, then the low bytes of each distance. */
void
wire_write_column(StringInfo buf, const uint64 *values, int n)
{
	uint64		least = PG_UINT64_MAX;
	uint64		greatest = 0;
	int			width;
	char	   *p;

	for (int i = 0; i < n; i++)
	{
		least = Min(least, values[i]);
		greatest = Max(greatest, values[i]);
	}
	width = greatest <= least ? 0 : pg_leftmost_one_pos64(greatest - least) / 8 + 1;
	/* whole words are stored, each over the excess of the one before */
	wire_reserve(buf, WIRE_MAX_VARINT + 1 + ((Size) n + 1) * sizeof(uint64));
	wire_put_varint_reserved(buf, least);
	wire_put_u8_reserved(buf, (uint8) width);
	p = buf->data + buf->len;
	for (int i = 0; i < n; i++, p += width)
	{
		uint64		bytes = little_endian64(values[i] - least);

		memcpy(p, &bytes, sizeof(bytes));
	}
	buf->len += n * width;
}

bool
wire_read_column(WireReader *r, uint64 *values, int n)
{
	uint64		least = wire_read_varint(r);
	Size		width = wire_read_u8(r);
	uint64		mask;
	const uint8 *p;
	int			i = 0;

	if (width > sizeof(uint64) || (p = wire_read_bytes(r, n * width)) == NULL)
		return false;
	mask = width == sizeof(uint64) ? PG_UINT64_MAX : (UINT64CONST(1) << (8 * width)) - 1;
	for (; i < n && p + sizeof(uint64) <= r->end; i++, p += width)
	{
		uint64		bytes;

		memcpy(&bytes, p, sizeof(bytes));
		values[i] = least + (little_endian64(bytes) & mask);
	}
	for (; i < n; i++, p += width)
	{
		uint64		bytes = 0;

		memcpy(&bytes, p, width);
		values[i] = least + little_endian64(bytes);
	}
	return true;
}
