/*
 * wire.h
 *		Writing and reading compact bytes: varints, zigzag, bounds-checked.
 *
 * Unsigned integers are LEB128 varints (7 bits a byte, low group first), signed
 * ones zigzag-coded before.  A reader never runs past its end: once a read
 * fails, `failed` stays set and every later read returns 0, so callers may
 * check once after a group of reads.
 */
#ifndef RETENTION_WIRE_H
#define RETENTION_WIRE_H

#include "common/compat.h"
#include "lib/stringinfo.h"

/* Longest varint, in bytes. */
#define WIRE_MAX_VARINT ((Size) 10)

typedef struct WireReader
{
	const uint8 *ptr;
	const uint8 *end;
	bool		failed;
} WireReader;

/*
 * Make room for `more` further bytes.  Raises 54000 with a hint when the
 * buffer would outgrow what PostgreSQL can pass on as one value (1 GB).
 */
extern void wire_reserve(StringInfo buf, Size more);

extern void wire_write_bytes(StringInfo buf, const void *data, Size len);

extern void wire_reader_init(WireReader *r, const void *data, Size len);
extern const uint8 *wire_read_bytes(WireReader *r, Size len);
extern uint64 wire_read_varint_slow(WireReader *r);

/*
 * n numbers as their distances from the least of them, each in as few bytes as
 * the greatest needs: for other processes of this machine, and quick.
 */
extern void wire_write_column(StringInfo buf, const uint64 *values, int n);
extern bool wire_read_column(WireReader *r, uint64 *values, int n);

static inline uint64
wire_zigzag(int64 v)
{
	return ((uint64) v << 1) ^ -(uint64) (v < 0);
}

static inline int64
wire_unzigzag(uint64 v)
{
	return (int64) (v >> 1) ^ -(int64) (v & 1);
}

/* Signed numbers in their order, for a column, which wants them close together. */
static inline uint64
wire_ordered(int64 v)
{
	return (uint64) v ^ (UINT64CONST(1) << 63);
}

static inline int64
wire_unordered(uint64 v)
{
	return (int64) (v ^ (UINT64CONST(1) << 63));
}

/* The *_reserved writers trust the caller to have called wire_reserve(). */
static inline void
wire_put_u8_reserved(StringInfo buf, uint8 value)
{
	buf->data[buf->len++] = (char) value;
}

static inline void
wire_put_varint_reserved(StringInfo buf, uint64 value)
{
	uint8	   *p = (uint8 *) buf->data + buf->len;

	while (value >= 0x80)
	{
		*p++ = (uint8) value | 0x80;
		value >>= 7;
	}
	*p++ = (uint8) value;
	buf->len = (int) ((char *) p - buf->data);
}

static inline void
wire_write_u8(StringInfo buf, uint8 value)
{
	wire_reserve(buf, 1);
	wire_put_u8_reserved(buf, value);
}

static inline void
wire_write_varint(StringInfo buf, uint64 value)
{
	wire_reserve(buf, WIRE_MAX_VARINT);
	wire_put_varint_reserved(buf, value);
}

static inline void
wire_write_zigzag(StringInfo buf, int64 value)
{
	wire_write_varint(buf, wire_zigzag(value));
}

static inline Size
wire_remaining(const WireReader *r)
{
	return (Size) (r->end - r->ptr);
}

static inline uint8
wire_read_u8(WireReader *r)
{
	if (unlikely(r->ptr >= r->end))
	{
		r->failed = true;
		return 0;
	}
	return *r->ptr++;
}

static inline uint64
wire_read_varint(WireReader *r)
{
	if (likely(r->ptr < r->end && *r->ptr < 0x80))
		return *r->ptr++;
	return wire_read_varint_slow(r);
}

static inline int64
wire_read_zigzag(WireReader *r)
{
	return wire_unzigzag(wire_read_varint(r));
}

#endif							/* RETENTION_WIRE_H */
