/*
 * summary_decode.c
 *		A summary from its bytes, whoever sent them; see summary_format.h.
 */
#include "core/summary_read.h"

static const char *const later_version = "it was made by a later version of the extension";
static const char *const unknown_calendar = "its period unit is not known";
static const char *const malformed_header = "its header is malformed";
static const char *const malformed_cells = "its cells are malformed";
static const char *const malformed_gaps = "its gaps are malformed";
static const char *const malformed_counts = "its counts are malformed";
static const char *const malformed_changes = "its revenue changes are malformed";
static const char *const too_long = "it is too long";

/* Of version 1. */
static bool
decode_age_window(SummaryDecoder *d)
{
	uint64		months = wire_read_varint(&d->r);
	uint64		days = wire_read_varint(&d->r);

	if (d->r.failed || months > AGE_BOUND_MAX || days > AGE_BOUND_MAX ||
		(months == 0) == (days == 0))
		return false;
	d->s->age_scale = age_scale_of_windows((int32) months, (int32) days);
	return true;
}

/* The whole that this is a segment of. */
static bool
decode_frame(SummaryDecoder *d)
{
	Summary    *s = d->s;
	uint64		before = wire_read_varint(&d->r);
	uint64		after = wire_read_varint(&d->r);

	if (d->r.failed || !s->has_orders || (before == 0 && after == 0) ||
		before > (uint64) ((int64) s->first_day - CALENDAR_MIN_DAY) ||
		after >= (uint64) ((int64) CALENDAR_END_DAY - s->last_day))
		return false;
	s->from_day = (int32) (s->first_day - (int64) before);
	s->through_day = (int32) (s->last_day + (int64) after);
	return true;
}

static bool
decode_days(SummaryDecoder *d)
{
	Summary    *s = d->s;
	int64		first = wire_read_zigzag(&d->r);
	uint64		span = wire_read_varint(&d->r);

	if (d->r.failed || first < CALENDAR_MIN_DAY || first >= CALENDAR_END_DAY ||
		span >= (uint64) (CALENDAR_END_DAY - first))
		return false;
	s->first_day = s->from_day = (int32) first;
	s->last_day = s->through_day = (int32) (first + (int64) span);
	return true;
}

static bool
decode_money_form(SummaryDecoder *d)
{
	Summary    *s = d->s;
	uint64		scale = wire_read_varint(&d->r);

	if (d->r.failed || scale > MONEY_MAX_SCALE)
		return false;
	s->money.form.scale = (int) scale;
	if (scale > INT64_MAX_SCALE)
		s->money.form.wide = true;
	return summary_read_money(d, &s->unattributed);
}

/* Calendar, flags and age scale: each version has them in its order. */
static const char *
decode_kind(SummaryDecoder *d, uint8 version, uint8 *flags)
{
	Summary    *s = d->s;
	bool		well_formed;

	if (version == 1)
	{
		uint8		code = wire_read_u8(&d->r);

		if (code >= CALENDAR_CODES)
			return unknown_calendar;
		s->calendar = calendar_of_code((CalendarCode) code);
		*flags = wire_read_u8(&d->r);
		well_formed = (*flags & FLAG_AGE_WINDOW) == 0 || decode_age_window(d);
	}
	else
	{
		*flags = wire_read_u8(&d->r);
		if (!calendar_read(&d->r, CurrentMemoryContext, &s->calendar))
			return unknown_calendar;
		if ((*flags & FLAG_AGE_WINDOW) != 0 || (wire_remaining(&d->r) > 0 && *d->r.ptr >= AGE_KINDS))
			return later_version;
		well_formed = age_scale_read(&d->r, &s->age_scale);
	}
	if (d->r.failed)
		return "it is too short";
	if ((*flags & ~FLAGS_KNOWN) != 0)
		return "its flags are not known";
	s->with_amounts = (*flags & FLAG_AMOUNTS) != 0;
	s->has_orders = (*flags & FLAG_ORDERS) != 0;
	s->anchored = (*flags & FLAG_ANCHORED) != 0;
	s->with_criteria = version > 1;
	return well_formed ? NULL : malformed_header;
}

static const char *
decode_header(SummaryDecoder *d, uint8 version)
{
	uint8		flags;
	const char *wrong = decode_kind(d, version, &flags);

	if (wrong != NULL)
		return wrong;
	if ((d->s->with_amounts && !decode_money_form(d)) ||
		(d->s->has_orders && !decode_days(d)) ||
		((flags & FLAG_SEGMENT) != 0 && !decode_frame(d)))
		return malformed_header;
	return NULL;
}

const char *
summary_decode_header(SummaryDecoder *d)
{
	return decode_header(d, 2);
}

static const char *
decode_version_1(SummaryDecoder *d)
{
	Summary    *s = d->s;
	const char *wrong = decode_header(d, 1);

	if (wrong != NULL)
		return wrong;
	if (!summary_read_cells(d))
		return malformed_cells;
	if (!summary_read_gaps(d))
		return malformed_gaps;
	if (!summary_read_counts(d, &s->ladder, 0) || !summary_read_counts(d, &s->repeat_days, 0) ||
		!summary_read_counts(d, &s->single_days, s->first_day))
		return malformed_counts;
	if (s->with_amounts && !summary_read_changes(d))
		return malformed_changes;
	return wire_remaining(&d->r) > 0 ? too_long : NULL;
}

static const char *
decode_section(SummaryDecoder *d, uint8 tag)
{
	Summary    *s = d->s;

	switch (tag)
	{
		case SECTION_HEADER:
			return summary_decode_header(d);
		case SECTION_CELLS:
			return summary_read_cells(d) ? NULL : malformed_cells;
		case SECTION_GAPS:
			return summary_read_gaps(d) ? NULL : malformed_gaps;
		case SECTION_LADDER:
			return summary_read_counts(d, &s->ladder, 0) ? NULL : malformed_counts;
		case SECTION_REPEAT_DAYS:
			return summary_read_counts(d, &s->repeat_days, 0) ? NULL : malformed_counts;
		case SECTION_SINGLE_DAYS:
			return summary_read_counts(d, &s->single_days, s->first_day) ? NULL : malformed_counts;
		case SECTION_CHANGES:
			return s->with_amounts && summary_read_changes(d) ? NULL : malformed_changes;
		case SECTION_CRITERIA:
			return summary_read_criteria(d) ? NULL : "its criteria are malformed";
		default:
			return later_version;
	}
}

/* Sections that are left out are empty. */
static const char *
decode_sections(SummaryDecoder *d)
{
	WireReader	all = d->r;
	uint8		tag = 0;
	bool		first = true;

	while (section_next(&all, &tag, &d->r))
	{
		const char *wrong;

		if (first && tag != SECTION_HEADER)
			return "it has no header";
		first = false;
		wrong = decode_section(d, tag);
		if (wrong != NULL)
			return wrong;
		if (wire_remaining(&d->r) > 0)
			return too_long;
	}
	return all.failed || first ? "its sections are malformed" : NULL;
}

static const char *
decode(SummaryDecoder *d)
{
	uint8		version = wire_read_u8(&d->r);

	if (d->r.failed)
		return "it is too short";
	if (version == 1)
		return decode_version_1(d);
	return version == SUMMARY_VERSION ? decode_sections(d) : "its version is not known to this library";
}

void
summary_peek_kind(const void *bytes, Size len, SummaryKind *kind)
{
	SummaryDecoder d;
	Summary		s;
	uint8		version;
	uint8		tag = 0;
	uint8		flags;
	WireReader	all;

	memset(&s, 0, sizeof(s));
	/* what the disk has damaged is found when it is decoded */
	s.calendar = calendar_of_code(CALENDAR_DAY);
	d.s = &s;
	wire_reader_init(&d.r, bytes, len);
	version = wire_read_u8(&d.r);
	all = d.r;
	if (version > 1)
		(void) section_next(&all, &tag, &d.r);
	(void) decode_kind(&d, version, &flags);
	*kind = summary_kind(&s);
}

static const char *
decode_in_form(const void *bytes, Size len, bool wide, Summary *s, bool *any_wide)
{
	SummaryDecoder d;
	const char *wrong;

	summary_init(s);
	s->money.form.wide = wide;
	wire_reader_init(&d.r, bytes, len);
	d.s = s;
	d.any_wide = false;
	wrong = decode(&d);
	*any_wide = d.any_wide;
	return wrong;
}

const char *
summary_decode(const void *bytes, Size len, bool trusted, Summary *s)
{
	bool		any_wide;
	const char *wrong = decode_in_form(bytes, len, false, s, &any_wide);

	/* rare: an amount, or the sum of all, is beyond the narrow form */
	if (wrong == NULL && any_wide)
		wrong = decode_in_form(bytes, len, true, s, &any_wide);
	if (wrong != NULL || trusted)
		return wrong;

	wrong = summary_check(s);
	if (wrong == NULL)
	{
		StringInfoData again;

		/* only canonical bytes: equality of summaries is equality of bytes */
		initStringInfo(&again);
		summary_encode(s, &again);
		if ((Size) again.len != len || memcmp(again.data, bytes, len) != 0)
			wrong = "its bytes are not in canonical form";
		pfree(again.data);
	}
	return wrong;
}
