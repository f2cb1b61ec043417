/*
 * summary_object.c
 *		A retention_summary that has no bytes yet, for who reads it at once.
 *
 * It is an expanded object (utils/expandeddatum.h): argument_summary() takes the working
 * form out of it, and whatever stores or sends it gets the bytes.
 */
#include "sql/arguments.h"
#include "utils/expandeddatum.h"

typedef struct SummaryObject
{
	ExpandedObjectHeader header;
	Summary		summary;
	struct varlena *bytes;		/* NULL: nobody has asked for them */
} SummaryObject;

static Size
flat_size(ExpandedObjectHeader *header)
{
	SummaryObject *object = (SummaryObject *) header;

	if (object->bytes == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(header->eoh_context);

		object->bytes = (struct varlena *) DatumGetPointer(argument_summary_datum(&object->summary));
		MemoryContextSwitchTo(caller);
	}
	return VARSIZE(object->bytes);
}

static void
flatten(ExpandedObjectHeader *header, void *result, Size size)
{
	Assert(size == flat_size(header));
	memcpy(result, ((SummaryObject *) header)->bytes, size);
}

static const ExpandedObjectMethods methods = {flat_size, flatten};

Datum
argument_summary_object(const Summary *summary)
{
	SummaryObject *object = palloc0(sizeof(SummaryObject));

	EOH_init_header(&object->header, &methods, CurrentMemoryContext);
	object->summary = *summary;
	return EOHPGetRODatum(&object->header);
}

bool
argument_summary_of_object(Datum value, Summary *summary)
{
	const struct varlena *pointer = (const struct varlena *) DatumGetPointer(value);
	const ExpandedObjectHeader *header;

	if (!VARATT_IS_EXTERNAL_EXPANDED(pointer))
		return false;
	header = DatumGetEOHP(value);
	if (header->eoh_methods != &methods)
		return false;
	*summary = ((const SummaryObject *) header)->summary;
	return true;
}
