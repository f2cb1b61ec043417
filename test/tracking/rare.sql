SET search_path = t, public;
CREATE FUNCTION copy_orders() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY t.a (customer, at, amount) FROM %L', current_setting('data_directory') || '/orders.copy');
END $$;
-- Seldom, and filled again in the same transaction.
CREATE FUNCTION truncate_one(of_table text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF random() < 0.5 THEN RETURN; END IF;
	EXECUTE format('TRUNCATE t.%I', of_table);
	IF random() < 0.3 THEN RETURN; END IF;
	FOR i IN 1 .. 500 LOOP PERFORM t.one_change(of_table); END LOOP;
END $$;
-- What row triggers do not see: partitions that come, go and are emptied, triggers that are off for a time.
CREATE FUNCTION alter_one() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	kind int := floor(random() * 6);
	name text;
BEGIN
	SET LOCAL lock_timeout = '200ms';
	IF kind = 0 THEN
		ALTER TABLE t.b DETACH PARTITION t.b1;
		INSERT INTO t.b1 (id, customer, at) VALUES (0, 'k' || t.who(), '2024-01-01');
		IF random() < 0.5 THEN DELETE FROM t.b1 WHERE at < '2024-02-01'; END IF;
		ALTER TABLE t.b ATTACH PARTITION t.b1 FOR VALUES FROM (MINVALUE) TO ('2024-05-01');
	ELSIF kind = 1 THEN
		TRUNCATE t.b2;
		FOR i IN 1 .. 100 LOOP PERFORM t.one_change('b'); END LOOP;
	ELSIF kind = 2 THEN
		name := (SELECT min(tgname) FROM pg_trigger WHERE tgrelid = 't.c'::regclass AND tgname LIKE 'retention%rows');
		EXECUTE format('ALTER TABLE t.c DISABLE TRIGGER %I', name);
		INSERT INTO t.c (customer, at, amount) VALUES (t.customer_c(), t.moment(), t.money());
		EXECUTE format('ALTER TABLE t.c ENABLE ALWAYS TRIGGER %I', name);
	ELSIF kind = 3 THEN
		ALTER TABLE t.d RENAME COLUMN note TO remark;
		ALTER TABLE t.d RENAME COLUMN remark TO note;
	ELSIF kind = 4 THEN
		ALTER TABLE t.d ADD COLUMN extra int DEFAULT 7;
		ALTER TABLE t.d DROP COLUMN extra;
	ELSE
		CLUSTER t.a USING a_pkey;
	END IF;
EXCEPTION WHEN lock_not_available OR deadlock_detected OR unique_violation THEN
	NULL;
END $$;
