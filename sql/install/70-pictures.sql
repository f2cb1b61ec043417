-- Summaries drawn: for a terminal, as SVG, as a page.

CREATE FUNCTION retention_heatmap(summary retention_summary, metric text DEFAULT 'retention_rate', as_of date DEFAULT NULL,
	max_ages integer DEFAULT 12) RETURNS SETOF text
	AS 'MODULE_PATHNAME', 'retention_heatmap' LANGUAGE C STABLE PARALLEL SAFE ROWS 40 COST 1000;
COMMENT ON FUNCTION retention_heatmap(retention_summary, text, date, integer) IS 'cohort table of a metric of cohorts(), or revenue_per_customer, as lines of text with shaded cells';

CREATE FUNCTION retention_svg(summary retention_summary, chart text DEFAULT 'cohorts', metric text DEFAULT 'retention_rate',
	as_of date DEFAULT NULL, active_window integer DEFAULT 1, max_ages integer DEFAULT 24, title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_svg' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION retention_svg(retention_summary, text, text, date, integer, integer, text) IS 'stand-alone SVG of a chart: cohorts, curves, periods, revenue, ladder or time_to_repeat; NULL without orders';

CREATE FUNCTION retention_report(summary retention_summary, title text DEFAULT 'Customer retention', as_of date DEFAULT NULL,
	active_window integer DEFAULT 1, max_ages integer DEFAULT 24) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_report' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION retention_report(retention_summary, text, date, integer, integer) IS 'one self-contained HTML page with all charts and the tables behind them; NULL without orders';
