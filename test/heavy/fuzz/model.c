/*
 * model.c
 *		Fuzz target: the bytes and the text of a fitted model from anyone.
 *
 * What stored_model_check() or stored_model_of_text() takes has to be written as the same
 * bytes, by way of its text as well, and what models of contracts expect has to make
 * sense whatever their parameters.  The first byte of an input says of which subject it is,
 * and whether it is bytes or text.
 */
#include "harness.h"

#include "core/stored_model.h"

#include <math.h>

static void
check_same(const StoredModel *s, const StringInfoData *bytes)
{
	StringInfoData again;

	initStringInfo(&again);
	stored_model_encode(s, &again);
	FUZZ_CHECK(again.len == bytes->len && memcmp(again.data, bytes->data, again.len) == 0);
}

static void
read_contracts(const Model *m)
{
	static const int ages[] = {0, 1, 2, 7, 1000, PG_INT32_MAX - 1};
	double		before = 1;

	for (size_t i = 0; i < lengthof(ages); i++)
	{
		double		survival = model_survival(m, ages[i]);
		double		retention = model_retention_at(m, ages[i] + 1);

		FUZZ_CHECK(survival >= 0 && survival <= before * (1 + 1e-12));
		FUZZ_CHECK(retention >= 0 && retention <= 1);
		before = survival;
	}
	for (size_t i = 0; i < lengthof(ages); i += 3)
	{
		FUZZ_CHECK(model_residual_lifetime(m, ages[i], 0) >= 0);
		FUZZ_CHECK(model_residual_lifetime(m, ages[i], 0.01) <= 101.000001);
	}
}

static void
body(const uint8 *data, Size size)
{
	ModelSubject subject = size > 0 ? data[0] % 3 : 0;
	bool		text = size > 0 && data[0] / 3 % 2 != 0;
	char	   *rest = palloc(size + 1);
	StoredModel s;
	StoredModel again;
	StringInfoData bytes;

	if (size == 0)
		return;
	memcpy(rest, data + 1, size - 1);
	rest[size - 1] = '\0';
	if ((text ? stored_model_of_text(rest, subject, &s) :
		 stored_model_check(rest, size - 1, subject)) != NULL)
		return;
	initStringInfo(&bytes);
	if (text)
		stored_model_encode(&s, &bytes);
	else
	{
		appendBinaryStringInfo(&bytes, rest, (int) size - 1);
		FUZZ_CHECK(stored_model_decode(rest, size - 1, &s) == NULL);
		check_same(&s, &bytes);
	}
	FUZZ_CHECK(model_subject(s.model.kind) == subject);
	FUZZ_CHECK(stored_model_check(bytes.data, bytes.len, subject) == NULL);
	FUZZ_CHECK(stored_model_of_text(stored_model_to_text(&s), subject, &again) == NULL);
	check_same(&again, &bytes);
	if (subject == MODEL_OF_CONTRACTS)
		read_contracts(&s.model);
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	fuzz_run(body, data, size);
	return 0;
}
