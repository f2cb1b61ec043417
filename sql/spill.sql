-- Customers beyond work_mem * hash_mem_multiplier go to a temporary file: the same bytes, and no file left.
SET retention.enable_scan = off;
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET max_parallel_workers_per_gather = 0;
SET hash_mem_multiplier = 1;

CREATE TABLE orders AS
SELECT c.customer, md5(c.customer::text)::uuid AS uuid, 'customer number ' || c.customer AS name,
       timestamptz '2023-01-01' + (hashint8(g) & 1048575) * interval '1 minute' AS ordered_at,
       -- the scale grows and a few amounts are too wide for 64 bits, late in the table
       CASE WHEN g % 50000 = 49999 THEN 1e20 + g WHEN g % 997 = 0 THEN -1 ELSE g % 100 END
         / CASE WHEN g > 250000 THEN 1000.0 ELSE 1 END AS amount,
       g / 3 AS order_id
FROM generate_series(1, 300000) g, LATERAL (SELECT (hashint8(g / 2) & 1048575) % 120000 AS customer) c;
ANALYZE orders;

-- Documents whose hashes are all the same under any seed: elements that are 32 apart change places.
CREATE TABLE colliding AS
SELECT n, (SELECT jsonb_agg(CASE WHEN i % 32 < 13 AND n >> (i % 32) & 1 = 1 THEN (i + 32) % 64 ELSE i END ORDER BY i)
           FROM generate_series(0, 44) i) AS doc
FROM generate_series(0, 7999) n;
SELECT count(DISTINCT doc) AS docs, count(DISTINCT jsonb_hash_extended(doc, 1)) AS hashes,
       count(DISTINCT jsonb_hash_extended(doc, 987654321)) AS hashes FROM colliding;

-- Runs the query with memory enough and with little, and compares; an error unless only the second writes
-- temporary files.
CREATE FUNCTION same_spilled(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  roomy text;
  tight text;
  plan json;
BEGIN
  SET LOCAL work_mem = '256MB';
  EXECUTE query INTO roomy;
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
  IF (plan->0->'Plan'->>'Temp Written Blocks')::int > 0 THEN
    RAISE 'temporary files in spite of memory: %', query;
  END IF;
  SET LOCAL work_mem = '64kB';
  EXECUTE query INTO tight;
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
  IF (plan->0->'Plan'->>'Temp Written Blocks')::int = 0 THEN
    RAISE 'no temporary file: %', query;
  END IF;
  RETURN roomy = tight AND roomy IS NOT NULL;
END $$;

SELECT same_spilled('SELECT retention_agg(customer, ordered_at, ''month'') FROM orders');
SELECT same_spilled('SELECT retention_agg(customer::bigint, ordered_at, ''day'') FROM orders');
SELECT same_spilled('SELECT retention_agg(uuid, ordered_at, ''week'') FROM orders');
SELECT same_spilled('SELECT retention_agg(name, ordered_at, ''month'') FROM orders');
SELECT same_spilled('SELECT retention_agg(customer::numeric, ordered_at, ''month'') FROM orders');
SELECT same_spilled('SELECT retention_agg(customer, ordered_at, amount, ''month'') FROM orders');
SELECT same_spilled('SELECT retention_agg(name, ordered_at, amount, ''quarter'') FROM orders WHERE amount < 1000');
SELECT same_spilled('SELECT repeat_purchase_rate(name) FROM orders');
SELECT same_spilled('SELECT repeat_purchase_rate(name, order_id) FROM orders');
SELECT same_spilled('SELECT repeat_purchase_rate(customer, order_id::text) FROM orders');
SELECT same_spilled('SELECT retention_rate(name, ordered_at, ''2024-01-01'', ''2024-03-01'') FROM orders');

SELECT same_spilled('SELECT retention_agg(doc, date ''2024-01-01'' + n % 99, ''week'') FROM colliding, generate_series(1, 2)');
-- ids and wide amounts are memory as well: few customers, but more than 4 MB
SELECT same_spilled('SELECT repeat_purchase_rate(customer, rpad(order_id::text, 500, ''x'')) FROM orders WHERE order_id % 10 = 0');
SELECT same_spilled('SELECT repeat_purchase_rate(customer, 10::numeric ^ 1000 + order_id) FROM orders WHERE order_id % 10 = 0');
SELECT same_spilled('SELECT retention_agg(customer, ordered_at, 10::numeric ^ 1000 + amount, ''month'') FROM orders WHERE customer < 6000');
SELECT same_spilled('SELECT anchored_retention_agg(customer, ordered_at, at, 10::numeric ^ 1000 + amount, ''month'') FROM orders, (SELECT min(ordered_at) + interval ''1 year'' AS at FROM orders) x WHERE customer < 3000');
-- as well as the amount that the segment is on, beside the customer's revenue
SELECT same_spilled('SELECT segmented_retention_agg(n, date ''2024-01-01'', 10::numeric ^ 1000 + n, ''s''::text, ''month'') FROM colliding WHERE n < 5000');
-- keys so long that a batch, a block and a range of the file hold one or a few
SELECT same_spilled('SELECT retention_agg(repeat(name, 10000), ordered_at, ''month'') FROM orders WHERE customer < 60');

-- The groups of a hash aggregate share the memory. It does not spill itself: all groups come early.
CREATE FUNCTION groups_spill(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  roomy text;
  tight text;
  plan text;
BEGIN
  SET LOCAL enable_sort = off;
  SET LOCAL jit = off;
  SET LOCAL work_mem = '256MB';
  EXECUTE query INTO roomy;
  SET LOCAL work_mem = '4MB';
  EXECUTE query INTO tight;
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
  IF plan !~ '"HashAgg Batches": 1,' OR plan !~ '"Temp Written Blocks": [1-9]' THEN
    RAISE 'more batches, or no temporary file: %', query;
  END IF;
  RETURN roomy = tight AND roomy IS NOT NULL;
END $$;

SELECT groups_spill('SELECT sum(hashtextextended(s::text, shop)) FROM (SELECT customer % 50 AS shop, retention_agg(order_id, ordered_at, ''month'') AS s FROM orders GROUP BY 1) x');
SELECT groups_spill('SELECT sum(hashtextextended(s::text, shop)) FROM (SELECT customer % 20 AS shop, retention_agg(name, ordered_at, amount, ''month'') AS s FROM orders GROUP BY 1) x');
-- one large group beside small ones, and two aggregates
SELECT groups_spill('SELECT sum(hashtextextended(s::text || r, shop)) FROM (SELECT CASE WHEN customer % 10 = 0 THEN customer % 100 ELSE 1 END AS shop, retention_agg(uuid, ordered_at, ''month'') AS s, repeat_purchase_rate(name) AS r FROM orders GROUP BY 1) x');
-- grouping sets, each with a memory context of its own
SELECT same_spilled('SELECT sum(hashtextextended(s::text, g)) FROM (SELECT GROUPING(customer % 30, order_id % 7) AS g, retention_agg(customer, ordered_at, ''month'') AS s FROM orders GROUP BY GROUPING SETS (customer % 30, order_id % 7)) x');

-- The same where workers and the leader spill what they have.
CREATE FUNCTION same_spilled_in_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  roomy text;
  tight text;
  plan text;
BEGIN
  SET LOCAL work_mem = '256MB';
  EXECUTE query INTO roomy;
  SET LOCAL work_mem = '64kB';
  SET LOCAL max_parallel_workers_per_gather = 2;
  SET LOCAL parallel_setup_cost = 0;
  SET LOCAL parallel_tuple_cost = 0;
  SET LOCAL min_parallel_table_scan_size = 0;
  EXECUTE query INTO tight;
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ' || query INTO plan;
  IF plan !~ '"Partial Mode": "Partial"' OR plan !~ '"Temp Written Blocks": [1-9]' THEN
    RAISE 'not parallel, or no temporary file: %', query;
  END IF;
  RETURN roomy = tight AND roomy IS NOT NULL;
END $$;

SELECT same_spilled_in_parallel('SELECT retention_agg(customer, ordered_at, ''month'') FROM orders');
SELECT same_spilled_in_parallel('SELECT retention_agg(name, ordered_at, ''day'') FROM orders');
SELECT same_spilled_in_parallel('SELECT retention_agg(customer::numeric, ordered_at, amount, ''month'') FROM orders');
SELECT same_spilled_in_parallel('SELECT retention_agg(doc, date ''2024-01-01'' + n % 99, ''week'') FROM colliding');
SELECT same_spilled_in_parallel('SELECT repeat_purchase_rate(name, order_id) FROM orders');
SELECT same_spilled_in_parallel('SELECT retention_rate(name, ordered_at, ''2024-01-01'', ''2024-03-01'') FROM orders');

-- the money is all there
SET work_mem = '64kB';
SELECT revenue(s) + unattributed_revenue(s) = (SELECT sum(amount) FROM orders) AS to_the_penny,
       customers(s) = (SELECT count(DISTINCT customer) FROM orders WHERE amount >= 0) AS customers
FROM (SELECT retention_agg(customer, ordered_at, amount, 'month') AS s FROM orders) x;

-- rescanned, in a cursor that is not read to its end, and cancelled: the next one is right again
SELECT count(DISTINCT s::text) AS once
FROM generate_series(1, 3) i, LATERAL (SELECT retention_agg(customer, ordered_at + (i - i) * interval '1 day', 'month') AS s FROM orders) x;
BEGIN;
DECLARE c CURSOR FOR SELECT retention_agg(customer, ordered_at, 'month') FROM orders GROUP BY customer % 2;
MOVE 1 FROM c;
CLOSE c;
COMMIT;
SELECT retention_agg(customer, ordered_at, CASE WHEN order_id = 99999 THEN 'NaN' ELSE amount END, 'month') FROM orders;
DO $$
BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      PERFORM retention_agg(customer, CASE WHEN order_id = 99990 THEN 'infinity' ELSE ordered_at END, 'month') FROM orders;
    EXCEPTION WHEN datetime_field_overflow THEN NULL;
    END;
  END LOOP;
END $$;
SELECT same_spilled('SELECT retention_agg(customer, ordered_at, ''month'') FROM orders');
SELECT count(*) AS files_left FROM pg_ls_tmpdir() WHERE name LIKE 'pgsql_tmp' || pg_backend_pid() || '.%';

-- a limit on temporary files holds
SET temp_file_limit = '100kB';
\set VERBOSITY sqlstate
SELECT retention_agg(customer, ordered_at, 'month') FROM orders;
\set VERBOSITY default
RESET temp_file_limit;

-- the last rows of a group, applied when it is read, may be those that outgrow the memory
SET work_mem = '4MB';
SET hash_mem_multiplier = 2;
SELECT customers(retention_agg(i, date '2024-01-01' + i % 9, 'month')) FROM generate_series(1, 73800) i;

DROP FUNCTION same_spilled(text);
DROP FUNCTION groups_spill(text);
DROP TABLE orders, colliding;
