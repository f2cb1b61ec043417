#!/bin/bash
# What the functions promise to the planner and to security: their labels in the catalog.
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/lib/rule.sh
. test/lib/scratch.sh

# shellcheck disable=SC2317 # "none" calls it
ask() {
	psql -XqAt -v ON_ERROR_STOP=1 -f test/lib/members.sql -c "$1"
}

# holds NAME CONDITION: no function of the extension meets CONDITION.
holds() {
	none "$1" ask "SELECT signature FROM function WHERE $2 ORDER BY 1"
}

# They run whatever a view contains, so neither a parallel worker nor an index may call them.
tables="'cohort_retention', 'customer_churn', 'repeat_purchase', 'retention_summaries', 'cohort_customers', 'customer_status',
	'revenue_retention', 'repeat_timing', 'retention_check',
	'bought_together', 'product_retention', 'replenishment', 'product_report', 'bought_next', 'next_basket', 'next_basket_test', 'customer_forecast'"
tracks="proname ~ '^retention_(track|untrack|fold\$|verify\$)'"

holds "no function is SECURITY DEFINER" "prosecdef"
holds "no function is LEAKPROOF" "proleakproof"
holds "no function is VOLATILE but those that track tables" "provolatile = 'v' AND NOT $tracks"
holds "functions that read tables are STABLE and PARALLEL UNSAFE" \
	"proname IN ($tables) AND (provolatile, proparallel) <> ('s', 'u')"
holds "functions that read tables are in C or SQL" \
	"proname IN ($tables) AND prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN ('c', 'sql'))"
holds "what tracks tables is PARALLEL UNSAFE" "$tracks AND proparallel <> 'u'"
holds "all other functions and aggregates are PARALLEL SAFE" \
	"proname NOT IN ($tables) AND NOT $tracks AND proparallel <> 's'"
# Not meant: a time zone or a day that is given, and the window of the rates, which compares instants without a zone.
# For an aggregate the server goes by its support functions.
holds "functions that depend on the time zone or the day of the session are STABLE" \
	"prokind = 'f' AND provolatile <> 's'
	 AND ('timestamptz'::regtype = ANY (proargtypes) OR 'as_of' = ANY (proargnames))
	 AND proname NOT IN ('p_alive', 'expected_orders', 'expected_spend', 'customer_lifetime_value', 'rfm_agg_transfn',
	 	'retention_local_date', 'history_rfm', 'retention_segments_in_zone_transfn', 'retention_rate_transfn')"
# Such as the date of a segment, by DateStyle.
holds "functions that call the output function of any type are STABLE" \
	"proname = 'segmented_retention_agg_finalfn' AND provolatile <> 's'"
none "the script runs as a superuser, for whoever may create in the database" ask "
	SELECT version FROM pg_available_extension_versions WHERE name = 'retention' AND NOT (trusted AND superuser)"
# Without this, renaming one would empty the rules above.
none "the functions named above exist" ask "
	SELECT unnest(ARRAY[$tables, 'p_alive', 'expected_orders', 'expected_spend', 'customer_lifetime_value', 'rfm_agg_transfn', 'segmented_retention_agg_finalfn', 'retention_local_date', 'history_rfm',
		'retention_segments_in_zone_transfn', 'retention_rate_transfn']::name[])
	EXCEPT SELECT proname FROM function"

exit $failed
