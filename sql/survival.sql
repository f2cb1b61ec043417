-- Days until something happens: survival_agg, survival_curve, survival_at, survival_quantile. test/r compares with R.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- By hand: events on days 2 and 4 of six customers who are watched for 1 to 6 days. S = 4/5, then 4/5 * 2/3.
CREATE TEMP TABLE watched (customer int, days int, happened boolean);
INSERT INTO watched VALUES (1, 1, false), (2, 2, true), (3, 3, false), (4, 4, true), (5, 5, false), (6, 6, false);
CREATE TEMP TABLE s AS SELECT survival_agg(days, happened) AS s FROM watched;
SELECT days, n_risk, n_event, n_censored, round(repeat_probability::numeric, 6) AS p, round(std_error::numeric, 6) AS error,
	round(ci_low::numeric, 6) AS low, round(ci_high::numeric, 6) AS high FROM s, survival_curve(s);
-- nothing before the first event, nobody after the last day; days asked for twice, and in any order
SELECT days, n_risk, n_event, round(repeat_probability::numeric, 6) AS p, round(std_error::numeric, 6) AS error,
	round(ci_low::numeric, 6) AS low, round(ci_high::numeric, 6) AS high FROM s, survival_at(s, '{6,0,1,3,4,4,2,7,2147483647}');
SELECT count(*) FROM s, survival_at(s, '{}');
-- 0.2 is reached on day 2 and stays until day 4
SELECT p, q.* FROM s, unnest('{0,0.1,0.2,0.21,0.46666666666666667,0.5,1}'::float8[]) p, survival_quantile(s, p) q;
SELECT q.* FROM (SELECT survival_agg(d, true) AS s FROM generate_series(1, 5) d) x, survival_quantile(s) q;
SELECT q.* FROM (SELECT survival_agg(d, false) AS s FROM generate_series(1, 5) d) x, survival_quantile(s, 0) q;
SELECT count(*) FROM survival_curve((SELECT survival_agg(d, false) FROM generate_series(1, 5) d));

-- The aggregate: no row, one NULL, one row, two rows, NULLs among rows, any order, windows, groups.
SELECT survival_agg(1, true) FROM generate_series(1, 0);
SELECT survival_agg(NULL, true), survival_agg(1, NULL) FILTER (WHERE true), survival_agg(1, true) FILTER (WHERE false);
SELECT survival_agg(1, true), survival_agg(0, false);
SELECT survival_agg(d, h) = survival_agg(d, h) FILTER (WHERE d IS NOT NULL AND h IS NOT NULL) AS same
	FROM (VALUES (1, true), (NULL, true), (3, NULL), (1, false), (NULL, NULL)) v(d, h);
SELECT count(DISTINCT s::text) FROM (SELECT survival_agg(days, happened ORDER BY customer * n % 7) AS s
	FROM watched, generate_series(1, 6) n GROUP BY n) x;
SELECT customer, n.n_risk, n.n_event FROM (SELECT customer, survival_agg(days, happened) OVER (ORDER BY customer) AS s FROM watched) w,
	survival_at(s, '{2}') n ORDER BY customer;
SELECT survival_agg(-1, true);
SELECT survival_agg(2147483647, true);

-- Sums: of groups in any order, and of what the parts of a parallel plan have counted.
CREATE TEMP TABLE many AS SELECT g * 7919 % 1009 AS days, g * 31 % 7 < 3 AS happened, g % 5 AS part FROM generate_series(1, 20000) g;
ANALYZE many;
SELECT sum(s) = (SELECT survival_agg(days, happened) FROM many) AS same, count(*) FROM
	(SELECT survival_agg(days, happened) AS s FROM many GROUP BY part) p;
SELECT a.s + b.s = c.s AS same, a.s + b.s = b.s + a.s AS either_way, a.s <> b.s AS differ, a.s = b.s AS equal
FROM (SELECT survival_agg(days, happened) AS s FROM many WHERE part < 2) a,
	(SELECT survival_agg(days, happened) AS s FROM many WHERE part >= 2) b, (SELECT survival_agg(days, happened) AS s FROM many) c;
CREATE TABLE survival_many AS SELECT * FROM many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_partial(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		IF line LIKE '%Partial Aggregate%' THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;
SELECT pg_temp.is_partial('SELECT survival_agg(days, happened) FROM survival_many');
SELECT survival_agg(days, happened) = (SELECT survival_agg(days, happened) FROM many) AS same FROM survival_many;
SELECT survival_agg(days, happened) FILTER (WHERE days < 0) FROM survival_many;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
DROP TABLE survival_many;

-- The type: text and binary form come back as they were; grouped and hashed by its bytes.
SELECT s::text::retention_survival = s AS same, length(s::text) FROM s;
CREATE TEMP TABLE copied (s retention_survival);
COPY s TO PROGRAM 'cat > retention_survival.copy' (FORMAT binary);
COPY copied FROM PROGRAM 'cat retention_survival.copy && rm retention_survival.copy' (FORMAT binary);
SELECT copied.s = s.s AS same FROM copied, s;
SELECT count(*) FROM (SELECT s FROM s UNION SELECT s FROM s) x;
SELECT retention_survival_hash(s) = retention_survival_hash(s::text::retention_survival) AND
	retention_survival_hash_extended(s, 1) <> retention_survival_hash_extended(s, 2) FROM s;
-- malformed: not base64, empty, another version, no day, one too many, neither event nor censored, the most customers and one too
-- many, more behind, another spelling
SELECT 'x'::retention_survival;
SELECT ''::retention_survival;
CREATE FUNCTION pg_temp.survival_error(text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN 'accepted ' || ($1::retention_survival)::text;
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;
SELECT b, pg_temp.survival_error(encode(b, 'base64')) FROM unnest(ARRAY['\x02010500', '\x0100', '\x01020500', '\x01010400',
	'\x010105ffffffffffffffffff01', '\x010105ffffffffffffff0f', '\x0101050000', '\x01', '\x0102fdffffff1f000500',
	'\x010205000500', '\x0101850000']::bytea[]) b;

-- Arguments.
SELECT * FROM s, survival_at(s, NULL);
SELECT * FROM s, survival_at(s, '{1,NULL}');
SELECT * FROM s, survival_at(s, '{1,-1}');
SELECT count(*) FROM survival_at(NULL::retention_survival, '{1}');
SELECT count(*) FROM survival_at(NULL::retention_summary, '{1}');
SELECT count(*) FROM survival_curve(NULL);
SELECT survival_quantile(s, 1.5) FROM s;
SELECT survival_quantile(s, 'NaN') FROM s;
SELECT survival_quantile(s, NULL) IS NULL, survival_quantile(NULL::retention_survival) IS NULL FROM s;

-- The same of a summary's first and second orders, with an end of the report.
CREATE TEMP TABLE summary AS SELECT retention_agg(c, date '2024-01-01' + c % 5 + n * c, 'month') AS s
	FROM generate_series(1, 40) c, generate_series(0, 1) n WHERE n = 0 OR c % 3 = 0;
SELECT days, n_risk, n_event, round(repeat_probability::numeric, 6) AS p FROM summary, survival_at(s, '{0,10,20,30,60}');
SELECT days, n_risk, n_event, round(repeat_probability::numeric, 6) AS p FROM summary, survival_at(s, '{0,10,20,30,60}', '2024-03-31');
SELECT q.*, late.* FROM summary, survival_quantile(s, 0.25) q, survival_quantile(s, 0.25, '2024-12-31') late;
SELECT * FROM summary, survival_at(s, '{1}', '2024-01-01');
SELECT survival_quantile(retention_agg(1, NULL::date, 'month')) IS NULL;

DROP TABLE watched, s, many, summary, copied;
