-- What each customer will order, and what it is worth.

CREATE FUNCTION customer_forecast(orders regclass, customer name, ordered_at name, amount name DEFAULT NULL,
	order_id name DEFAULT NULL, timezone text DEFAULT NULL, as_of date DEFAULT NULL,
	days integer DEFAULT 90, model text DEFAULT 'mbgnbd',
	refund name DEFAULT NULL, filter text DEFAULT NULL, annual_discount double precision DEFAULT 0.10)
	RETURNS TABLE (customer text, orders bigint, last_order date, p_alive double precision, expected_orders double precision,
	expected_spend double precision, lifetime_value double precision)
	AS 'MODULE_PATHNAME', 'retention_customer_forecast' LANGUAGE C STABLE PARALLEL UNSAFE ROWS 10000 COST 100000;
COMMENT ON FUNCTION customer_forecast(regclass, name, name, name, name, text, date, integer, text, name, text, double precision) IS 'every customer''s orders, probability that it has not left, order days expected in the next so many days (90 unless days says otherwise), money of one of them and of all, discounted, by a model that is fitted to all customers (mbgnbd, bgnbd, pnbd or best), the most valuable first; money is NULL without amount; 22023 unknown model, days below 1, where no customer has a second order day or no fit comes to a maximum';
