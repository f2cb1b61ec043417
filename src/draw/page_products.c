/*
 * page_products.c
 *		What a page says of products; see product_chapter.h.
 */
#include "draw/product_chapter.h"

#include <math.h>

#include "draw/figures.h"

const ChapterSpec chapter_specs[CHAPTER_TABLES] = {
	[CHAPTER_TOGETHER] = {
		"together", "Bought together",
		"Pairs that are in one order more often than by chance, the clearest first.",
		"No pair is in one order clearly more often than by chance.",
		{
			{"product", "product", FIGURE_TEXT}, {"other", "with", FIGURE_TEXT},
			{"together", "orders with both", FIGURE_COUNT}, {"orders_product", "with the first", FIGURE_COUNT},
			{"confidence", "both, of these, %", FIGURE_PERCENT}, {"lift", "times chance", FIGURE_TENTHS}
		}
	},
	[CHAPTER_FIRST] = {
		"first", "First products that bring customers back",
		"Of the customers whose first order had the product, the share that came back; the lower end of its 95 % interval "
		"decides the order.",
		"Of no first product enough customers have been watched.",
		{
			{"product", "first order had", FIGURE_TEXT}, {"watched", "customers", FIGURE_COUNT},
			{"repeat_customers", "came back", FIGURE_COUNT}, {"repeat_rate", "came back, %", FIGURE_PERCENT},
			{"ci_low", "from, %", FIGURE_PERCENT}, {"ci_high", "to, %", FIGURE_PERCENT},
			{"median_days", "after days", FIGURE_TENTHS}
		}
	},
	[CHAPTER_NEXT] = {
		"next", "What they came back for",
		"After the first order with a product, what was bought on a later day, beside how many bought it after other products.",
		"Nothing follows a product clearly more often than it follows others.",
		{
			{"product", "product", FIGURE_TEXT}, {"next", "came back for", FIGURE_TEXT},
			{"watched", "customers", FIGURE_COUNT}, {"followed", "did", FIGURE_COUNT},
			{"share", "did, %", FIGURE_PERCENT}, {"base_share", "after others, %", FIGURE_PERCENT},
			{"median_days", "after days", FIGURE_TENTHS}
		}
	},
	[CHAPTER_DUE] = {
		"due", "Due again",
		"Of the customers who have bought the product on three days or more, those who would buy it again in the next 30 days "
		"by their usual gap, and those who are late, but by less than another gap.",
		"Nothing is due.",
		{
			{"product", "product", FIGURE_TEXT}, {"customers", "customers", FIGURE_COUNT},
			{"due", "due in 30 days", FIGURE_COUNT}, {"late", "late", FIGURE_COUNT},
			{"usual_gap_days", "usual gap, days", FIGURE_TENTHS}
		}
	}
};

static int
columns_of(const ChapterSpec *spec)
{
	int			n = 0;

	while (spec->columns[n].key != NULL)
		n++;
	return n;
}

static void
append_cell(StringInfo buf, const ChapterCell *cell, ChapterFigure figure)
{
	if (figure == FIGURE_TEXT)
	{
		if (cell->text != NULL)
			svg_append_escaped(buf, cell->text);
	}
	else if (isinf(cell->number))
		appendStringInfoString(buf, cell->number > 0 ? "infinite" : "-infinite");
	else if (!isnan(cell->number))
		appendStringInfoString(buf, figure == FIGURE_COUNT ? figure_whole(cell->number) :
							   figure_tenths(figure == FIGURE_PERCENT ? cell->number * 100 : cell->number));
}

/* Names break into lines where there is no room, numbers do not. */
static const char *
css_of(const ChapterColumn *column)
{
	return column->figure == FIGURE_TEXT ? " class=\"name\"" : "";
}

static void
append_table(StringInfo buf, const ChapterSpec *spec, const ChapterRows *rows)
{
	int			columns = columns_of(spec);

	appendStringInfo(buf, "<div class=\"scroll\"><table id=\"products-%s-table\" style=\"--columns:%d\">", spec->key,
					 2 * columns + 4);
	if (rows->n < rows->all)
		appendStringInfo(buf, "<caption>shown: the first %d of %s rows</caption>", rows->n, figure_count(rows->all));
	appendStringInfoString(buf, "<thead><tr>");
	for (int k = 0; k < columns; k++)
		appendStringInfo(buf, "<th scope=\"col\"%s>%s</th>", css_of(&spec->columns[k]), spec->columns[k].head);
	appendStringInfoString(buf, "</tr></thead><tbody>\n");
	for (int i = 0; i < rows->n; i++)
	{
		appendStringInfo(buf, "<tr><th scope=\"row\"%s>", css_of(&spec->columns[0]));
		append_cell(buf, &rows->cells[i][0], spec->columns[0].figure);
		appendStringInfoString(buf, "</th>");
		for (int k = 1; k < columns; k++)
		{
			appendStringInfo(buf, "<td%s>", css_of(&spec->columns[k]));
			append_cell(buf, &rows->cells[i][k], spec->columns[k].figure);
			appendStringInfoString(buf, "</td>");
		}
		appendStringInfoString(buf, "</tr>\n");
	}
	appendStringInfoString(buf, "</tbody></table></div>\n");
}

void
page_append_products(StringInfo buf, const ProductChapter *chapter)
{
	appendStringInfoString(buf, "<section id=\"products\"><h2>Products</h2><p class=\"muted\">What order lines say. ");
	if (chapter->within > 0)
		appendStringInfo(buf, "Customers are watched for %s days; who has not had them yet is not counted. ",
						 figure_count(chapter->within));
	appendStringInfoString(buf, "Refunds count nowhere.</p>\n");
	for (int i = 0; i < CHAPTER_TABLES; i++)
	{
		const ChapterSpec *spec = &chapter_specs[i];
		const ChapterRows *rows = &chapter->tables[i];

		if (!rows->given)
			continue;
		appendStringInfo(buf, "<h2>%s</h2><p class=\"muted\">%s</p>\n", spec->heading,
						 rows->n > 0 ? spec->meaning : spec->none);
		if (rows->n == 0)
			continue;
		if (i == CHAPTER_FIRST && chart_returns(buf, chapter))
		{
			appendStringInfoString(buf, "<details><summary>The numbers</summary>\n");
			append_table(buf, spec, rows);
			appendStringInfoString(buf, "</details>\n");
		}
		else
			append_table(buf, spec, rows);
	}
	appendStringInfoString(buf, "</section>\n");
}
