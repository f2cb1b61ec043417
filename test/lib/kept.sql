-- Is a call of a table function the same from what is kept, in one snapshot? The same error is named. Or why is it from scratch?
CREATE FUNCTION kept(call text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	kept text;
	scratch text;
	error text;
BEGIN
	PERFORM set_config('retention.tracking', 'off', true);
	BEGIN
		EXECUTE format('SELECT array_agg(r::text)::text FROM %s r', call) INTO scratch;
	EXCEPTION WHEN data_exception OR insufficient_privilege THEN
		scratch := SQLERRM;
	END;
	PERFORM set_config('retention.tracking', 'require', true);
	BEGIN
		EXECUTE format('SELECT array_agg(r::text)::text FROM %s r', call) INTO kept;
	EXCEPTION
		WHEN object_not_in_prerequisite_state THEN
			RETURN SQLERRM;
		WHEN data_exception OR insufficient_privilege THEN
			kept := SQLERRM;
			error := SQLERRM;
	END;
	RETURN CASE WHEN kept IS DISTINCT FROM scratch THEN format('differs: %s from scratch: %s', left(kept, 200), left(scratch, 200))
		ELSE concat_ws(': ', 'same', error) END;
END $$;
