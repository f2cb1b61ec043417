-- Models of contracts: how long customers go on ordering in every period.

--@ stored_type retention_survival_model
COMMENT ON TYPE retention_survival_model IS 'a model of how long customers stay that was fitted: its parameters, their covariance, what it was fitted to';
COMMENT ON FUNCTION retention_survival_model_in(cstring) IS 'support function of a type: text input: the model in words; 22P02 if malformed';
COMMENT ON FUNCTION retention_survival_model_out(retention_survival_model) IS 'support function of a type: text output: the model in words';

CREATE FUNCTION sbg_fit(summary retention_summary, as_of date DEFAULT NULL) RETURNS retention_survival_model
	AS 'MODULE_PATHNAME', 'retention_sbg_fit' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
CREATE FUNCTION bdw_fit(summary retention_summary, as_of date DEFAULT NULL) RETURNS retention_survival_model
	AS 'MODULE_PATHNAME', 'retention_bdw_fit' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION sbg_fit(retention_summary, date) IS 'sBG, the shifted beta-geometric model, by maximum likelihood: customers of age 0 who ordered in every period since, of complete cells; parameters alpha, beta; NULL for no summary; 22023 where no cohort is complete up to age 1, nobody left, as_of is not after the last order, for age bounds and for summaries of 1.0; a WARNING where the maximum is at a boundary';
COMMENT ON FUNCTION bdw_fit(retention_summary, date) IS 'BdW, the beta discrete Weibull model, by maximum likelihood: sBG with a chance to leave that changes with age; parameters alpha, beta, c; arguments and errors as of sbg_fit';

CREATE FUNCTION survival(model retention_survival_model, age integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_model_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
CREATE FUNCTION retention_at(model retention_survival_model, age integer) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_model_retention_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
CREATE FUNCTION residual_lifetime(model retention_survival_model, age integer, discount double precision) RETURNS double precision
	AS 'MODULE_PATHNAME', 'retention_model_residual_lifetime' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION survival(retention_survival_model, integer) IS 'part of the customers of age 0 who order in every period up to an age; 22023 for a negative age';
COMMENT ON FUNCTION retention_at(retention_survival_model, integer) IS 'part of those who have ordered in every period up to the age before who do at this one as well; 22023 for an age below 1';
COMMENT ON FUNCTION residual_lifetime(retention_survival_model, integer, double precision) IS 'periods to come, the present one not counted, of a customer who has ordered in every one up to an age; the first counts in full, each one after it less by the discount of a period; Infinity where there is no finite expectation; 22023 for a negative age and a discount not in [0, 1000]';

CREATE FUNCTION model_parameters(model retention_survival_model)
	RETURNS TABLE (parameter text, estimate double precision, std_error double precision, ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_model_parameters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 3;
CREATE FUNCTION model_info(model retention_survival_model)
	RETURNS TABLE (model text, customers bigint, repeat_customers bigint, left_out bigint, log_likelihood double precision,
	aic double precision, bic double precision, iterations integer, gradient double precision, status text)
	AS 'MODULE_PATHNAME', 'retention_model_info' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION model_parameters(retention_survival_model) IS 'a row for each parameter: estimate, standard error and 95 % interval, symmetric in the logarithm; the last three are NULL at a boundary where the data do not tell them';
COMMENT ON FUNCTION model_info(retention_survival_model) IS 'one row of a fit: model, customers watched beyond age 0, as repeat_customers those of them who left, log-likelihood, Akaike''s and the Bayesian criterion, steps, largest derivative a customer, and status: ok or uniform_dropout';
