-- Days until something happens: to the second order, from a summary, or from anything to anything.

CREATE FUNCTION time_to_repeat(summary retention_summary, as_of date DEFAULT NULL)
	RETURNS TABLE (days integer, n_risk bigint, n_event bigint, n_censored bigint,
	repeat_probability double precision, std_error double precision,
	ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_time_to_repeat' LANGUAGE C STABLE PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION time_to_repeat(retention_summary, date) IS 'Kaplan-Meier estimate of the share of customers with a second order so many days after the first, a row for each number of days on which there was one';

--@ stored_type retention_survival
COMMENT ON TYPE retention_survival IS 'after how many days something happened to how many customers, and how many were watched for how long without it: additive over disjoint customers, storable';

CREATE FUNCTION retention_survival_add(retention_survival, retention_survival) RETURNS retention_survival
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_survival_add(retention_survival, retention_survival) IS 'support function of the operator +: times of both, of disjoint customers; 54000 if too many';
CREATE OPERATOR + (
	LEFTARG = retention_survival, RIGHTARG = retention_survival, FUNCTION = retention_survival_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (retention_survival, retention_survival) IS 'times of both, of disjoint customers';

CREATE FUNCTION survival_agg_transfn(internal, integer, boolean) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_survival_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION survival_agg_combinefn(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_survival_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION survival_agg_serialfn(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'retention_survival_serialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION survival_agg_deserialfn(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'retention_survival_deserialfn' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION survival_agg_finalfn(internal) RETURNS retention_survival
	AS 'MODULE_PATHNAME', 'retention_survival_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_agg_transfn(internal, integer, boolean) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION survival_agg_combinefn(internal, internal) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION survival_agg_serialfn(internal) IS 'support function of an aggregate: serialize';
COMMENT ON FUNCTION survival_agg_deserialfn(bytea, internal) IS 'support function of an aggregate: deserialize';
COMMENT ON FUNCTION survival_agg_finalfn(internal) IS 'support function of an aggregate: final';

CREATE AGGREGATE survival_agg(days integer, happened boolean) (
	SFUNC = survival_agg_transfn,
	STYPE = internal,
	SSPACE = 512,
	FINALFUNC = survival_agg_finalfn,
	COMBINEFUNC = survival_agg_combinefn,
	SERIALFUNC = survival_agg_serialfn,
	DESERIALFUNC = survival_agg_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE survival_agg(integer, boolean) IS 'times of customers, a row each: the days until something happened to it, or for which it was watched without; rows with a NULL are skipped, 22023 for negative days, NULL over no rows; read with survival_curve, survival_at, survival_quantile';

CREATE AGGREGATE sum(retention_survival) (
	SFUNC = retention_survival_add,
	STYPE = retention_survival,
	COMBINEFUNC = retention_survival_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(retention_survival) IS 'times of all, of disjoint customers; NULL over none';

CREATE FUNCTION survival_curve(survival retention_survival)
	RETURNS TABLE (days integer, n_risk bigint, n_event bigint, n_censored bigint,
	repeat_probability double precision, std_error double precision,
	ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_survival_curve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION survival_curve(retention_survival) IS 'Kaplan-Meier estimate of the share of customers to whom it has happened so many days after their start, with Greenwood''s standard error and 95 % log-log interval; a row for each number of days on which it happened';

CREATE FUNCTION survival_at(survival retention_survival, days integer[])
	RETURNS TABLE (days integer, n_risk bigint, n_event bigint,
	repeat_probability double precision, std_error double precision,
	ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_survival_at' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 10;
CREATE FUNCTION survival_at(summary retention_summary, days integer[], as_of date DEFAULT NULL)
	RETURNS TABLE (days integer, n_risk bigint, n_event bigint,
	repeat_probability double precision, std_error double precision,
	ci_low double precision, ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_survival_at_summary' LANGUAGE C STABLE PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION survival_at(retention_survival, integer[]) IS 'survival_curve at the numbers of days asked for, ascending, n_event since the one before; the estimate is NULL after the longest time that anybody was watched';
COMMENT ON FUNCTION survival_at(retention_summary, integer[], date) IS 'time_to_repeat at the numbers of days asked for, ascending, n_event since the one before; the estimate is NULL after the longest time that anybody was watched';

CREATE FUNCTION survival_quantile(survival retention_survival, p double precision DEFAULT 0.5,
	OUT days double precision, OUT ci_low double precision, OUT ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_survival_quantile' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION survival_quantile(summary retention_summary, p double precision DEFAULT 0.5, as_of date DEFAULT NULL,
	OUT days double precision, OUT ci_low double precision, OUT ci_high double precision)
	AS 'MODULE_PATHNAME', 'retention_survival_quantile_summary' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION survival_quantile(retention_survival, double precision) IS 'days after which it has happened to a share p of the customers (the median by default), and those at which the bounds of the 95 % interval reach p, as quantile.survfit of R; NULL where that is not reached';
COMMENT ON FUNCTION survival_quantile(retention_summary, double precision, date) IS 'days from the first order after which a share p of the customers have a second one (the median by default), and those at which the bounds of the 95 % interval reach p, as quantile.survfit of R; NULL where that is not reached';
