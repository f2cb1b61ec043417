/*
 * sections.h
 *		Stored values that are made of sections, so that one more is no new version.
 *
 * A section is a tag (a byte, not 0), the number of its bytes (a varint, not 0:
 * what is empty is left out) and the bytes.  Tags ascend.  A reader that meets a
 * tag it does not know must not read on: what it would leave out may be what the
 * rest means.
 */
#ifndef RETENTION_SECTIONS_H
#define RETENTION_SECTIONS_H

#include "common/wire.h"

/* Begin a section that will not be empty, and end it, with what section_begin() returned. */
extern int	section_begin(StringInfo buf, uint8 tag);
extern void section_end(StringInfo buf, int start);

/*
 * The next section's tag, which comes in as the one before (first: 0), and its
 * bytes.  False at the end, and where the bytes are no section: r->failed tells.
 */
extern bool section_next(WireReader *r, uint8 *tag, WireReader *section);

#endif							/* RETENTION_SECTIONS_H */
