/*
 * sections.c
 *		Stored values that are made of sections; see sections.h.
 */
#include "common/sections.h"

/* Room for a length of up to 2^35, more than a value may have; what is not needed is closed. */
#define LENGTH_ROOM 5

int
section_begin(StringInfo buf, uint8 tag)
{
	int			start = buf->len;

	wire_reserve(buf, 1 + LENGTH_ROOM);
	wire_put_u8_reserved(buf, tag);
	buf->len += LENGTH_ROOM;
	return start;
}

void
section_end(StringInfo buf, int start)
{
	char	   *body = buf->data + start + 1 + LENGTH_ROOM;
	Size		len = (Size) (buf->data + buf->len - body);

	Assert(len > 0);
	buf->len = start + 1;
	wire_put_varint_reserved(buf, len);
	memmove(buf->data + buf->len, body, len);
	buf->len += (int) len;
}

bool
section_next(WireReader *r, uint8 *tag, WireReader *section)
{
	uint8		next;
	uint64		len;

	if (r->failed || wire_remaining(r) == 0)
		return false;
	next = wire_read_u8(r);
	len = wire_read_varint(r);
	if (r->failed || next <= *tag || len == 0 || len > wire_remaining(r))
	{
		r->failed = true;
		return false;
	}
	*tag = next;
	wire_reader_init(section, wire_read_bytes(r, len), len);
	return true;
}
