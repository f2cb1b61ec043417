-- The milliseconds that a query over the tables of a schema takes, for tables of times.
CREATE FUNCTION pg_temp.once(schema text, query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
	begun timestamptz;
	answer record;
BEGIN
	PERFORM set_config('search_path', schema || ', public', false);
	begun := clock_timestamp();
	EXECUTE query INTO answer;
	RETURN extract(epoch FROM clock_timestamp() - begun) * 1000;
END $$;
