-- What products say about orders to come.

CREATE FUNCTION bought_together(orders regclass, order_id name, product name, customer name DEFAULT NULL,
	ordered_at name DEFAULT NULL, min_orders integer DEFAULT 5, per_product integer DEFAULT 10, max_basket integer DEFAULT 200,
	amount name DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (product text, other text, together bigint, orders_product bigint, orders_other bigint, orders_all bigint,
	support double precision, confidence double precision, lift double precision, conviction double precision,
	g2 double precision, p_value double precision, p_adjusted double precision)
	AS 'MODULE_PATHNAME', 'retention_bought_together' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000 COST 10000;
COMMENT ON FUNCTION bought_together(regclass, name, name, name, name, integer, integer, integer, name, name, text, text, date) IS 'products that are in the same orders: for each product up to per_product others that are in at least min_orders orders with it, by evidence: g2, the log-likelihood ratio with the sign of the direction, its one-sided p_value, and that adjusted for all pairs looked at (Benjamini-Hochberg); counts of orders, support, confidence, lift and conviction beside it; orders of more than max_basket products are left out, with a NOTICE; 22004 without order_id unless customer and ordered_at are named, 22023, 42703, 42804, 42883, 54000';

CREATE FUNCTION product_retention(orders regclass, customer name, ordered_at name, product name, within interval DEFAULT '90 days',
	order_id name DEFAULT NULL, first_only boolean DEFAULT false,
	amount name DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (product text, customers bigint, watched bigint, repeat_customers bigint, repeat_rate double precision,
	ci_low double precision, ci_high double precision, same_product_customers bigint, same_product_rate double precision,
	median_days double precision, revenue_per_customer numeric)
	AS 'MODULE_PATHNAME', 'retention_product_retention' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 1000 COST 10000;
COMMENT ON FUNCTION product_retention(regclass, name, name, name, interval, name, boolean, name, name, text, text, date) IS 'for each product, of the customers who have bought it (with first_only: whose first order had it) and have been watched for the days of within since: how many came back on a later of those days, and how many for the product, with rates, a Wilson 95 % interval, the median days until then, and what they spent in those days, a customer; a customer counts under each of its products; 22004, 22023 unless within is a positive number of days, 22003 amounts that cannot be added up, 42703, 42804, 42883, 54000';

CREATE FUNCTION replenishment(orders regclass, customer name, ordered_at name, product name,
	amount name DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (customer text, product text, times bigint, last_day date, usual_gap_days double precision, due_day date,
	gap_ratio double precision)
	AS 'MODULE_PATHNAME', 'retention_replenishment' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10000 COST 10000;
COMMENT ON FUNCTION replenishment(regclass, name, name, name, name, name, text, text, date) IS 'for each customer and product bought on at least three days: on how many, the last one, the median of the days between them, the day on which it is due again, and the days since the last as a multiple of the median; by customer and product; 22004, 42703, 42804, 42883, 54000';

CREATE FUNCTION product_report(orders regclass, customer name, ordered_at name, product name, within interval DEFAULT '90 days',
	order_id name DEFAULT NULL, amount name DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, timezone text DEFAULT NULL,
	as_of date DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'retention_product_report' LANGUAGE C STABLE PARALLEL UNSAFE COST 40000;
COMMENT ON FUNCTION product_report(regclass, name, name, name, interval, name, name, name, text, text, date) IS 'what retention_report() shows of products: an object of lists of up to ten rows each: together, the clearest pairs of bought_together(); first, the products of product_retention() whose first buyers come back most surely; next, the clearest rows of bought_next(); due, by product, customers of replenishment() due in 30 days and late; and within, in days; errors as for those';
