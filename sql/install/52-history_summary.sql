-- Aggregates whose state is a flat value: retention_agg over histories, sum over summaries.

--@ state_type retention_summary_state
COMMENT ON TYPE retention_summary_state IS 'transition state of retention_agg over histories and of sum, not for tables';

CREATE FUNCTION retention_summary_combinefn(retention_summary_state, retention_summary_state) RETURNS retention_summary_state
	AS 'MODULE_PATHNAME', 'retention_summary_agg_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_summary_finalfn(retention_summary_state) RETURNS retention_summary
	AS 'MODULE_PATHNAME', 'retention_summary_agg_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_combinefn(retention_summary_state, retention_summary_state) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION retention_summary_finalfn(retention_summary_state) IS 'support function of an aggregate: final';

CREATE FUNCTION retention_summary_transfn(retention_summary_state, retention_summary) RETURNS retention_summary_state
	AS 'MODULE_PATHNAME', 'retention_summary_agg_sum_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_transfn(retention_summary_state, retention_summary) IS 'support function of an aggregate: transition';

CREATE FUNCTION retention_summary_transfn(retention_summary_state, retention_history, text) RETURNS retention_summary_state
	AS 'MODULE_PATHNAME', 'retention_summary_agg_history_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_transfn(retention_summary_state, retention_history, text) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_agg(history retention_history, period text) (
	SFUNC = retention_summary_transfn,
	STYPE = retention_summary_state,
	FINALFUNC = retention_summary_finalfn,
	COMBINEFUNC = retention_summary_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(retention_history, text) IS 'summary of customers by their histories, one each; NULL over none';

CREATE FUNCTION retention_summary_transfn(retention_summary_state, retention_history, text, interval) RETURNS retention_summary_state
	AS 'MODULE_PATHNAME', 'retention_summary_agg_history_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_transfn(retention_summary_state, retention_history, text, interval) IS 'support function of an aggregate: transition';
CREATE AGGREGATE retention_agg(history retention_history, period text, age_window interval) (
	SFUNC = retention_summary_transfn,
	STYPE = retention_summary_state,
	FINALFUNC = retention_summary_finalfn,
	COMBINEFUNC = retention_summary_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(retention_history, text, interval) IS 'summary of customers by their histories, age counted in windows since each customer''s first order; NULL over none';

-- anchored_retention_agg over histories: a row without cohort_day is skipped, one without history introduces a customer.

--@ each @WINDOW@               | @INTERVAL@ | @AGE@
--@                             |            |
--@      , age_window interval  | , interval | , age counted in windows since cohort_day
CREATE FUNCTION retention_anchored_summary_transfn(retention_summary_state, retention_history, date, text@INTERVAL@) RETURNS retention_summary_state
	AS 'MODULE_PATHNAME', 'retention_summary_agg_anchored_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_anchored_summary_transfn(retention_summary_state, retention_history, date, text@INTERVAL@) IS 'support function of an aggregate: transition';
CREATE AGGREGATE anchored_retention_agg(history retention_history, cohort_day date, period text@WINDOW@) (
	SFUNC = retention_anchored_summary_transfn,
	STYPE = retention_summary_state,
	FINALFUNC = retention_summary_finalfn,
	COMBINEFUNC = retention_summary_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE anchored_retention_agg(retention_history, date, text@INTERVAL@) IS 'summary of customers by their histories and the period of cohort_day, one each@AGE@; without history, a customer who has not ordered; NULL over none';
--@ end
