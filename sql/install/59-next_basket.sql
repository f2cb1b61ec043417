-- Products: what customers come back for, and what they may want next.

CREATE FUNCTION bought_next(orders regclass, customer name, ordered_at name, product name,
	within interval DEFAULT '90 days', order_id name DEFAULT NULL, min_customers integer DEFAULT 5,
	per_product integer DEFAULT 10, amount name DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL,
	timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (product text, next text, customers bigint, watched bigint, followed bigint, share double precision,
	base_share double precision, lift double precision, median_days double precision, p_value double precision,
	p_adjusted double precision)
	AS 'MODULE_PATHNAME', 'retention_bought_next' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10000 COST 10000;
COMMENT ON FUNCTION bought_next(regclass, name, name, name, interval, name, integer, integer, name, name, text, text, date) IS 'what customers came back for within so many days of their first basket with a product, more than after other products, by evidence: shares, lift, median days and p-values';

CREATE FUNCTION next_basket(orders regclass, customer name, ordered_at name, product name, order_id name DEFAULT NULL,
	per_customer integer DEFAULT 10, decay double precision DEFAULT 0.95, amount name DEFAULT NULL,
	refund name DEFAULT NULL, filter text DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL)
	RETURNS TABLE (customer text, rank integer, product text, score double precision, reason text)
	AS 'MODULE_PATHNAME', 'retention_next_basket' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 100000 COST 10000;
COMMENT ON FUNCTION next_basket(regclass, name, name, name, name, integer, double precision, name, name, text, text, date) IS 'what each customer may want next, the most first, and why: repeat (had it, by recent baskets), together (goes with the last basket) or popular';

CREATE FUNCTION next_basket_test(orders regclass, customer name, ordered_at name, product name,
	order_id name DEFAULT NULL, per_customer integer DEFAULT 10, decay double precision DEFAULT 0.95,
	amount name DEFAULT NULL, refund name DEFAULT NULL, filter text DEFAULT NULL, timezone text DEFAULT NULL,
	as_of date DEFAULT NULL)
	RETURNS TABLE (measure text, next_basket double precision, own_frequency double precision,
	popular double precision)
	AS 'MODULE_PATHNAME', 'retention_next_basket_test' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 6 COST 10000;
COMMENT ON FUNCTION next_basket_test(regclass, name, name, name, name, integer, double precision, name, name, text, text, date) IS 'how well next_basket() names the last basket of each customer with two or more, held out: recall and nDCG, of repeats and new products apart, beside what the customer had most often and what all buy most';
