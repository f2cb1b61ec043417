-- retention(VARIADIC boolean[]): which conditions a user met.

CREATE FUNCTION retention_transfn(boolean[], VARIADIC boolean[]) RETURNS boolean[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_combinefn(boolean[], boolean[]) RETURNS boolean[]
	AS 'MODULE_PATHNAME', 'retention_transfn' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION retention_finalfn(boolean[]) RETURNS boolean[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_transfn(boolean[], boolean[]) IS 'support function of an aggregate: transition';
COMMENT ON FUNCTION retention_combinefn(boolean[], boolean[]) IS 'support function of an aggregate: combine';
COMMENT ON FUNCTION retention_finalfn(boolean[]) IS 'support function of an aggregate: final';

CREATE AGGREGATE retention(VARIADIC conditions boolean[]) (
	SFUNC = retention_transfn,
	STYPE = boolean[],
	FINALFUNC = retention_finalfn,
	COMBINEFUNC = retention_combinefn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention(boolean[]) IS 'result[1]: any row had condition 1; result[i]: result[1] and any row had condition i; NULL counts as false';

