-- Planning of retention_agg. What an aggregate costs is asked before the scan node (src/scan/) is offered, so that the
-- library which offers it is loaded by then, whatever a session has planned before.

CREATE FUNCTION retention_agg_support(internal) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_agg_support(internal) IS 'support function of the planner: loads the library, and leaves it at the declared cost';
