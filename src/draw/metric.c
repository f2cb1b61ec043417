/*
 * metric.c
 *		What a cohort table can show; see metric.h.
 */
#include "draw/metric.h"

typedef struct MetricInfo
{
	const char *name;			/* column of cohorts() */
	const char *title;
	bool		is_rate;
	bool		is_money;
} MetricInfo;

static const MetricInfo metrics[METRICS] = {
	{"retention_rate", "Retention rate", true, false},
	{"unbounded_rate", "Unbounded retention rate", true, false},
	{"within_rate", "Returned by then", true, false},
	{"streak_rate", "Unbroken retention rate", true, false},
	{"repeat_rate", "Repeat rate", true, false},
	{"customers", "Customers", false, false},
	{"customers_since", "Customers since", false, false},
	{"customers_within", "Customers returned by then", false, false},
	{"streak_customers", "Customers without a gap", false, false},
	{"repeat_customers", "Repeat customers", false, false},
	{"orders", "Orders", false, false},
	{"revenue", "Revenue", false, true},
	{"cumulative_revenue", "Cumulative revenue", false, true},
	{"revenue_per_customer", "Revenue per customer to date", false, true}
};

bool
metric_parse(const char *name, Size len, Metric *metric)
{
	for (int i = 0; i < METRICS; i++)
		if (strlen(metrics[i].name) == len && memcmp(name, metrics[i].name, len) == 0)
		{
			*metric = (Metric) i;
			return true;
		}
	return false;
}

const char *
metric_name(Metric metric)
{
	return metrics[metric].name;
}

const char *
metric_title(Metric metric)
{
	return metrics[metric].title;
}

bool
metric_is_rate(Metric metric)
{
	return metrics[metric].is_rate;
}

bool
metric_is_money(Metric metric)
{
	return metrics[metric].is_money;
}

bool
metric_is_total(Metric metric)
{
	return !metrics[metric].is_rate && metric != METRIC_REVENUE_PER_CUSTOMER;
}

bool
metric_is_of_criteria(Metric metric)
{
	return metric == METRIC_WITHIN_RATE || metric == METRIC_STREAK_RATE ||
		metric == METRIC_CUSTOMERS_WITHIN || metric == METRIC_STREAK_CUSTOMERS;
}

int
metric_first_age(Metric metric, const Summary *s)
{
	if (metric == METRIC_WITHIN_RATE)
		return 1;
	return !s->anchored && (metric == METRIC_RETENTION_RATE || metric == METRIC_UNBOUNDED_RATE ||
							metric == METRIC_STREAK_RATE) ? 1 : 0;
}
