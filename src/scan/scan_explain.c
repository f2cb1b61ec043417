/*
 * scan_explain.c
 *		What EXPLAIN (ANALYZE) says of the scan node, by process.
 */
#include "scan/scan.h"

#include COMPAT_EXPLAIN_FORMAT
#include COMPAT_EXPLAIN_STATE
#include "lib/stringinfo.h"

void
scan_sizes_add(ScanSizes *sizes, const ScanSizes *more)
{
	sizes->known |= more->known;
	sizes->customers += more->customers;
	sizes->bytes += more->bytes;
	sizes->spilled += more->spilled;
	sizes->parts += more->parts;
	sizes->sent += more->sent;
}

static int64
kilobytes(Size bytes)
{
	return (int64) ((bytes + 1023) / 1024);
}

static void
properties(const ScanSizes *sizes, ExplainState *es)
{
	ExplainPropertyInteger("Customers", NULL, sizes->customers, es);
	ExplainPropertyInteger("Memory Usage", "kB", kilobytes(sizes->bytes), es);
	if (sizes->sent > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger("Rows Handed Over", NULL, (int64) sizes->sent, es);
	if (sizes->parts == 0 && es->format == EXPLAIN_FORMAT_TEXT)
		return;
	ExplainPropertyInteger("Customers Spilled", NULL, (int64) sizes->spilled, es);
	ExplainPropertyInteger("Parts", NULL, sizes->parts, es);
}

/* A line like those of Sort and Hash, whose functions are the core's own. */
static void
worker_line(const ScanSizes *sizes, int worker, ExplainState *es)
{
	appendStringInfoSpaces(es->str, es->indent * 2);
	appendStringInfo(es->str, "Worker %d:  Customers: " INT64_FORMAT "  Memory Usage: " INT64_FORMAT "kB",
					 worker, sizes->customers, kilobytes(sizes->bytes));
	if (sizes->sent > 0)
		appendStringInfo(es->str, "  Rows Handed Over: " UINT64_FORMAT, sizes->sent);
	if (sizes->parts > 0)
		appendStringInfo(es->str, "  Customers Spilled: " UINT64_FORMAT "  Parts: %d",
						 sizes->spilled, sizes->parts);
	appendStringInfoChar(es->str, '\n');
}

static void
worker_group(const ScanSizes *sizes, int worker, ExplainState *es)
{
	ExplainOpenGroup("Worker", NULL, true, es);
	ExplainPropertyInteger("Worker Number", NULL, worker, es);
	properties(sizes, es);
	ExplainCloseGroup("Worker", NULL, true, es);
}

void
scan_explain(const ScanSizes *own, const ScanSizes *workers, int n, ExplainState *es)
{
	bool		text = es->format == EXPLAIN_FORMAT_TEXT;

	if (own->known)
		properties(own, es);
	if (n == 0)
		return;
	if (!text)
		ExplainOpenGroup("Scan Workers", "Scan Workers", false, es);
	for (int i = 0; i < n; i++)
	{
		if (!workers[i].known)
			continue;
		if (text)
			worker_line(&workers[i], i, es);
		else
			worker_group(&workers[i], i, es);
	}
	if (!text)
		ExplainCloseGroup("Scan Workers", "Scan Workers", false, es);
}
