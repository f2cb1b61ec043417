/*
 * stored_model.c
 *		A fitted model as bytes and as text; see stored_model.h.
 *
 * Bytes, version 1; integers are varints (wire.h), floats 8 bytes, highest first:
 *
 *	byte	version = 1
 *	byte	kind, byte status (model.h)
 *	byte	flags: 1 a covariance; others reserved, zero
 *	as_of, zigzag; customers, repeat customers, left out, iterations
 *	log-likelihood, gradient, parameters; [covariance of their logarithms, lower triangle by rows]
 *
 * Text form: the same in words, kind name=number name=number ..., the floats by the
 * shortest digits that give them back.
 */
#include "core/stored_model.h"

#include "common/shortest_dec.h"
#include "common/wire.h"
#include "core/rfm.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include <math.h>

#define MODEL_VERSION 1
#define MODEL_COVARIANCE 1

static const char *const kind_names[] = {
	[MODEL_BGNBD] = "bgnbd", [MODEL_MBGNBD] = "mbgnbd", [MODEL_PNBD] = "pnbd", [MODEL_NBD] = "nbd",
	[MODEL_GAMMA_GAMMA] = "gamma_gamma", [MODEL_SBG] = "sbg", [MODEL_BDW] = "bdw"
};

static const char *const status_names[] = {
	[MODEL_OK] = "ok", [MODEL_NO_DROPOUT] = "no_dropout", [MODEL_UNIFORM_RATE] = "uniform_rate",
	[MODEL_UNIFORM_DROPOUT] = "uniform_dropout", [MODEL_UNIFORM_SPEND] = "uniform_spend",
	[MODEL_NO_MEAN] = "no_mean"
};

const char *
model_kind_name(ModelKind kind)
{
	return kind_names[kind];
}

const char *
model_status_name(ModelStatus status)
{
	return status_names[status];
}

ModelSubject
model_subject(ModelKind kind)
{
	return kind <= MODEL_NBD ? MODEL_OF_PURCHASES : kind == MODEL_GAMMA_GAMMA ? MODEL_OF_SPEND : MODEL_OF_CONTRACTS;
}

static void
write_float(StringInfo buf, double value)
{
	uint64		bits;

	memcpy(&bits, &value, sizeof(bits));
	for (int shift = 56; shift >= 0; shift -= 8)
		wire_write_u8(buf, (uint8) (bits >> shift));
}

static double
read_float(WireReader *r)
{
	uint64		bits = 0;
	double		value;

	for (int i = 0; i < 8; i++)
		bits = bits << 8 | wire_read_u8(r);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

void
stored_model_encode(const StoredModel *s, StringInfo buf)
{
	const Model *m = &s->model;
	int			n = model_parameter_count(m->kind);

	wire_write_u8(buf, MODEL_VERSION);
	wire_write_u8(buf, (uint8) m->kind);
	wire_write_u8(buf, (uint8) m->status);
	wire_write_u8(buf, m->has_covariance ? MODEL_COVARIANCE : 0);
	wire_write_zigzag(buf, s->as_of);
	wire_write_varint(buf, (uint64) m->customers);
	wire_write_varint(buf, (uint64) m->repeat_customers);
	wire_write_varint(buf, (uint64) m->left_out);
	wire_write_varint(buf, (uint64) m->iterations);
	write_float(buf, m->log_likelihood);
	write_float(buf, m->gradient);
	for (int i = 0; i < n; i++)
		write_float(buf, m->parameters[i]);
	for (int i = 0; m->has_covariance && i < n; i++)
		for (int j = 0; j <= i; j++)
			write_float(buf, m->covariance[i][j]);
}

/*
 * No parameter of a fit is further than e^12 from 1 or, if it has a unit, from what is usual among
 * the customers (NEWTON_BOX): money of any size, see model_mean_spend(), or days, of which all may
 * have been watched for one together.  Of repeat buying what is expected may be no number beyond.
 */
static bool
in_range(const Model *m, int parameter)
{
	double		value = m->parameters[parameter];
	double		least = 1e-30;
	double		most = 1e30;

	if (m->kind == MODEL_GAMMA_GAMMA && parameter == 2)
	{
		least = 1e-300;
		most = 1e300;
	}
	else if (model_subject(m->kind) == MODEL_OF_PURCHASES)
	{
		bool		in_days = parameter == 1 || (parameter == 3 && m->kind == MODEL_PNBD);

		least = in_days ? 1e-30 : 1e-15;
		most = 1e15;
	}
	return value >= least && value <= most;
}

/* NULL, or what is wrong with the numbers, wherever they come from. */
static const char *
check_numbers(const Model *m)
{
	int			n = model_parameter_count(m->kind);

	if (m->customers < 1 || m->customers > RFM_MAX_CUSTOMERS || m->repeat_customers < 0 ||
		m->repeat_customers > m->customers || m->left_out < 0 || m->left_out > RFM_MAX_CUSTOMERS ||
		m->iterations < 0 || m->iterations > 1000000)
		return "its counts are impossible";
	if (!isfinite(m->log_likelihood) || !isfinite(m->gradient))
		return "its numbers are not finite";
	for (int i = 0; i < n; i++)
	{
		if (!in_range(m, i))
			return "its parameters are out of range";
		if (m->has_covariance && !(m->covariance[i][i] > 0))
			return "its covariance has no errors";
		for (int j = 0; m->has_covariance && j <= i; j++)
			if (!isfinite(m->covariance[i][j]))
				return "its numbers are not finite";
	}
	return NULL;
}

const char *
stored_model_decode(const void *bytes, Size len, StoredModel *s)
{
	Model	   *m = &s->model;
	WireReader	r;
	uint8		version,
				kind,
				status,
				flags;
	int64		as_of;
	uint64		iterations;
	int			n;

	memset(s, 0, sizeof(*s));
	wire_reader_init(&r, bytes, len);
	version = wire_read_u8(&r);
	kind = wire_read_u8(&r);
	status = wire_read_u8(&r);
	flags = wire_read_u8(&r);
	as_of = wire_read_zigzag(&r);
	if (r.failed)
		return "it is too short";
	if (version != MODEL_VERSION || kind > MODEL_BDW || status > MODEL_NO_MEAN ||
		(flags & ~MODEL_COVARIANCE) != 0)
		return "its version is not known to this library";
	if (as_of < PG_INT32_MIN || as_of > PG_INT32_MAX || !IS_VALID_DATE((DateADT) as_of))
		return "its day is malformed";
	m->kind = (ModelKind) kind;
	m->status = (ModelStatus) status;
	m->has_covariance = flags != 0;
	s->as_of = (int32) as_of;
	m->customers = (int64) wire_read_varint(&r);
	m->repeat_customers = (int64) wire_read_varint(&r);
	m->left_out = (int64) wire_read_varint(&r);
	iterations = wire_read_varint(&r);
	m->iterations = (int) Min(iterations, (uint64) PG_INT32_MAX);
	m->log_likelihood = read_float(&r);
	m->gradient = read_float(&r);
	n = model_parameter_count(m->kind);
	for (int i = 0; i < n; i++)
		m->parameters[i] = read_float(&r);
	for (int i = 0; m->has_covariance && i < n; i++)
		for (int j = 0; j <= i; j++)
			m->covariance[i][j] = m->covariance[j][i] = read_float(&r);
	if (r.failed)
		return "it is too short";
	return wire_remaining(&r) > 0 ? "it is too long" : check_numbers(m);
}

const char *
stored_model_check(const void *bytes, Size len, ModelSubject subject)
{
	StoredModel s;
	StringInfoData again;
	const char *wrong = stored_model_decode(bytes, len, &s);

	if (wrong != NULL)
		return wrong;
	if (model_subject(s.model.kind) != subject)
		return "it is a model of something else";
	initStringInfo(&again);
	stored_model_encode(&s, &again);
	return (Size) again.len == len && memcmp(again.data, bytes, len) == 0 ? NULL :
		"its bytes are not in canonical form";
}

static void
put_float(StringInfo buf, const char *name, double value)
{
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(value, digits);
	appendStringInfo(buf, " %s=%s", name, digits);
}

char *
stored_model_to_text(const StoredModel *s)
{
	const Model *m = &s->model;
	int			n = model_parameter_count(m->kind);
	int			year,
				month,
				day;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s", kind_names[m->kind]);
	for (int i = 0; i < n; i++)
		put_float(&buf, model_parameter_name(m->kind, i), m->parameters[i]);
	j2date(s->as_of + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(&buf, " status=%s as_of=%04d-%02d-%02d customers=" INT64_FORMAT " repeat_customers=" INT64_FORMAT
					 " left_out=" INT64_FORMAT " iterations=%d",
					 status_names[m->status], year, month, day, m->customers, m->repeat_customers, m->left_out,
					 m->iterations);
	put_float(&buf, "log_likelihood", m->log_likelihood);
	put_float(&buf, "gradient", m->gradient);
	for (int i = 0; m->has_covariance && i < n; i++)
		for (int j = 0; j <= i; j++)
			put_float(&buf, "covariance", m->covariance[i][j]);
	return buf.data;
}

/* The next word, "name=" before it or not; false if it is another. */
static bool
take_word(const char **text, const char *name, char *word, Size room)
{
	Size		len = strlen(name);

	while (**text == ' ')
		(*text)++;
	if (strncmp(*text, name, len) != 0)
		return false;
	*text += len;
	len = strcspn(*text, " ");
	if (len == 0 || len >= room)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len;
	return true;
}

static bool
take_name(const char **text, const char *name, const char *const *names, int n, int *found)
{
	char		word[32];

	if (!take_word(text, name, word, sizeof(word)))
		return false;
	for (*found = 0; *found < n; (*found)++)
		if (strcmp(word, names[*found]) == 0)
			return true;
	return false;
}

static bool
take_float(const char **text, const char *name, double *value)
{
	char		word[64];
	char		prefix[32];
	char	   *end;

	snprintf(prefix, sizeof(prefix), "%s=", name);
	if (!take_word(text, prefix, word, sizeof(word)))
		return false;
	*value = strtod(word, &end);
	return *end == '\0';
}

static bool
take_int(const char **text, const char *name, int64 *value)
{
	char		word[32];
	char	   *end;

	if (!take_word(text, name, word, sizeof(word)))
		return false;
	errno = 0;
	*value = strtoll(word, &end, 10);
	return *end == '\0' && errno == 0;
}

/* A number of 1 to 8 digits and what comes behind it, or the end. */
static bool
take_digits(const char **word, char behind, int *value)
{
	size_t		digits = strspn(*word, "0123456789");

	if (digits < 1 || digits > 8 || (*word)[digits] != behind)
		return false;
	*value = (int) strtol(*word, NULL, 10);
	*word += digits + (behind != '\0');
	return true;
}

/* A date of the Gregorian calendar, the year before 1 being 0, as it is written. */
static bool
take_date(const char **text, const char *name, int32 *date)
{
	char		word[32];
	const char *rest = word;
	int			year,
				month,
				day,
				again[3];
	bool		before_0;

	if (!take_word(text, name, word, sizeof(word)))
		return false;
	before_0 = *rest == '-';
	rest += before_0;
	if (!take_digits(&rest, '-', &year) || !take_digits(&rest, '-', &month) || !take_digits(&rest, '\0', &day))
		return false;
	if (before_0)
		year = -year;
	if (month < 1 || month > 12 || day < 1 || day > 31 || !IS_VALID_JULIAN(year, month, day))
		return false;
	*date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	j2date(*date + POSTGRES_EPOCH_JDATE, &again[0], &again[1], &again[2]);
	return IS_VALID_DATE(*date) && again[0] == year && again[1] == month && again[2] == day;
}

const char *
stored_model_of_text(const char *text, ModelSubject subject, StoredModel *s)
{
	Model	   *m = &s->model;
	int			kind,
				status,
				n;
	int64		iterations;

	memset(s, 0, sizeof(*s));
	if (!take_name(&text, "", kind_names, lengthof(kind_names), &kind))
		return "it does not begin with the name of a model";
	if (model_subject((ModelKind) kind) != subject)
		return "it is a model of something else";
	m->kind = (ModelKind) kind;
	n = model_parameter_count(m->kind);
	for (int i = 0; i < n; i++)
		if (!take_float(&text, model_parameter_name(m->kind, i), &m->parameters[i]))
			return "its parameters are malformed";
	if (!take_name(&text, "status=", status_names, lengthof(status_names), &status) ||
		!take_date(&text, "as_of=", &s->as_of) ||
		!take_int(&text, "customers=", &m->customers) ||
		!take_int(&text, "repeat_customers=", &m->repeat_customers) ||
		!take_int(&text, "left_out=", &m->left_out) ||
		!take_int(&text, "iterations=", &iterations) || iterations < 0 || iterations > PG_INT32_MAX ||
		!take_float(&text, "log_likelihood", &m->log_likelihood) ||
		!take_float(&text, "gradient", &m->gradient))
		return "what is behind its parameters is malformed";
	m->status = (ModelStatus) status;
	m->iterations = (int) iterations;
	m->has_covariance = text[strspn(text, " ")] != '\0';
	for (int i = 0; m->has_covariance && i < n; i++)
		for (int j = 0; j <= i; j++)
		{
			if (!take_float(&text, "covariance", &m->covariance[i][j]))
				return "its covariance is malformed";
			m->covariance[j][i] = m->covariance[i][j];
		}
	return text[strspn(text, " ")] != '\0' ? "it is too long" : check_numbers(m);
}
