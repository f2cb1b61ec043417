/*
 * scan_router.c
 *		Orders to the processes that own their customers; see scan.h.
 *
 * A chunk holds rows in one of three ways:
 * - columns, as OrderBatch has them, for keys of a fixed size: applied as they lie.
 * - records, each behind its size, for keys and amounts that have bytes: what is
 *	 applied points into the chunk.
 * - a piece of a record that is longer than a chunk.  The pieces of a record come
 *	 one after the other, with no chunk of the same process to the same slot between
 *	 them, and are put together in the order in which they come.
 * All amounts of a chunk have one form.  A process takes the union of the forms that
 * it has seen, as a state does, so that amounts whose scale changes from row to row
 * do not send a chunk for each.
 */
#include "scan/scan.h"

#include "common/seed.h"
#include "core/anchor_state.h"
#include "utils/datum.h"
#include "utils/memutils.h"

typedef enum RowsKind
{
	ROWS_COLUMNS,
	ROWS_RECORDS,
	ROWS_PIECE
} RowsKind;

/* What a chunk's data begin with. */
typedef struct RowsHead
{
	RowsKind	kind;
	int32		aggregate;		/* of the node */
	int32		count;			/* of rows; of a piece, its bytes */
	Size		length;			/* of the whole record that this is a piece of */
	MoneyTotal	money;
} RowsHead;

#define ROWS_AT MAXALIGN(sizeof(RowsHead))
#define ROWS_ROOM (EXCHANGE_ROOM - ROWS_AT)

/* Then come a cohort, an amount, the key and the amount's bytes, each with padding. */
typedef struct RowRecord
{
	uint32		length;			/* of all, a multiple of MAXIMUM_ALIGNOF */
	uint32		key_length;
	uint32		hash;			/* of a key that has no fixed size */
	int32		day;
} RowRecord;

typedef struct RecordCohort
{
	int64		instant;
	int64		cohort_instant;
	int32		cohort_day;
} RecordCohort;

typedef struct RecordAmount
{
	int64		units;			/* unless it has bytes */
	uint32		length;
	bool		is_order;
} RecordAmount;

/* The chunk that is filled for a slot. */
typedef struct OpenRows
{
	ExchangeChunk *chunk;		/* NULL: none yet */
	char	   *keys;			/* columns, or records */
	int			count;
	int			capacity;		/* of columns; 0: it has no rows */
	Size		used;			/* by records */
	uint64		magnitude;
	Money	   *amounts;
	int64	   *instants;
	int64	   *cohort_instants;
	int32	   *cohort_days;
	int32	   *days;
	bool	   *is_order;
} OpenRows;

/* A record whose pieces come. */
typedef struct PartialRecord
{
	char	   *bytes;			/* NULL: none */
	Size		there;
} PartialRecord;

struct ScanRouter
{
	Exchange   *exchange;
	int			aggregate;
	const CustomerSpec *spec;
	MemoryContext context;
	uint64		seed;
	bool		with_amounts;
	bool		with_cohorts;	/* see cohort_at */
	int			key_size;		/* of keys that have one, or 0 */
	int			capacity;		/* of columns, and where they are */
	Size		amounts_at;
	Size		instants_at;
	Size		cohort_instants_at;
	Size		cohort_days_at;
	Size		days_at;
	Size		is_order_at;
	MoneyForm	form;			/* of all chunks that are filled */
	uint64		sent;			/* rows that went to others, once all have been applied */
	PartialRecord *partial;		/* by slot and process */
	/* for what is applied */
	Datum	   *customers;
	uint32	   *hashes;
	int32	   *received_days;
	bool	   *received_is_order;
	Money	   *received_amounts;
	int64	   *received_instants;
	int64	   *received_cohort_instants;
	int32	   *received_cohort_days;
	OpenRows	open[FLEXIBLE_ARRAY_MEMBER];
};

static int
fixed_key_size(const KeyType *type)
{
	if (type->kind == KEY_UUID)
		return sizeof(UuidKey);
	return key_has_bytes(type) ? 0 : sizeof(Datum);
}

/* Where the columns are in a chunk, the wider ones first. */
static void
place_columns(ScanRouter *router)
{
	Size		wide = router->key_size + (router->with_amounts ? sizeof(Money) : 0) +
		(router->with_cohorts ? 2 * sizeof(int64) : 0);
	Size		narrow = sizeof(int32) + (router->with_cohorts ? sizeof(int32) : 0) +
		(router->with_amounts ? sizeof(bool) : 0);
	Size		n = ROWS_ROOM / (wide + narrow);

	router->capacity = (int) n;
	router->amounts_at = n * router->key_size;
	router->instants_at = router->amounts_at + (router->with_amounts ? n * sizeof(Money) : 0);
	router->cohort_instants_at = router->instants_at + (router->with_cohorts ? n * sizeof(int64) : 0);
	router->days_at = n * wide;
	router->cohort_days_at = router->days_at + n * sizeof(int32);
	router->is_order_at = router->cohort_days_at + (router->with_cohorts ? n * sizeof(int32) : 0);
}

ScanRouter *
scan_router_create(Exchange *exchange, int workers, const CustomerSpec *spec, int aggregate)
{
	ScanRouter *router = palloc0(offsetof(ScanRouter, open) + exchange->nslots * sizeof(OpenRows));

	router->exchange = exchange;
	router->aggregate = aggregate;
	router->spec = spec;
	router->context = CurrentMemoryContext;
	/* not the table's, or an owner's customers would all be in one part of its table */
	router->seed = backend_seed() * UINT64CONST(0xD1342543DE82EF95);
	router->with_amounts = spec->aggregate->with_amounts;
	router->with_cohorts = spec->aggregate == &anchor_class ||
		spec->aggregate == &anchor_amounts_class;
	router->key_size = fixed_key_size(&spec->key_type);
	place_columns(router);
	router->partial = palloc0((Size) exchange->nslots * (workers + 1) * sizeof(PartialRecord));
	router->customers = palloc(Max(router->capacity, CUSTOMER_BLOCK) * sizeof(Datum));
	router->hashes = palloc(CUSTOMER_BLOCK * sizeof(uint32));
	router->received_days = palloc(CUSTOMER_BLOCK * sizeof(int32));
	router->received_is_order = palloc(CUSTOMER_BLOCK * sizeof(bool));
	router->received_amounts = palloc(CUSTOMER_BLOCK * sizeof(Money));
	router->received_instants = palloc(CUSTOMER_BLOCK * sizeof(int64));
	router->received_cohort_instants = palloc(CUSTOMER_BLOCK * sizeof(int64));
	router->received_cohort_days = palloc(CUSTOMER_BLOCK * sizeof(int32));
	return router;
}

static inline bool
in_columns(const ScanRouter *router)
{
	return router->key_size > 0 && !router->form.wide;
}

static inline RowsHead *
head_of(const ExchangeChunk *chunk)
{
	return (RowsHead *) chunk->data;
}

static inline char *
rows_of(const ExchangeChunk *chunk)
{
	return (char *) chunk->data + ROWS_AT;
}

static void
send_rows(ScanRouter *router, int slot)
{
	OpenRows   *open = &router->open[slot];
	ExchangeChunk *chunk = open->chunk;
	RowsHead   *head;

	if (open->capacity == 0)
		return;
	head = head_of(chunk);
	head->kind = in_columns(router) ? ROWS_COLUMNS : ROWS_RECORDS;
	head->aggregate = router->aggregate;
	head->count = open->count;
	head->money = (MoneyTotal) {router->form, router->form.wide ? 0 : open->magnitude};
	router->sent += open->count;
	open->capacity = open->count = 0;
	exchange_send(router->exchange, chunk,
				  ROWS_AT + (head->kind == ROWS_COLUMNS ? ROWS_ROOM : open->used), slot);
}

/* Begin another chunk for the slot. */
static void
begin_rows(ScanRouter *router, int slot)
{
	OpenRows   *open = &router->open[slot];

	send_rows(router, slot);
	if (open->chunk == NULL)
		open->chunk = MemoryContextAlloc(router->context, EXCHANGE_CHUNK);
	open->capacity = router->capacity;
	open->used = 0;
	open->magnitude = 0;
	open->keys = rows_of(open->chunk);
	open->amounts = (Money *) (open->keys + router->amounts_at);
	open->instants = (int64 *) (open->keys + router->instants_at);
	open->cohort_instants = (int64 *) (open->keys + router->cohort_instants_at);
	open->cohort_days = (int32 *) (open->keys + router->cohort_days_at);
	open->days = (int32 *) (open->keys + router->days_at);
	open->is_order = (bool *) (open->keys + router->is_order_at);
}

void
scan_router_flush(ScanRouter *router)
{
	for (int i = 0; i < router->exchange->nslots; i++)
		send_rows(router, i);
}

uint64
scan_router_sent(const ScanRouter *router)
{
	return router->sent;
}

/* All bits reach the high ones, which choose the slot. */
static inline uint32
spread_bits(uint64 x)
{
	return (uint32) ((x * UINT64CONST(0xC2B2AE3D27D4EB4F)) >> 32);
}

/* *hash is the key's if it has one. */
static pg_attribute_always_inline int
slot_of_key(const ScanRouter *router, KeyKind kind, Datum key, uint32 *hash)
{
	uint64		seed = router->seed;
	uint64		bits = seed;
	UuidKey		uuid;

	switch (kind)
	{
		case KEY_INT64:
			bits ^= (uint64) DatumGetInt64(key);
			break;
		case KEY_UUID:
			memcpy(&uuid, DatumGetPointer(key), sizeof(uuid));
			bits ^= uuid.half[0] ^ spread_bits(uuid.half[1] ^ seed);
			break;
		default:
			*hash = customer_key_hash(&router->spec->key_type, key);
			bits ^= *hash;
			break;
	}
	return exchange_slot(router->exchange, spread_bits(bits));
}

/* Made once for the kinds of keys, with amounts and without, and with cohort_at and without. */
static pg_attribute_always_inline void
add_columns(ScanRouter *router, const OrderBatch *batch, KeyKind kind, bool with_amounts,
			bool with_cohorts)
{
	int			count = batch->count;
	const Datum *customers = batch->customers;
	const int32 *days = batch->days;

	for (int i = 0; i < count; i++)
	{
		Datum		key = customers[i];
		uint32		hash;
		int			slot = slot_of_key(router, kind, key, &hash);
		OpenRows   *open = &router->open[slot];
		int			n;

		if (unlikely(open->count == open->capacity))
			begin_rows(router, slot);
		if (with_amounts)
		{
			int64		units = batch->amounts[i].units;
			uint64		magnitude = units < 0 ? -(uint64) units : (uint64) units;

			if (unlikely(magnitude >= MONEY_NARROW_LIMIT - open->magnitude))
				begin_rows(router, slot);
			open->magnitude += magnitude;
			open->amounts[open->count] = batch->amounts[i];
			open->is_order[open->count] = batch->is_order[i];
		}
		n = open->count++;
		if (kind == KEY_UUID)
			memcpy(open->keys + n * sizeof(UuidKey), DatumGetPointer(key), sizeof(UuidKey));
		else
			((Datum *) open->keys)[n] = key;
		open->days[n] = days[i];
		if (with_cohorts)
		{
			open->instants[n] = batch->instants[i];
			open->cohort_instants[n] = batch->cohort_instants[i];
			open->cohort_days[n] = batch->cohort_days[i];
		}
	}
}

/*
 * A record that is longer than a chunk, in chunks of its own.  Rows that were added
 * before it may stay in theirs: nothing depends on the order of a customer's rows.
 */
static void
send_pieces(ScanRouter *router, int slot, const char *bytes, Size length, MoneyTotal money)
{
	ExchangeChunk *chunk = palloc(EXCHANGE_CHUNK);

	router->sent++;
	for (Size from = 0, part; from < length; from += part)
	{
		RowsHead   *head = head_of(chunk);

		part = Min(length - from, ROWS_ROOM);
		head->kind = ROWS_PIECE;
		head->aggregate = router->aggregate;
		head->count = (int32) part;
		head->length = length;
		head->money = money;
		memcpy(rows_of(chunk), bytes + from, part);
		exchange_send(router->exchange, chunk, ROWS_AT + part, slot);
	}
	pfree(chunk);
}

static inline Size
key_length(const ScanRouter *router, KeyKind kind, Datum key)
{
	if (kind == KEY_BYTES)
		return VARSIZE_ANY(DatumGetPointer(key));
	if (router->key_size > 0)
		return router->key_size;
	return datumGetSize(key, false, router->spec->key_type.typlen);
}

/* An order on its way into a record. */
typedef struct RecordRow
{
	RowRecord	head;
	RecordCohort cohort;
	RecordAmount amount;
	Datum		key;
	Numeric		wide;			/* of the amount, or NULL */
} RecordRow;

/* Where in a record the amount begins, and the key. */
static inline Size
amount_offset(const ScanRouter *router)
{
	return sizeof(RowRecord) + (router->with_cohorts ? sizeof(RecordCohort) : 0);
}

static inline Size
key_offset(const ScanRouter *router)
{
	return amount_offset(router) + (router->with_amounts ? sizeof(RecordAmount) : 0);
}

static void
write_record(const ScanRouter *router, char *to, const RecordRow *row)
{
	char	   *key = to + key_offset(router);

	memcpy(to, &row->head, sizeof(RowRecord));
	if (router->with_cohorts)
		memcpy(to + sizeof(RowRecord), &row->cohort, sizeof(RecordCohort));
	if (router->with_amounts)
		memcpy(to + amount_offset(router), &row->amount, sizeof(RecordAmount));
	if (router->key_size > 0 && router->spec->key_type.kind != KEY_UUID)
		memcpy(key, &row->key, sizeof(Datum));
	else
		memcpy(key, DatumGetPointer(row->key), row->head.key_length);
	if (row->wide != NULL)
		memcpy(key + MAXALIGN(row->head.key_length), row->wide, row->amount.length);
}

static inline uint64
magnitude_of(const RecordRow *row)
{
	return row->amount.units < 0 ? -(uint64) row->amount.units : (uint64) row->amount.units;
}

static void
add_record(ScanRouter *router, int slot, const RecordRow *row)
{
	OpenRows   *open = &router->open[slot];
	uint64		magnitude = magnitude_of(row);

	if (unlikely(row->head.length > ROWS_ROOM))
	{
		char	   *bytes = MemoryContextAllocHuge(CurrentMemoryContext, row->head.length);

		write_record(router, bytes, row);
		send_pieces(router, slot, bytes, row->head.length, (MoneyTotal) {router->form, magnitude});
		pfree(bytes);
		return;
	}
	if (open->capacity == 0 || row->head.length > ROWS_ROOM - open->used ||
		magnitude >= MONEY_NARROW_LIMIT - open->magnitude)
		begin_rows(router, slot);
	write_record(router, open->keys + open->used, row);
	open->used += row->head.length;
	open->magnitude += magnitude;
	open->count++;
}

static void
read_amount(const ScanRouter *router, const OrderBatch *batch, int i, RecordRow *row)
{
	Money		amount = batch->amounts[i];

	row->amount.is_order = batch->is_order[i];
	if (!router->form.wide)
		row->amount.units = amount.units;
	else if (amount.wide != NULL)
	{
		row->wide = amount.wide;
		row->amount.length = VARSIZE_ANY(amount.wide);
	}
}

static pg_attribute_always_inline void
add_records(ScanRouter *router, const OrderBatch *batch, KeyKind kind)
{
	for (int i = 0; i < batch->count; i++)
	{
		RecordRow	row = {
			.key = batch->customers[i],
			.head.day = batch->days[i]
		};
		int			slot = slot_of_key(router, kind, row.key, &row.head.hash);

		if (router->with_cohorts)
			row.cohort = (RecordCohort)
		{
			batch->instants[i], batch->cohort_instants[i], batch->cohort_days[i]
		};
		if (router->with_amounts)
			read_amount(router, batch, i, &row);
		row.head.key_length = (uint32) key_length(router, kind, row.key);
		row.head.length = (uint32) (key_offset(router) + MAXALIGN(row.head.key_length) +
									MAXALIGN(row.amount.length));
		add_record(router, slot, &row);
	}
}

/*
 * Have the batch's amounts in the router's form, which may change by them; those
 * that were added before then go in the form that they have.
 */
static void
admit_amounts(ScanRouter *router, const OrderBatch *batch, OrderBatch *converted)
{
	MoneyForm	from = batch->money.form;
	MoneyForm	to = money_total_union((MoneyTotal) {router->form, 0}, batch->money).form;
	Money	   *amounts;

	if (to.wide != router->form.wide || to.scale != router->form.scale)
	{
		scan_router_flush(router);
		router->form = to;
	}
	*converted = *batch;
	if (from.wide == to.wide && from.scale == to.scale)
		return;
	amounts = palloc(batch->count * sizeof(Money));
	for (int i = 0; i < batch->count; i++)
	{
		amounts[i] = batch->amounts[i];
		money_convert(from, to, &amounts[i]);
	}
	converted->amounts = amounts;
}

static void
add_batch(ScanRouter *router, const OrderBatch *batch)
{
	KeyKind		kind = router->spec->key_type.kind;

	if (!in_columns(router) && kind == KEY_BYTES)
		add_records(router, batch, KEY_BYTES);
	else if (!in_columns(router))
		add_records(router, batch, kind);
	else if (router->with_cohorts)
		add_columns(router, batch, kind, router->with_amounts, true);
	else if (kind == KEY_INT64 && router->with_amounts)
		add_columns(router, batch, KEY_INT64, true, false);
	else if (kind == KEY_INT64)
		add_columns(router, batch, KEY_INT64, false, false);
	else if (kind == KEY_UUID)
		add_columns(router, batch, KEY_UUID, router->with_amounts, false);
	else
		add_columns(router, batch, KEY_DATUM, router->with_amounts, false);
}

void
scan_router_add(ScanRouter *router, const OrderBatch *batch)
{
	OrderBatch	converted;

	if (router->with_amounts)
	{
		admit_amounts(router, batch, &converted);
		batch = &converted;
	}
	add_batch(router, batch);
}

static void
apply_columns(ScanRouter *router, OrderState *state, const RowsHead *head, char *rows)
{
	OrderBatch	batch = {
		.count = head->count,
		.customers = (Datum *) rows,
		.days = (int32 *) (rows + router->days_at),
		.is_order = (bool *) (rows + router->is_order_at),
		.amounts = (Money *) (rows + router->amounts_at),
		.money = head->money,
		.instants = (int64 *) (rows + router->instants_at),
		.cohort_instants = (int64 *) (rows + router->cohort_instants_at),
		.cohort_days = (int32 *) (rows + router->cohort_days_at)
	};

	if (router->spec->key_type.kind == KEY_UUID)
	{
		for (int i = 0; i < head->count; i++)
			router->customers[i] = PointerGetDatum(rows + i * sizeof(UuidKey));
		batch.customers = router->customers;
	}
	order_state_add_batch(state, &batch);
}

/* Rows that this process applies itself, as all of a slot that it has taken, it has not handed over. */
static inline void
note_applied(ScanRouter *router, const ExchangeChunk *chunk, int rows)
{
	if (chunk->process == router->exchange->process)
		router->sent -= rows;
}

/* A record as row `n` of those that are applied together. */
static inline void
read_record(ScanRouter *router, const char *bytes, MoneyForm form, int n)
{
	const RowRecord *record = (const RowRecord *) bytes;
	const char *key = bytes + key_offset(router);

	if (router->key_size > 0 && router->spec->key_type.kind != KEY_UUID)
		router->customers[n] = *(const Datum *) key;
	else
		router->customers[n] = PointerGetDatum(key);
	router->hashes[n] = record->hash;
	router->received_days[n] = record->day;
	if (router->with_cohorts)
	{
		const RecordCohort *cohort = (const RecordCohort *) (record + 1);

		router->received_instants[n] = cohort->instant;
		router->received_cohort_instants[n] = cohort->cohort_instant;
		router->received_cohort_days[n] = cohort->cohort_day;
	}
	if (router->with_amounts)
	{
		const RecordAmount *amount = (const RecordAmount *) (bytes + amount_offset(router));

		router->received_is_order[n] = amount->is_order;
		if (!form.wide)
			router->received_amounts[n].units = amount->units;
		else
			router->received_amounts[n].wide = amount->length == 0 ? NULL :
				(Numeric) (key + MAXALIGN(record->key_length));
	}
}

static void
apply_records(ScanRouter *router, OrderState *state, MoneyTotal money, int count,
			  const char *records)
{
	KeyKind		kind = router->spec->key_type.kind;
	OrderBatch	batch = {
		.customers = router->customers,
		.hashes = kind == KEY_BYTES || kind == KEY_DATUM ? router->hashes : NULL,
		.days = router->received_days,
		.is_order = router->received_is_order,
		.amounts = router->received_amounts,
		.money = money,
		.instants = router->received_instants,
		.cohort_instants = router->received_cohort_instants,
		.cohort_days = router->received_cohort_days
	};

	while (count > 0)
	{
		batch.count = Min(count, CUSTOMER_BLOCK);
		for (int i = 0; i < batch.count; i++)
		{
			read_record(router, records, money.form, i);
			records += ((const RowRecord *) records)->length;
		}
		order_state_add_batch(state, &batch);
		/* counted with the first of them */
		batch.money.magnitude = 0;
		count -= batch.count;
	}
}

static void
apply_piece(ScanRouter *router, OrderState *state, const ExchangeChunk *chunk)
{
	const RowsHead *head = head_of(chunk);
	PartialRecord *partial = &router->partial[chunk->process * router->exchange->nslots + chunk->slot];

	if (partial->bytes == NULL)
	{
		partial->bytes = MemoryContextAllocHuge(router->context, head->length);
		partial->there = 0;
	}
	memcpy(partial->bytes + partial->there, rows_of(chunk), head->count);
	partial->there += head->count;
	if (partial->there < head->length)
		return;
	note_applied(router, chunk, 1);
	apply_records(router, state, head->money, 1, partial->bytes);
	pfree(partial->bytes);
	partial->bytes = NULL;
}

int
scan_router_aggregate(const ExchangeChunk *chunk)
{
	return head_of(chunk)->aggregate;
}

void
scan_router_apply(ScanRouter *router, OrderState *state, const ExchangeChunk *chunk)
{
	const RowsHead *head = head_of(chunk);

	switch (head->kind)
	{
		case ROWS_COLUMNS:
			note_applied(router, chunk, head->count);
			apply_columns(router, state, head, rows_of(chunk));
			break;
		case ROWS_RECORDS:
			note_applied(router, chunk, head->count);
			apply_records(router, state, head->money, head->count, rows_of(chunk));
			break;
		case ROWS_PIECE:
			apply_piece(router, state, chunk);
			break;
	}
}
