-- An order of stored values, so that DISTINCT, UNIQUE, ORDER BY and GROUP BY work on them in any plan.

CREATE FUNCTION retention_summary_lt(retention_summary, retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_le(retention_summary, retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_gt(retention_summary, retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_ge(retention_summary, retention_summary) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_summary_cmp(retention_summary, retention_summary) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_stored_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_lt(retention_summary, retention_summary) IS 'before, by the canonical bytes';
COMMENT ON FUNCTION retention_summary_le(retention_summary, retention_summary) IS 'before or equal, by the canonical bytes';
COMMENT ON FUNCTION retention_summary_gt(retention_summary, retention_summary) IS 'after, by the canonical bytes';
COMMENT ON FUNCTION retention_summary_ge(retention_summary, retention_summary) IS 'after or equal, by the canonical bytes';
COMMENT ON FUNCTION retention_summary_cmp(retention_summary, retention_summary) IS 'order by the canonical bytes: less than 0, 0, greater than 0';

CREATE OPERATOR < (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR < (retention_summary, retention_summary) IS 'before, by the canonical bytes';
COMMENT ON OPERATOR <= (retention_summary, retention_summary) IS 'before or equal, by the canonical bytes';
COMMENT ON OPERATOR > (retention_summary, retention_summary) IS 'after, by the canonical bytes';
COMMENT ON OPERATOR >= (retention_summary, retention_summary) IS 'after or equal, by the canonical bytes';

CREATE OPERATOR FAMILY retention_summary_ops USING btree;
CREATE OPERATOR CLASS retention_summary_ops DEFAULT FOR TYPE retention_summary USING btree FAMILY retention_summary_ops AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 retention_summary_cmp(retention_summary, retention_summary);
COMMENT ON OPERATOR FAMILY retention_summary_ops USING btree IS 'order of the canonical bytes';
COMMENT ON OPERATOR CLASS retention_summary_ops USING btree IS 'order of the canonical bytes';

CREATE FUNCTION retention_history_lt(retention_history, retention_history) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_le(retention_history, retention_history) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_gt(retention_history, retention_history) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_ge(retention_history, retention_history) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_history_cmp(retention_history, retention_history) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_stored_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_history_lt(retention_history, retention_history) IS 'before, by the canonical bytes';
COMMENT ON FUNCTION retention_history_le(retention_history, retention_history) IS 'before or equal, by the canonical bytes';
COMMENT ON FUNCTION retention_history_gt(retention_history, retention_history) IS 'after, by the canonical bytes';
COMMENT ON FUNCTION retention_history_ge(retention_history, retention_history) IS 'after or equal, by the canonical bytes';
COMMENT ON FUNCTION retention_history_cmp(retention_history, retention_history) IS 'order by the canonical bytes: less than 0, 0, greater than 0';

CREATE OPERATOR < (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
	LEFTARG = retention_history, RIGHTARG = retention_history, FUNCTION = retention_history_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR < (retention_history, retention_history) IS 'before, by the canonical bytes';
COMMENT ON OPERATOR <= (retention_history, retention_history) IS 'before or equal, by the canonical bytes';
COMMENT ON OPERATOR > (retention_history, retention_history) IS 'after, by the canonical bytes';
COMMENT ON OPERATOR >= (retention_history, retention_history) IS 'after or equal, by the canonical bytes';

CREATE OPERATOR FAMILY retention_history_ops USING btree;
CREATE OPERATOR CLASS retention_history_ops DEFAULT FOR TYPE retention_history USING btree FAMILY retention_history_ops AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 retention_history_cmp(retention_history, retention_history);
COMMENT ON OPERATOR FAMILY retention_history_ops USING btree IS 'order of the canonical bytes';
COMMENT ON OPERATOR CLASS retention_history_ops USING btree IS 'order of the canonical bytes';

CREATE FUNCTION retention_survival_lt(retention_survival, retention_survival) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_survival_le(retention_survival, retention_survival) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_survival_gt(retention_survival, retention_survival) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_survival_ge(retention_survival, retention_survival) RETURNS boolean
	AS 'MODULE_PATHNAME', 'retention_stored_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION retention_survival_cmp(retention_survival, retention_survival) RETURNS integer
	AS 'MODULE_PATHNAME', 'retention_stored_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_survival_lt(retention_survival, retention_survival) IS 'before, by the canonical bytes';
COMMENT ON FUNCTION retention_survival_le(retention_survival, retention_survival) IS 'before or equal, by the canonical bytes';
COMMENT ON FUNCTION retention_survival_gt(retention_survival, retention_survival) IS 'after, by the canonical bytes';
COMMENT ON FUNCTION retention_survival_ge(retention_survival, retention_survival) IS 'after or equal, by the canonical bytes';
COMMENT ON FUNCTION retention_survival_cmp(retention_survival, retention_survival) IS 'order by the canonical bytes: less than 0, 0, greater than 0';

CREATE OPERATOR < (
	LEFTARG = retention_survival, RIGHTARG = retention_survival, FUNCTION = retention_survival_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
CREATE OPERATOR <= (
	LEFTARG = retention_survival, RIGHTARG = retention_survival, FUNCTION = retention_survival_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
CREATE OPERATOR > (
	LEFTARG = retention_survival, RIGHTARG = retention_survival, FUNCTION = retention_survival_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
CREATE OPERATOR >= (
	LEFTARG = retention_survival, RIGHTARG = retention_survival, FUNCTION = retention_survival_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR < (retention_survival, retention_survival) IS 'before, by the canonical bytes';
COMMENT ON OPERATOR <= (retention_survival, retention_survival) IS 'before or equal, by the canonical bytes';
COMMENT ON OPERATOR > (retention_survival, retention_survival) IS 'after, by the canonical bytes';
COMMENT ON OPERATOR >= (retention_survival, retention_survival) IS 'after or equal, by the canonical bytes';

CREATE OPERATOR FAMILY retention_survival_ops USING btree;
CREATE OPERATOR CLASS retention_survival_ops DEFAULT FOR TYPE retention_survival USING btree FAMILY retention_survival_ops AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 retention_survival_cmp(retention_survival, retention_survival);
COMMENT ON OPERATOR FAMILY retention_survival_ops USING btree IS 'order of the canonical bytes';
COMMENT ON OPERATOR CLASS retention_survival_ops USING btree IS 'order of the canonical bytes';
