-- An order of stored values, so that DISTINCT, UNIQUE, ORDER BY and GROUP BY work on them in any plan.

--@ each @TYPE@
--@      retention_summary
--@      retention_history
--@      retention_survival
--@      retention_rfm
--@      retention_purchase_model
--@      retention_spend_model
--@      retention_survival_model
CREATE FUNCTION @TYPE@_lt(@TYPE@, @TYPE@) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @TYPE@_le(@TYPE@, @TYPE@) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @TYPE@_gt(@TYPE@, @TYPE@) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @TYPE@_ge(@TYPE@, @TYPE@) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @TYPE@_cmp(@TYPE@, @TYPE@) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_stored_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @TYPE@_lt(@TYPE@, @TYPE@) IS 'support function of the operator <: before, by the canonical bytes';
COMMENT ON FUNCTION @TYPE@_le(@TYPE@, @TYPE@) IS 'support function of the operator <=: before or equal, by the canonical bytes';
COMMENT ON FUNCTION @TYPE@_gt(@TYPE@, @TYPE@) IS 'support function of the operator >: after, by the canonical bytes';
COMMENT ON FUNCTION @TYPE@_ge(@TYPE@, @TYPE@) IS 'support function of the operator >=: after or equal, by the canonical bytes';
COMMENT ON FUNCTION @TYPE@_cmp(@TYPE@, @TYPE@) IS 'support function of an operator class: order by the canonical bytes: less than 0, 0, greater than 0';

CREATE OPERATOR < (
	LEFTARG = @TYPE@, RIGHTARG = @TYPE@, FUNCTION = @TYPE@_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
	LEFTARG = @TYPE@, RIGHTARG = @TYPE@, FUNCTION = @TYPE@_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
	LEFTARG = @TYPE@, RIGHTARG = @TYPE@, FUNCTION = @TYPE@_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
	LEFTARG = @TYPE@, RIGHTARG = @TYPE@, FUNCTION = @TYPE@_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR < (@TYPE@, @TYPE@) IS 'before, by the canonical bytes';
COMMENT ON OPERATOR <= (@TYPE@, @TYPE@) IS 'before or equal, by the canonical bytes';
COMMENT ON OPERATOR > (@TYPE@, @TYPE@) IS 'after, by the canonical bytes';
COMMENT ON OPERATOR >= (@TYPE@, @TYPE@) IS 'after or equal, by the canonical bytes';

CREATE OPERATOR FAMILY @TYPE@_ops USING btree;
CREATE OPERATOR CLASS @TYPE@_ops DEFAULT FOR TYPE @TYPE@ USING btree FAMILY @TYPE@_ops AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 @TYPE@_cmp(@TYPE@, @TYPE@);
COMMENT ON OPERATOR FAMILY @TYPE@_ops USING btree IS 'order of the canonical bytes';
COMMENT ON OPERATOR CLASS @TYPE@_ops USING btree IS 'order of the canonical bytes';
--@ end
