-- How many customers have which history of repeat buying: what models of it are fitted to.

--@ stored_type retention_rfm
COMMENT ON TYPE retention_rfm IS 'how many customers have which history before a day: order days after the first, days from the first to the last of them, days watched, order days in a holdout, and money of the repeat order days; additive over disjoint customers, storable, without keys';

CREATE FUNCTION retention_rfm_add(retention_rfm, retention_rfm) RETURNS retention_rfm
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_rfm_add(retention_rfm, retention_rfm) IS 'support function of the operator +: customers of both, who are disjoint; 22023 unless as_of, holdout and having amounts are the same';
CREATE OPERATOR + (
	LEFTARG = retention_rfm, RIGHTARG = retention_rfm, FUNCTION = retention_rfm_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (retention_rfm, retention_rfm) IS 'customers of both, who are disjoint';

--@ state_type retention_rfm_state
COMMENT ON TYPE retention_rfm_state IS 'state of rfm_agg and sum on its way between processes; not for tables';

CREATE FUNCTION rfm_agg_transfn(retention_rfm_state, retention_history, date) RETURNS retention_rfm_state
	AS 'MODULE_PATHNAME', 'retention_rfm_agg_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_transfn(retention_rfm_state, retention_history, date, date) RETURNS retention_rfm_state
	AS 'MODULE_PATHNAME', 'retention_rfm_agg_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_transfn(retention_rfm_state, retention_rfm) RETURNS retention_rfm_state
	AS 'MODULE_PATHNAME', 'retention_rfm_agg_sum_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_combinefn(retention_rfm_state, retention_rfm_state) RETURNS retention_rfm_state
	AS 'MODULE_PATHNAME', 'retention_rfm_agg_combinefn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION rfm_agg_finalfn(retention_rfm_state) RETURNS retention_rfm
	AS 'MODULE_PATHNAME', 'retention_rfm_agg_finalfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION rfm_agg_transfn(retention_rfm_state, retention_history, date) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION rfm_agg_transfn(retention_rfm_state, retention_history, date, date) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION rfm_agg_transfn(retention_rfm_state, retention_rfm) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION rfm_agg_combinefn(retention_rfm_state, retention_rfm_state) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION rfm_agg_finalfn(retention_rfm_state) IS 'support function of an aggregate: final';

CREATE AGGREGATE rfm_agg(history retention_history, as_of date) (
	SFUNC = rfm_agg_transfn,
	STYPE = retention_rfm_state,
	SSPACE = 128,
	FINALFUNC = rfm_agg_finalfn,
	COMBINEFUNC = rfm_agg_combinefn,
	PARALLEL = SAFE
);
CREATE AGGREGATE rfm_agg(history retention_history, as_of date, holdout_from date) (
	SFUNC = rfm_agg_transfn,
	STYPE = retention_rfm_state,
	SSPACE = 128,
	FINALFUNC = rfm_agg_finalfn,
	COMBINEFUNC = rfm_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rfm_agg(retention_history, date) IS 'histories of customers before as_of, a history each, counted for models of repeat buying; customers whose first order is not before as_of are skipped, NULL without others; 22023 where as_of changes, for histories with and without amounts, and for more than 65535 days of one customer; 22004 without as_of';
COMMENT ON AGGREGATE rfm_agg(retention_history, date, date) IS 'the same of the days before holdout_from, with the number of order days from there to before as_of; 22023 unless holdout_from is before as_of';

CREATE AGGREGATE sum(retention_rfm) (
	SFUNC = rfm_agg_transfn,
	STYPE = retention_rfm_state,
	SSPACE = 256,
	FINALFUNC = rfm_agg_finalfn,
	COMBINEFUNC = rfm_agg_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(retention_rfm) IS 'customers of all, who are disjoint; NULL over none';
