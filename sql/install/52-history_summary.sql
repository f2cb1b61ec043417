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

-- anchored_: a row without cohort_day is skipped, one without history introduces a customer. bracket_: names of their own,
-- as another type of age_window would make a call with untyped literals ambiguous.

--@ each @AGGREGATE@                    | @TRANSFN@                                      | @DAY@            | @DATE@  | @AGES@                     | @TYPE@       | @SYMBOL@          | @BY@
--@      anchored_retention_agg         | retention_anchored_summary_transfn             | cohort_day date, | date,   |                            |              | anchored          | their histories and the period of cohort_day, one each; without history, a customer who has not ordered
--@      anchored_retention_agg         | retention_anchored_summary_transfn             | cohort_day date, | date,   | , age_window interval      | , interval   | anchored          | their histories and the period of cohort_day, one each, age counted in windows since cohort_day; without history, a customer who has not ordered
--@      bracket_retention_agg          | retention_bracket_summary_transfn              |                  |         | , age_bounds interval[]    | , interval[] | brackets          | their histories, one each, age counted in brackets since each customer''s first order
--@      anchored_bracket_retention_agg | retention_anchored_bracket_summary_transfn     | cohort_day date, | date,   | , age_bounds interval[]    | , interval[] | anchored_brackets | their histories and the period of cohort_day, one each, age counted in brackets since cohort_day; without history, a customer who has not ordered
CREATE FUNCTION @TRANSFN@(retention_summary_state, retention_history, @DATE@ text@TYPE@) RETURNS retention_summary_state
	AS 'MODULE_PATHNAME', 'retention_summary_agg_@SYMBOL@_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @TRANSFN@(retention_summary_state, retention_history, @DATE@ text@TYPE@) IS 'support function of an aggregate: transition';
CREATE AGGREGATE @AGGREGATE@(history retention_history, @DAY@ period text@AGES@) (
	SFUNC = @TRANSFN@,
	STYPE = retention_summary_state,
	FINALFUNC = retention_summary_finalfn,
	COMBINEFUNC = retention_summary_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE @AGGREGATE@(retention_history, @DATE@ text@TYPE@) IS 'summary of customers by @BY@; NULL over none';
--@ end
