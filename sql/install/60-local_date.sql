-- Local dates in a named time zone.

CREATE FUNCTION retention_local_date(instant timestamptz, timezone text) RETURNS date
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_local_date(timestamptz, text) IS 'support function of the table functions: local date of an instant in a time zone: (instant AT TIME ZONE timezone)::date, faster';

