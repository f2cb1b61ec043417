-- Is a call of a table function the same from what is kept, in one snapshot? Or why is it from scratch?
CREATE FUNCTION kept(call text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
	kept text;
	scratch text;
BEGIN
	PERFORM set_config('retention.tracking', 'off', true);
	EXECUTE format('SELECT array_agg(r::text)::text FROM %s r', call) INTO scratch;
	PERFORM set_config('retention.tracking', 'require', true);
	BEGIN
		EXECUTE format('SELECT array_agg(r::text)::text FROM %s r', call) INTO kept;
	EXCEPTION WHEN object_not_in_prerequisite_state THEN
		RETURN SQLERRM;
	END;
	RETURN CASE WHEN kept IS NOT DISTINCT FROM scratch THEN 'same' ELSE format('differs: %s from scratch: %s', left(kept, 200), left(scratch, 200)) END;
END $$;
