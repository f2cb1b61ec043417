-- sum over summaries, by the state and the support functions of 52-history_summary.sql.

CREATE AGGREGATE sum(retention_summary) (
	SFUNC = retention_summary_transfn,
	STYPE = retention_summary_state,
	FINALFUNC = retention_summary_finalfn,
	COMBINEFUNC = retention_summary_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sum(retention_summary) IS 'sum of summaries of disjoint customers; NULL over none';
