/*
 * btree_probe.h
 *		Many keys looked up in a btree index in one pass.
 */
#ifndef RETENTION_BTREE_PROBE_H
#define RETENTION_BTREE_PROBE_H

#include "common/compat.h"

#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/sortsupport.h"

typedef struct ProbedRow
{
	int			key;			/* its number */
	ItemPointerData tid;
} ProbedRow;

typedef struct BtreeProbe
{
	Relation	index;			/* of which btree_probe_can() */
	Snapshot	snapshot;		/* that rows are read with */
	SortSupport order;			/* of its first column */
	const Datum *keys;			/* in that order, each once, none is null */
	int			nkeys;
	int			key_size;		/* 4 or 8: they are integers of so many bytes; 0: anything */
	int			bound_size;		/* 4 or 8: the second column, an integer of so many bytes, ... */
	int64		bound;			/* ... is not below this, nor null; 0: whatever it is */
	int			max_rows;		/* more are not to be found; 0: any number */
	ProbedRow  *rows;			/* what was found, in order of keys and of the index */
	int			nrows;
	int			capacity;
} BtreeProbe;

/*
 * Can it be read so?  It is a btree whose first `columns` columns are the attributes of
 * the table, of the default operator class of these types, ascending and nulls last.
 */
extern bool btree_probe_can(Relation index, int columns, const AttrNumber *attnums, const Oid *types);

/*
 * Find the index entries of all keys; false: there are more than that.  Needs an MVCC snapshot that is taken before and
 * held: rows whose entries are removed or come meanwhile are none that it sees.
 */
extern bool btree_probe(BtreeProbe *probe);

#endif							/* RETENTION_BTREE_PROBE_H */
