-- What stored values have in common: an order of their bytes, soft input errors; what a summary says it is.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';

-- DISTINCT, UNIQUE, ORDER BY, GROUP BY by sorting.
CREATE TEMP TABLE v AS
SELECT i, retention_agg(c, date '2024-01-01' + c * i % 50, c, 'month') AS s, history_agg(date '2024-01-01' + c * i % 50, c) AS h,
	survival_agg(c * i % 50, c % 2 = 0) AS t
FROM generate_series(1, 12) i, generate_series(1, 40) c GROUP BY i;
SET enable_hashagg = off;
SELECT count(*), count(DISTINCT s) AS s, count(DISTINCT h) AS h, count(DISTINCT t) AS t
	FROM (SELECT * FROM v UNION ALL SELECT * FROM v) twice;
SELECT count(*) FROM (SELECT DISTINCT s FROM (SELECT * FROM v UNION ALL SELECT * FROM v) twice) d;
RESET enable_hashagg;
CREATE TABLE kept (s retention_summary UNIQUE, h retention_history UNIQUE, t retention_survival UNIQUE);
INSERT INTO kept SELECT s, h, t FROM v;
\set VERBOSITY terse
INSERT INTO kept SELECT s, NULL, NULL FROM v WHERE i = 3;
INSERT INTO kept SELECT NULL, h, NULL FROM v WHERE i = 3;
INSERT INTO kept SELECT NULL, NULL, t FROM v WHERE i = 3;
\set VERBOSITY default
SET enable_seqscan = off;
SELECT count(*) FROM v, kept k WHERE k.s = v.s AND k.h = v.h AND k.t = v.t;
RESET enable_seqscan;
DROP TABLE kept;
-- the order is that of bytea, of all comparisons and of any two values
CREATE FUNCTION pg_temp.bytes(anyelement) RETURNS bytea LANGUAGE sql AS $$ SELECT decode($1::text, 'base64') $$;
SELECT count(*), count(*) FILTER (WHERE a.s < b.s) AS less FROM v a, v b
	WHERE (a.s < b.s) = (pg_temp.bytes(a.s) < pg_temp.bytes(b.s)) AND (a.s <= b.s) = (pg_temp.bytes(a.s) <= pg_temp.bytes(b.s))
	AND (a.s > b.s) = (pg_temp.bytes(a.s) > pg_temp.bytes(b.s)) AND (a.s >= b.s) = (pg_temp.bytes(a.s) >= pg_temp.bytes(b.s))
	AND (a.h < b.h) = (pg_temp.bytes(a.h) < pg_temp.bytes(b.h)) AND (a.h >= b.h) = (pg_temp.bytes(a.h) >= pg_temp.bytes(b.h))
	AND (a.t < b.t) = (pg_temp.bytes(a.t) < pg_temp.bytes(b.t)) AND (a.t >= b.t) = (pg_temp.bytes(a.t) >= pg_temp.bytes(b.t))
	AND retention_summary_cmp(a.s, b.s) = -retention_summary_cmp(b.s, a.s) AND (retention_history_cmp(a.h, b.h) = 0) = (a.h = b.h);
SELECT array_agg(i ORDER BY s) = array_agg(i ORDER BY pg_temp.bytes(s)) AS summaries,
	array_agg(i ORDER BY h DESC) = array_agg(i ORDER BY pg_temp.bytes(h) DESC) AS histories,
	array_agg(i ORDER BY t) = array_agg(i ORDER BY pg_temp.bytes(t)) AS survivals FROM v;

-- Whether a text is a value can be asked from PostgreSQL 16 on; before, the answers are made up.
CREATE FUNCTION pg_temp.is_valid(text, text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
BEGIN
	IF current_setting('server_version_num')::int >= 160000 THEN
		EXECUTE 'SELECT message, detail FROM pg_input_error_info($1, $2)' INTO message, detail USING $1, $2;
		RETURN format('%s: %s', message, detail);
	END IF;
	EXECUTE format('SELECT %L::%s', $1, $2);
	RETURN ': ';
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN format('%s: %s', message, detail);
END $$;
SELECT type, text, pg_temp.is_valid(text, type) FROM unnest('{retention_summary,retention_history,retention_survival}'::text[]) type,
	unnest('{x,AQ==,////}'::text[]) text ORDER BY 1, 2;
SELECT pg_temp.is_valid(s::text, 'retention_summary'), pg_temp.is_valid(h::text, 'retention_history'),
	pg_temp.is_valid(t::text, 'retention_survival') FROM v WHERE i = 1;

-- What a summary is.
CREATE TEMP TABLE k AS
SELECT 'plain' AS kind, retention_agg(1, date '2024-01-01', unit) AS s FROM unnest('{day,week,month,quarter,year}'::text[]) unit GROUP BY unit
UNION ALL SELECT 'amounts', retention_agg(1, date '2024-01-01', 5, 'month')
UNION ALL SELECT 'days', retention_agg((SELECT history_agg(date '2024-01-01')), 'month', '30 days')
UNION ALL SELECT 'months', retention_agg((SELECT history_agg(date '2024-01-01')), 'week', '2 months')
UNION ALL SELECT 'anchored', anchored_retention_agg(1, date '2024-01-02', date '2024-01-01', 'month');
SELECT kind, period_unit(s), age_window(s), has_amounts(s), is_anchored(s) FROM k ORDER BY kind, period_unit(s);
SELECT period_unit(NULL), age_window(NULL), has_amounts(NULL), is_anchored(NULL);

DROP TABLE v, k;
