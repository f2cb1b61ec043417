-- Models of repeat buying and of spend: fits, what they expect of customers, and how good that was.

--@ stored_type retention_purchase_model
--@ stored_type retention_spend_model
COMMENT ON TYPE retention_purchase_model IS 'a model of repeat buying that was fitted: its parameters, their covariance, what it was fitted to';
COMMENT ON TYPE retention_spend_model IS 'a model of spend an order that was fitted: its parameters, their covariance, what it was fitted to';
COMMENT ON FUNCTION retention_purchase_model_in(cstring) IS 'support function of a type: text input: the model in words; 22P02 if malformed';
COMMENT ON FUNCTION retention_purchase_model_out(retention_purchase_model) IS 'support function of a type: text output: the model in words';
COMMENT ON FUNCTION retention_spend_model_in(cstring) IS 'support function of a type: text input: the model in words; 22P02 if malformed';
COMMENT ON FUNCTION retention_spend_model_out(retention_spend_model) IS 'support function of a type: text output: the model in words';

CREATE FUNCTION bgnbd_fit(counts retention_rfm) RETURNS retention_purchase_model
	AS 'MODULE_PATHNAME', 'retention_bgnbd_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
CREATE FUNCTION mbgnbd_fit(counts retention_rfm) RETURNS retention_purchase_model
	AS 'MODULE_PATHNAME', 'retention_mbgnbd_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
CREATE FUNCTION pnbd_fit(counts retention_rfm) RETURNS retention_purchase_model
	AS 'MODULE_PATHNAME', 'retention_pnbd_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000000;
CREATE FUNCTION gamma_gamma_fit(counts retention_rfm) RETURNS retention_spend_model
	AS 'MODULE_PATHNAME', 'retention_gamma_gamma_fit' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;
COMMENT ON FUNCTION bgnbd_fit(retention_rfm) IS 'BG/NBD by maximum likelihood: parameters r, alpha (days), a, b; a customer without a repeat order is alive by it; 22023 where nothing repeats, nobody is watched, or there is no maximum; a WARNING where the maximum is at a boundary';
COMMENT ON FUNCTION mbgnbd_fit(retention_rfm) IS 'MBG/NBD by maximum likelihood: BG/NBD whose customers can leave after the first order; parameters and errors as of bgnbd_fit';
COMMENT ON FUNCTION pnbd_fit(retention_rfm) IS 'Pareto/NBD by maximum likelihood: parameters r, alpha (days), s, beta (days); errors as of bgnbd_fit';
COMMENT ON FUNCTION gamma_gamma_fit(retention_rfm) IS 'Gamma-Gamma model of spend an order day by maximum likelihood, of customers with repeat orders worth more than 0: parameters p, q, gamma (money); 22023 without amounts or such customers; a WARNING where the maximum is at a boundary';

CREATE FUNCTION model_parameters(model retention_purchase_model)
	RETURNS TABLE (parameter text, estimate double precision, std_error double precision, ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_model_parameters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 4;
CREATE FUNCTION model_parameters(model retention_spend_model)
	RETURNS TABLE (parameter text, estimate double precision, std_error double precision, ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_model_parameters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
COMMENT ON FUNCTION model_parameters(retention_purchase_model) IS 'a row for each parameter: estimate, standard error and 95 % interval, symmetric in the logarithm; the last three are NULL at a boundary where the data do not tell them';
COMMENT ON FUNCTION model_parameters(retention_spend_model) IS 'a row for each parameter: estimate, standard error and 95 % interval, symmetric in the logarithm; the last three are NULL at a boundary where the data do not tell them';

CREATE FUNCTION model_info(model retention_purchase_model)
	RETURNS TABLE (model text, customers bigint, repeat_customers bigint, left_out bigint, log_likelihood double precision,
	aic double precision, bic double precision, iterations integer, gradient double precision, status text)
	AS 'MODULE_PATHNAME', 'retention_model_info' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1;
CREATE FUNCTION model_info(model retention_spend_model)
	RETURNS TABLE (model text, customers bigint, repeat_customers bigint, left_out bigint, log_likelihood double precision,
	aic double precision, bic double precision, iterations integer, gradient double precision, status text)
	AS 'MODULE_PATHNAME', 'retention_model_info' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION model_info(retention_purchase_model) IS 'one row of a fit: model, customers, those with a repeat order, log-likelihood in days, Akaike''s and the Bayesian criterion, steps, largest derivative a customer, and status: ok, no_dropout, uniform_rate or uniform_dropout';
COMMENT ON FUNCTION model_info(retention_spend_model) IS 'one row of a fit: model, customers, those left out, whose repeat orders were worth 0 or less, log-likelihood, Akaike''s and the Bayesian criterion, steps, largest derivative a customer, and status: ok, uniform_spend or no_mean';

CREATE FUNCTION p_alive(model retention_purchase_model, x integer, t_x integer, t integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_p_alive' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
CREATE FUNCTION p_alive(model retention_purchase_model, history retention_history, as_of date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_p_alive_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION p_alive(retention_purchase_model, integer, integer, integer) IS 'probability that a customer has not left, by x, t_x and t in days, as of history_rfm; 22023 if nobody can have these';
COMMENT ON FUNCTION p_alive(retention_purchase_model, retention_history, date) IS 'probability that a customer has not left, by the history before as_of; NULL without an order before it';

CREATE FUNCTION expected_orders(model retention_purchase_model, x integer, t_x integer, t integer, days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_expected_orders' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
CREATE FUNCTION expected_orders(model retention_purchase_model, history retention_history, as_of date, days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_expected_orders_history' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
CREATE FUNCTION expected_orders(model retention_purchase_model, days integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_expected_orders_new' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION expected_orders(retention_purchase_model, integer, integer, integer, integer) IS 'expected order days of a customer in the next days, by x, t_x and t in days, as of history_rfm; 22023 for negative days and where nobody can have these';
COMMENT ON FUNCTION expected_orders(retention_purchase_model, retention_history, date, integer) IS 'expected order days of a customer in so many days from as_of, by the history before it; NULL without an order before as_of; 22023 for negative days';
COMMENT ON FUNCTION expected_orders(retention_purchase_model, integer) IS 'expected repeat order days of a new customer in the days after the first order; 22023 for negative days';

CREATE FUNCTION expected_spend(model retention_spend_model, history retention_history, as_of date) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_expected_spend' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION expected_spend(retention_spend_model, retention_history, date) IS 'expected money of a future order day of a customer, by those after the first and before as_of; that of a new customer where they are worth 0 or less; NULL without an order before as_of, and where the model has no mean';

CREATE FUNCTION customer_lifetime_value(model retention_purchase_model, spend_model retention_spend_model, history retention_history,
	as_of date, days integer, annual_discount double precision DEFAULT 0.10) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_customer_lifetime_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION customer_lifetime_value(retention_purchase_model, retention_spend_model, retention_history, date, integer, double precision) IS 'expected money of a customer''s orders in so many days from as_of, discounted from day to day; NULL where expected_spend is; 22023 for negative days and a discount not in (-1, 1000]';

CREATE FUNCTION expected_total(model retention_purchase_model, counts retention_rfm, days integer)
	RETURNS TABLE (customers bigint, expected double precision, ci_low double precision, ci_high double precision,
	prediction_low double precision, prediction_high double precision, revenue double precision,
	revenue_ci_low double precision, revenue_ci_high double precision,
	revenue_prediction_low double precision, revenue_prediction_high double precision)
	AS 'MODULE_PATHNAME', 'retention_expected_total' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000000 ROWS 1;
CREATE FUNCTION expected_total(model retention_purchase_model, counts retention_rfm, spend_model retention_spend_model, days integer)
	RETURNS TABLE (customers bigint, expected double precision, ci_low double precision, ci_high double precision,
	prediction_low double precision, prediction_high double precision, revenue double precision,
	revenue_ci_low double precision, revenue_ci_high double precision,
	revenue_prediction_low double precision, revenue_prediction_high double precision)
	AS 'MODULE_PATHNAME', 'retention_expected_total_revenue' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000000 ROWS 1;
COMMENT ON FUNCTION expected_total(retention_purchase_model, retention_rfm, integer) IS 'order days of all customers of the counts in the days after them, new customers not included: the expectation with a 95 % interval of it, for what is not known of the parameters, and a 95 % interval of the number that will come, for chance as well; intervals are NULL for a model at a boundary, revenue columns always; 22023 for negative days';
COMMENT ON FUNCTION expected_total(retention_purchase_model, retention_rfm, retention_spend_model, integer) IS 'the same with the revenue of these orders; its prediction is NULL where the spend has no variance (q at most 2); 22023 for counts without amounts';

CREATE FUNCTION order_frequencies(model retention_purchase_model, counts retention_rfm)
	RETURNS TABLE (orders integer, actual bigint, expected double precision)
	AS 'MODULE_PATHNAME', 'retention_order_frequencies' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 20;
COMMENT ON FUNCTION order_frequencies(retention_purchase_model, retention_rfm) IS 'customers by number of repeat order days, up to 100, and how many the model expects';

CREATE FUNCTION holdout_check(model retention_purchase_model, counts retention_rfm)
	RETURNS TABLE (orders integer, customers bigint, actual bigint, expected double precision)
	AS 'MODULE_PATHNAME', 'retention_holdout_check' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 20;
COMMENT ON FUNCTION holdout_check(retention_purchase_model, retention_rfm) IS 'by number of repeat order days before the holdout: customers, their order days in the holdout, and those expected; 22023 for counts without a holdout';

CREATE FUNCTION holdout_accuracy(model retention_purchase_model, counts retention_rfm)
	RETURNS TABLE (measure text, model double precision, zero double precision, own_rate double precision, nbd double precision)
	AS 'MODULE_PATHNAME', 'retention_holdout_accuracy' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000 ROWS 4;
COMMENT ON FUNCTION holdout_accuracy(retention_purchase_model, retention_rfm) IS 'rows bias, rmse, mae, log_score: errors in order days of a customer in the holdout, of the model and of three that need none: nobody comes, each at x / t a day, and a model without dropout; log_score, the mean logarithm of the probability of what came, is NULL for the first two; 22023 for counts without a holdout';
