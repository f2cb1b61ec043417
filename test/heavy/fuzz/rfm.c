/*
 * rfm.c
 *		Fuzz target: the bytes of a retention_rfm from anyone.
 *
 * What rfm_check() takes has to be written as the same bytes; its rows and amounts have to
 * be possible and ascending; and added to itself it has to be twice as many customers, also by
 * way of the state of an aggregate.
 */
#include "harness.h"

#include "core/rfm_state.h"

static int64
read_all(const Rfm *rfm)
{
	int			shift = rfm_has_holdout(&rfm->kind) ? 16 : 0;
	int64		customers = 0;
	int64		repeaters = 0;
	int64		spending = 0;

	FUZZ_CHECK(rfm->n > 0 && rfm->kind.holdout_from <= rfm->kind.as_of);
	for (uint64 i = 0; i < rfm->n; i++)
	{
		uint64		row = rfm->rows[i].key >> shift;
		uint64		x = row >> 32;
		uint64		t_x = row >> 16 & PG_UINT16_MAX;

		FUZZ_CHECK(i == 0 || rfm->rows[i].key > rfm->rows[i - 1].key);
		FUZZ_CHECK(x <= t_x && t_x <= (row & PG_UINT16_MAX) && rfm->rows[i].value > 0);
		customers += (int64) rfm->rows[i].value;
		repeaters += x > 0 ? (int64) rfm->rows[i].value : 0;
	}
	for (uint64 i = 0; i < rfm->n_spends; i++)
	{
		const RfmSpend *s = &rfm->spends[i];

		FUZZ_CHECK(s->x > 0 && s->customers > 0);
		FUZZ_CHECK(i == 0 || s[-1].x < s->x ||
				   (s[-1].x == s->x && money_compare(rfm->money.form, s[-1].amount, s->amount) < 0));
		spending += s->customers;
	}
	FUZZ_CHECK(customers <= RFM_MAX_CUSTOMERS && spending == (rfm->kind.with_amounts ? repeaters : 0));
	return customers;
}

static void
check_state(const uint8 *data, Size size, const StringInfoData *doubled)
{
	RfmKind		kind = rfm_peek_kind(data, size);
	RfmState   *state = rfm_state_add_counts(rfm_state_create(&kind), data, size);
	StringInfoData bytes;
	Rfm			rfm;

	state = rfm_state_add_state(state, state);
	FUZZ_CHECK(rfm_state_check(state) == NULL);
	rfm_state_read(state, &rfm);
	initStringInfo(&bytes);
	rfm_encode(&rfm, &bytes);
	FUZZ_CHECK(bytes.len == doubled->len && memcmp(bytes.data, doubled->data, bytes.len) == 0);
}

static void
body(const uint8 *data, Size size)
{
	Rfm			rfm;
	Rfm			twice;
	RfmBuilder *b;
	StringInfoData bytes;
	int64		customers;

	if (rfm_check(data, size, false) != NULL)
		return;
	FUZZ_CHECK(rfm_decode(data, size, &rfm) == NULL);
	initStringInfo(&bytes);
	rfm_encode(&rfm, &bytes);
	FUZZ_CHECK((Size) bytes.len == size && memcmp(bytes.data, data, size) == 0);
	customers = read_all(&rfm);
	b = rfm_builder_create(CurrentMemoryContext, &rfm.kind);
	rfm_builder_add(b, &rfm);
	rfm_builder_finish(b, &twice);
	resetStringInfo(&bytes);
	rfm_encode(&twice, &bytes);
	FUZZ_CHECK((Size) bytes.len == size && memcmp(bytes.data, data, size) == 0);
	rfm_builder_add(b, &rfm);
	rfm_builder_finish(b, &twice);
	FUZZ_CHECK(twice.n == rfm.n && twice.n_spends == rfm.n_spends && read_all(&twice) == 2 * customers);
	resetStringInfo(&bytes);
	rfm_encode(&twice, &bytes);
	FUZZ_CHECK(rfm_check(bytes.data, bytes.len, false) == NULL);
	check_state(data, size, &bytes);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
