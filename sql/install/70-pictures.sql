-- Summaries drawn: for a terminal, as SVG, as a page.

CREATE FUNCTION retention_heatmap(summary retention_summary, metric text DEFAULT 'retention_rate', as_of date DEFAULT NULL,
	max_ages integer DEFAULT 12) RETURNS SETOF text
	AS 'MODULE_PATHNAME', 'retention_heatmap' LANGUAGE C STABLE PARALLEL SAFE ROWS 40 COST 1000;
COMMENT ON FUNCTION retention_heatmap(retention_summary, text, date, integer) IS 'cohort table of a metric of cohorts(), or revenue_per_customer, as lines of text with shaded cells';

CREATE FUNCTION retention_svg(summary retention_summary, chart text DEFAULT 'cohorts', metric text DEFAULT 'retention_rate',
	as_of date DEFAULT NULL, active_window integer DEFAULT 1, max_ages integer DEFAULT 24, title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_svg' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION retention_svg(retention_summary, text, text, date, integer, integer, text) IS 'stand-alone SVG of a chart: cohorts, curves, periods, revenue, ladder, time_to_repeat, signals or churn_signals; NULL without orders';

CREATE FUNCTION retention_report(summary retention_summary, title text DEFAULT 'Customer retention', as_of date DEFAULT NULL,
	active_window integer DEFAULT 1, max_ages integer DEFAULT 24, model retention_purchase_model DEFAULT NULL,
	counts retention_rfm DEFAULT NULL, daily retention_summary DEFAULT NULL, spend_model retention_spend_model DEFAULT NULL,
	days integer DEFAULT 90, survival_model retention_survival_model DEFAULT NULL, products jsonb DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_report' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION retention_report(retention_summary, text, date, integer, integer, retention_purchase_model, retention_rfm, retention_summary, retention_spend_model, integer, retention_survival_model, jsonb) IS 'one self-contained HTML page with all charts and the tables behind them; with a model, and counts or a summary by day of its customers, also a forecast of the next days, or how good one was in the holdout of the counts; with a survival_model who is still there by age, and expected; with products, as product_report() gives them, what is bought together, brings customers back and is due again; NULL without orders';

CREATE FUNCTION model_svg(model retention_purchase_model, summary retention_summary, as_of date DEFAULT NULL, title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_model_svg_curve' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
CREATE FUNCTION model_svg(model retention_purchase_model, counts retention_rfm, title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_model_svg_frequencies' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION model_svg(retention_purchase_model, retention_summary, date, text) IS 'stand-alone SVG of expected_curve: repeat order days to date, expected and actual, and where the days end that the model was fitted to; NULL without orders';
COMMENT ON FUNCTION model_svg(retention_purchase_model, retention_rfm, text) IS 'stand-alone SVG of order_frequencies: customers by number of repeat order days, expected and actual';
CREATE FUNCTION model_svg(model retention_survival_model, summary retention_summary, as_of date DEFAULT NULL, max_ages integer DEFAULT 24,
	title text DEFAULT NULL) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_model_svg_stay' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION model_svg(retention_survival_model, retention_summary, date, integer, text) IS 'stand-alone SVG of who is there in every period up to an age, of complete cells, and of survival() through max_ages; NULL without orders and complete cells';
