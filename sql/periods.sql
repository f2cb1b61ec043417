-- Periods of the user's own: weeks, quarters and years that begin where they like, calendars, retail calendars.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

CREATE PROCEDURE pg_temp.fails(query text, show_hint boolean DEFAULT true) LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE query;
	RAISE INFO 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RAISE INFO '% % (%)%', SQLSTATE, SQLERRM, detail, CASE WHEN show_hint THEN ' [' || hint || ']' ELSE '' END;
END $$;

-- One form each, whatever is given; the same from rows and from histories.
SELECT given, period_unit(retention_agg(1, day, given)) AS unit, retention_agg(1, day, given) = retention_agg(history, given) AS same
FROM (SELECT date '2024-03-05' AS day, history_agg(date '2024-03-05') AS history) h, unnest('{day,WEEK,week(monday),week(tuesday),Week ( Wednesday ),week(thursday),week(friday),week(saturday),WEEK(SUNDAY),month,
	quarter,quarter(january),quarter(february),quarter(march),quarter(april),quarter(may),quarter(june),quarter(july),quarter(august),quarter(september),
	quarter(october),quarter(november),quarter(december),year,year(january),year(february),year(april),year( december )}'::text[]
	|| ARRAY['calendar(2024-01-28,2024-02-25 , 2024-03-31)', E'Calendar ( 0044-03-15 BC,\n\t1999-12-31, 2024-03-05, 10000-01-01 )']) WITH ORDINALITY g(given, n)
GROUP BY n, given ORDER BY n;
-- what is none, and why
DO $$
DECLARE
	given text;
BEGIN
	FOREACH given IN ARRAY ARRAY['', 'week()', 'week(sun)', 'week(sunday', 'week(sunday) ', ' week(sunday)', 'week sunday', 'week(february)', 'month(april)', 'day(sunday)', 'quarter(13)',
		'year(sunday)', 'year(april)(april)', 'weekly', 'calendar', 'calendar()', 'calendar(2024-01-28)', 'calendar(2024-01-28,)', 'calendar(2024-01-28, 2024-02-25', 'calendar(2024-01-28 2024-02-25)',
		'calendar(2024-01-28, 2024-01-28)', 'calendar(2024-02-25, 2024-01-28)', 'calendar(2024-02-30, 2024-03-01)', 'calendar(2023-02-29, 2024-03-01)', 'calendar(2024-13-01, 2025-01-01)',
		'calendar(0000-01-01, 2025-01-01)', 'calendar(24-01-01, 2025-01-01)', 'calendar(2024-1-1, 2025-01-01)', 'calendar(4714-11-23 BC, 2025-01-01)', 'calendar(2024-01-28, 5874898-01-01)',
		'calendar(2024-01-28, infinity)', 'calendar(2024-01-28, 2024-02-25) x', repeat('calendar ', 20), 'calendar(' || repeat(U&'\20AC', 6)] LOOP
		CALL pg_temp.fails(format('SELECT retention_agg(1, date %L, %L)', '2024-02-01', given), false);
	END LOOP;
END $$;
-- one of the aggregates and functions that take a period each
CALL pg_temp.fails($$SELECT retention_agg(1, date '2024-02-01', 'week(sun)')$$);
CALL pg_temp.fails($$SELECT retention_agg(h, 'year(4)') FROM (SELECT history_agg(date '2024-02-01') AS h) h$$);
CALL pg_temp.fails($$SELECT anchored_retention_agg(1, date '2024-02-01', date '2024-02-01', 'quarter()')$$);
CALL pg_temp.fails($$SELECT cohort_retention('pg_class', 'oid', 'relname', 'calendar(2024-02-01)')$$);
CALL pg_temp.fails($$SELECT periods(retention_agg(1, date '2024-02-01', 'day'), report_by => 'year(apr)')$$);
-- from 1 to 16,384 periods
SELECT length(period_calendar(array_agg(date '2000-01-01' + i ORDER BY i), date '2000-01-01' + 16384)) AS bytes FROM generate_series(0, 16383) i;
SELECT count(*), max(period) FROM periods((SELECT retention_agg(1, date '2000-01-01' + d, (SELECT period_calendar(array_agg(date '2000-01-01' + i ORDER BY i), date '2000-01-01' + 16384)
	FROM generate_series(0, 16383) i)) FROM unnest('{0,16383}'::int[]) d));
CALL pg_temp.fails($$SELECT retention_agg(1, date '2000-02-01', (SELECT 'calendar(' || string_agg((date '2000-01-01' + i)::text, ',' ORDER BY i) || ')' FROM generate_series(0, 16385) i))$$, false);

-- Against plain SQL: the first day of the period of each day around the present, where the tables of calendars begin
-- and end, and around the turn of the era.
CREATE TEMP TABLE days AS SELECT r.n AS range, row_number() OVER (ORDER BY d) AS customer, d
FROM (VALUES (1, date '1968-11-15'), (2, '2022-12-20'), (3, '2118-11-15'), (4, '0002-11-15 BC')) r(n, start), LATERAL (SELECT start + i FROM generate_series(0, 1000) i) x(d);
CREATE TEMP TABLE units AS
SELECT format('week(%s)', name) AS unit, 'week' AS kind, n::int AS begins FROM unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) WITH ORDINALITY w(name, n)
UNION ALL SELECT format('%s(%s)', kind, name), kind, CASE kind WHEN 'quarter' THEN (n - 1) % 3 ELSE n - 1 END::int FROM unnest('{quarter,year}'::text[]) kind,
	unnest('{january,february,march,april,may,june,july,august,september,october,november,december}'::text[]) WITH ORDINALITY m(name, n);
CREATE TEMP TABLE expected AS
SELECT range, unit, first, count(*) AS customers FROM days, units, LATERAL (SELECT CASE kind WHEN 'week' THEN d - (extract(isodow FROM d)::int + 7 - begins) % 7
	ELSE (date_trunc(kind, d - make_interval(months => begins)) + make_interval(months => begins))::date END) f(first) GROUP BY range, unit, first;
CREATE TEMP TABLE found AS
SELECT range, unit, period, p.new_customers, lead(period) OVER (PARTITION BY range, unit ORDER BY period) AS next, complete, as_of
FROM (SELECT range, unit, retention_agg(customer, d, unit) AS s, max(d) + 1 AS as_of FROM days, units GROUP BY range, unit) t, periods(s, as_of => as_of) p;
SELECT count(*) AS periods, count(*) FILTER (WHERE first IS NULL OR period IS NULL OR customers <> new_customers) AS differences,
	count(*) FILTER (WHERE complete <> (coalesce(next, as_of + 400) <= as_of) AND NOT (next IS NULL AND complete)) AS wrongly_complete
FROM expected e FULL JOIN found f ON (e.range, e.unit, e.first) = (f.range, f.unit, f.period);
SELECT count(*), count(*) FILTER (WHERE by_rows <> by_histories) AS differences, count(DISTINCT by_rows::text) AS different
FROM (SELECT unit, retention_agg(customer, d, unit) AS by_rows FROM days, units WHERE range = 2 GROUP BY unit) a
	JOIN (SELECT unit, retention_agg(h, unit) AS by_histories FROM (SELECT customer, history_agg(d) AS h FROM days WHERE range = 2 GROUP BY customer) c, units GROUP BY unit) b USING (unit);

-- A calendar: its periods are numbered, and end.
CREATE TEMP TABLE shop (customer text, day date, amount numeric, signed_up date);
INSERT INTO shop VALUES ('A', '2024-01-28', 10, '2024-01-28'), ('A', '2024-02-24', 20, '2024-01-28'), ('A', '2024-04-28', 5, '2024-01-28'), ('B', '2024-02-25', 8, '2024-02-01'),
	('B', '2024-03-31', 9, '2024-02-01'), ('B', '2024-04-30', -2, '2024-02-01'), ('C', '2024-05-25', 7, '2024-05-25');
CREATE FUNCTION pg_temp.spring() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'calendar(2024-01-28, 2024-02-25, 2024-03-31, 2024-04-28, 2024-05-26)' $$;
CREATE TEMP TABLE s AS SELECT retention_agg(customer, day, amount, pg_temp.spring()) AS s FROM shop;
SELECT cohort, age, period, cohort_size, c.customers, c.revenue, complete FROM s, cohorts(s, '2024-05-26') c;
SELECT period, opening_customers AS opening, new_customers AS new, retained_customers AS retained, reactivated_customers AS back, churned_customers AS churned, p.revenue, complete
FROM s, periods(s, 1, '2024-05-26') p;
SELECT period, opening_revenue AS opening, new_revenue AS new, reactivated_revenue AS back, expansion_revenue AS up, contraction_revenue AS down, churned_revenue AS churned, revenue, complete
FROM s, revenue_periods(s, '2024-05-26');
-- through the day of the last order, nothing after that is complete
SELECT max(period) AS last, count(*) FILTER (WHERE complete) AS complete, count(*) FROM s, periods(s);
-- the last period of all is complete with its end
SELECT period, complete FROM periods((SELECT retention_agg(1, date '2024-05-25', pg_temp.spring())));
SELECT period, complete FROM s, periods(s, as_of => '2024-05-26') WHERE period = '2024-04-28';
-- a refund in the last period falls from the one after it, which there is not
SELECT period, opening_revenue, churned_revenue, revenue FROM s, revenue_periods(s, '2024-05-26') WHERE period >= '2024-03-31';
-- a report may end before it; never after
CALL pg_temp.fails($$SELECT count(*) FROM cohorts((SELECT retention_agg(1, date '2024-01-28', 'calendar(2024-01-28, 2024-02-25)')), '2024-02-26')$$);
CALL pg_temp.fails($$SELECT count(*) FROM cohort_retention('shop', 'customer', 'day', 'calendar(2024-01-28, 2024-02-25)', as_of => '2024-02-26')$$);
SELECT count(*) FROM cohort_retention('shop', 'customer', 'day', 'calendar(2024-01-28, 2024-02-25)', as_of => '2024-02-25');
-- ages in windows: the day of the window may be after the end
SELECT cohort, age, c.customers, complete FROM cohorts((SELECT retention_agg(h, pg_temp.spring(), '20 days') FROM (SELECT customer, history_agg(day) AS h FROM shop WHERE amount > 0 GROUP BY customer) h), '2024-05-26') c;
-- nothing outside is dropped: order, money, anchor; the first such row is named
CALL pg_temp.fails($$SELECT retention_agg(1, d, 'calendar(2024-01-28, 2024-02-25)') FROM unnest('{2024-01-28,2024-01-27,2024-02-25}'::date[]) d$$);
CALL pg_temp.fails($$SELECT retention_agg(1, d, 'calendar(2024-01-28, 2024-02-25)') FROM unnest('{2024-02-24,2024-02-25}'::timestamptz[]) d$$, false);
CALL pg_temp.fails($$SELECT retention_agg(1, d, a, 'calendar(2024-01-28, 2024-02-25)') FROM (VALUES (date '2024-02-24', 5), ('2024-03-01', -5)) o(d, a)$$, false);
CALL pg_temp.fails($$SELECT anchored_retention_agg(1, date '2024-02-01', date '2024-01-20', 'calendar(2024-01-28, 2024-02-25)')$$, false);
CALL pg_temp.fails($$SELECT anchored_retention_agg(1, date '2024-01-20', date '2024-02-01', 'calendar(2024-01-28, 2024-02-25)')$$, false);
CALL pg_temp.fails($$SELECT anchored_retention_agg(1, NULL::date, date '2024-02-25', 'calendar(2024-01-28, 2024-02-25)')$$, false);
CALL pg_temp.fails($$SELECT segmented_retention_agg(1, date '2024-01-20', 'x', 'calendar(2024-01-28, 2024-02-25)')$$, false);
CALL pg_temp.fails($$SELECT retention_agg(h, 'calendar(2024-01-28, 2024-02-25)') FROM (SELECT history_agg(d, a) AS h FROM (VALUES (date '2024-02-24', 5), ('2024-03-01', -5)) o(d, a)) x$$, false);
CALL pg_temp.fails($$SELECT anchored_retention_agg(h, date '2024-02-10', 'calendar(2024-01-28, 2024-02-25)') FROM (SELECT history_agg(d) AS h FROM unnest('{2024-01-20,2024-02-11}'::date[]) d) x$$, false);
CALL pg_temp.fails($$SELECT * FROM cohort_retention('shop', 'customer', 'day', 'calendar(2024-01-28, 2024-02-25)')$$, false);
CALL pg_temp.fails($$SELECT * FROM cohort_retention('shop', 'customer', 'day', 'calendar(2024-01-28, 2024-05-01)', order_id => 'amount')$$, false);
CALL pg_temp.fails($$SELECT * FROM cohort_retention('shop', 'customer', 'day', 'calendar(2024-01-28, 2024-05-01)', segment => 'customer')$$, false);
CALL pg_temp.fails($$SELECT * FROM cohort_retention('shop', 'customer', 'day', 'calendar(2024-01-29, 2024-06-01)', age_window => '30 days')$$, false);
CALL pg_temp.fails($$SELECT * FROM cohort_customers('shop', 'customer', 'day', '2024-02-25', 0, 'calendar(2024-01-28, 2024-02-25, 2024-05-01)')$$, false);
CALL pg_temp.fails($$SELECT * FROM cohort_customers('shop', 'customer', 'day', '2024-05-26', 0, pg_temp.spring())$$, false);
-- a row without customer or time is no row
SELECT customers(retention_agg(c, d, 'calendar(2024-01-28, 2024-02-25)')) FROM (VALUES (1, date '2024-02-01'), (NULL, '2025-01-01'), (2, NULL)) o(c, d);
-- who is behind a cell, of the last period and beyond it
SELECT age, customer, ordered, c.orders FROM generate_series(0, 4) age, cohort_customers('shop', 'customer', 'day', '2024-01-30', age, pg_temp.spring()) c WHERE customer = 'A';

-- A calendar may grow: what is stored adds to what is made later, whichever is first.
CREATE TEMP TABLE grown AS
SELECT g.n, g.unit, retention_agg(o.c, o.d, g.unit) AS s FROM (VALUES (1, 'calendar(2024-01-28, 2024-02-25, 2024-03-31)'), (2, 'calendar(2024-01-28, 2024-02-25, 2024-03-31, 2024-04-28)'),
	(3, 'calendar(2024-01-28, 2024-02-25)')) g(n, unit), LATERAL (SELECT n * 10 + c AS c, date '2024-01-28' + c * 3 + c % 2 AS d FROM generate_series(1, 7) c) o GROUP BY g.n, g.unit;
SELECT a.n, b.n, period_unit(a.s + b.s) AS unit, (a.s + b.s) = (b.s + a.s) AS either_way, customers(a.s + b.s),
	(a.s + b.s) = (SELECT retention_agg(c, d, unit) FROM (SELECT unit FROM grown WHERE n IN (a.n, b.n) ORDER BY length(unit) DESC LIMIT 1) u,
		LATERAL (SELECT x.n * 10 + c AS c, date '2024-01-28' + c * 3 + c % 2 AS d FROM grown x, generate_series(1, 7) c WHERE x.n IN (a.n, b.n)) o) AS as_at_once
FROM grown a, grown b WHERE a.n < b.n ORDER BY 1, 2;
SELECT period_unit(sum(s)) AS unit, sum(s ORDER BY n) = sum(s ORDER BY n DESC) AS either_way FROM grown;
SELECT period_unit(retention_agg(1, d, u ORDER BY n)) AS rows, period_unit(retention_agg(1, d, u ORDER BY n DESC)) AS rows_back, period_unit(retention_agg(h, u ORDER BY n)) AS histories,
	period_unit(retention_agg(h, u ORDER BY n DESC)) AS histories_back FROM (SELECT n, unit AS u, date '2024-02-01' AS d, (SELECT history_agg(date '2024-02-01')) AS h FROM grown) g;
-- a day that only the longer one has
SELECT customers(retention_agg(c, d, u ORDER BY c)) FROM (VALUES (1, date '2024-01-30', 'calendar(2024-01-28, 2024-02-25)'), (2, '2024-02-25', 'calendar(2024-01-28, 2024-02-25, 2024-03-31)'),
	(3, '2024-03-30', 'calendar(2024-01-28, 2024-02-25)')) o(c, d, u);
-- what does not go together
CALL pg_temp.fails($$SELECT a.s + b.s FROM (SELECT retention_agg(1, date '2024-02-01', 'calendar(2024-01-28, 2024-02-25, 2024-03-31)') AS s) a, (SELECT retention_agg(1, date '2024-02-01', 'calendar(2024-01-28, 2024-02-26, 2024-03-31, 2024-04-28)') AS s) b$$);
CALL pg_temp.fails($$SELECT a.s + b.s FROM (SELECT retention_agg(1, date '2024-02-01', 'calendar(2024-01-29, 2024-02-25)') AS s) a, (SELECT retention_agg(1, date '2024-02-01', 'calendar(2024-01-28, 2024-01-29, 2024-02-25)') AS s) b$$, false);
CALL pg_temp.fails($$SELECT sum(s) FROM (SELECT retention_agg(1, date '2024-02-01', u) AS s FROM unnest('{week,week(sunday)}'::text[]) u GROUP BY u) s$$, false);
CALL pg_temp.fails($$SELECT retention_agg(1, date '2024-02-01', u ORDER BY u) FROM unnest('{year(april),year(may)}'::text[]) u$$);
CALL pg_temp.fails($$SELECT retention_agg(h, u ORDER BY u) FROM (SELECT history_agg(date '2024-02-01') AS h) h, unnest('{quarter,quarter(may)}'::text[]) u$$, false);
-- one period for each group, which rows of several alternate in
SELECT unit, s = (SELECT retention_agg(customer, d, e.unit) FROM days WHERE range = 2) AS same
FROM (SELECT unit, retention_agg(customer, d, unit ORDER BY d) AS s FROM days, (VALUES ('week(sunday)'), ('year(july)'), ('calendar(2022-12-01, 2024-02-25, 2026-03-31)'),
	('calendar(2022-12-01, 2024-02-26, 2026-03-31)'), ('calendar(2022-12-01, 2024-02-25, 2026-03-31, 2026-05-01)')) u(unit) WHERE range = 2 GROUP BY unit) e ORDER BY unit;

-- Stored: text and back; what is not canonical, or no calendar, is refused.
SELECT unit, (retention_agg(1, date '2024-02-01', unit)::text)::retention_summary = retention_agg(1, date '2024-02-01', unit) AS same, octet_length(retention_summary_send(retention_agg(1, date '2024-02-01', unit))) AS bytes
FROM unnest(ARRAY['week', 'week(sunday)', 'quarter(march)', 'year(december)', 'calendar(2024-01-28, 2024-02-25, 2024-03-31)', 'calendar(4714-11-24 BC, 2024-02-01, 5874897-12-31)']) unit GROUP BY unit ORDER BY length(unit);
CREATE FUNCTION pg_temp.stored(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	RETURN 'accepted: ' || period_unit(translate(encode(bytes, 'base64'), E'\n', '')::retention_summary);
EXCEPTION WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN detail;
END $$;
-- the byte behind the calendar's code (at 4) is where a week, quarter or year begins; a list has its number of periods there
SELECT unit, at, byte, pg_temp.stored(set_byte(b, at, byte)) FROM (SELECT unit, retention_summary_send(retention_agg(1, date '2024-02-01', unit)) AS b FROM unnest('{week(sunday),quarter(march),year(december)}'::text[]) unit GROUP BY unit) s,
	(VALUES (5, 0), (5, 1), (5, 3), (5, 6), (5, 7), (5, 11), (5, 12), (4, 4), (4, 8), (4, 9)) v(at, byte) ORDER BY unit, at, byte;
SELECT what, pg_temp.stored(forged) FROM (SELECT retention_summary_send(retention_agg(1, date '2024-02-01', 'calendar(2024-01-28, 2024-02-25, 2024-03-31)')) AS b) s,
	LATERAL (VALUES (1, 'as it was', b), (2, 'no period', set_byte(b, 5, 0)), (3, 'more periods than bytes', set_byte(b, 5, 127)), (4, 'one less', set_byte(b, 5, 1)), (5, 'an earlier second', set_byte(b, 9, 3)),
		(6, 'ends before its order', set_byte(set_byte(b, 9, 0), 10, 0)), (7, 'begins after it', set_byte(b, 6, get_byte(b, 6) + 20))) f(n, what, forged) ORDER BY n;

-- Larger periods that are made up of whole ones of a summary.
CREATE TEMP TABLE orders AS SELECT i * 7919 % 151 AS customer, date '2024-02-04' + (i * 31 + i * i * 7) % 700 AS day, (i * 37 % 1000 - 50) / 100.0 AS amount FROM generate_series(1, 700) i;
CREATE TEMP TABLE retail AS SELECT * FROM retail_calendar(2024, 2026);
CREATE TEMP TABLE calendars AS
SELECT 'periods' AS name, period_calendar(array_agg(starts_on ORDER BY starts_on), max(ends_before)) AS calendar FROM retail
UNION ALL SELECT 'quarters', period_calendar(array_agg(starts_on ORDER BY starts_on), max(ends_before)) FROM (SELECT min(starts_on) AS starts_on, max(ends_before) AS ends_before FROM retail GROUP BY year, quarter) q
UNION ALL SELECT 'years', period_calendar(array_agg(starts_on ORDER BY starts_on), max(ends_before)) FROM (SELECT min(starts_on) AS starts_on, max(ends_before) AS ends_before FROM retail GROUP BY year) y
UNION ALL SELECT 'other years', 'calendar(2024-02-04, 2025-02-01, 2026-02-01)' UNION ALL SELECT 'longer', 'calendar(2024-02-04, 2027-01-31, 2028-01-30)'
UNION ALL SELECT unit, unit FROM unnest('{day,week,week(sunday),month,quarter(february),quarter,year,year(february),year(april),year(may)}'::text[]) unit;
CREATE FUNCTION pg_temp.by(part text, whole text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	k int := 1;
	wanted text;
BEGIN
	LOOP
		BEGIN
			SELECT format('%s periods, k = %s', count(*), k) INTO result FROM periods((SELECT retention_agg(customer, day, part) FROM orders), k, '2026-01-31', whole);
			EXIT;
		EXCEPTION WHEN invalid_parameter_value THEN
			wanted := substring(SQLERRM, 'active_window must be at least (\d+)');
			IF wanted IS NULL THEN RETURN ''; END IF;
			k := wanted;
		END;
	END LOOP;
	RETURN result;
END $$;
SELECT p.name AS part, string_agg(w.name || ': ' || pg_temp.by(p.calendar, w.calendar), '; ' ORDER BY w.name COLLATE "C") FILTER (WHERE pg_temp.by(p.calendar, w.calendar) <> '') AS wholes
FROM calendars p, calendars w GROUP BY p.name ORDER BY p.name COLLATE "C";
-- as the summary by the larger ones has it, but for activity, which is by the window at its last small one: with one that is as long as the whole
SELECT count(*) AS differences FROM (
	(SELECT period, new_customers, ordering_customers, orders, revenue, complete FROM periods((SELECT retention_agg(customer, day, amount, (SELECT calendar FROM calendars WHERE name = 'periods')) FROM orders), 3, '2026-01-31', (SELECT calendar FROM calendars WHERE name = 'quarters')))
	EXCEPT ALL
	(SELECT period, new_customers, ordering_customers, orders, revenue, complete FROM periods((SELECT retention_agg(customer, day, amount, (SELECT calendar FROM calendars WHERE name = 'quarters')) FROM orders), 1, '2026-01-31'))) d;
-- its own calendar, shorter or longer, is its own
SELECT count(DISTINCT r) FROM (SELECT string_agg(p::text, ';' ORDER BY period) AS r FROM (SELECT retention_agg(customer, day, 'calendar(2024-02-04, 2025-02-02, 2026-02-01)') AS s FROM orders) s,
	unnest('{NULL,"calendar(2024-02-04, 2025-02-02)","calendar(2024-02-04, 2025-02-02, 2026-02-01, 2027-01-31)"}'::text[]) by, periods(s, 1, NULL, by) p GROUP BY by) x;
CALL pg_temp.fails($$SELECT count(*) FROM periods((SELECT retention_agg(customer, day, 'month') FROM orders), 3, report_by => 'calendar(2024-01-28, 2025-02-02)')$$);
CALL pg_temp.fails($$SELECT count(*) FROM periods((SELECT retention_agg(customer, day, 'day') FROM orders), 400, report_by => 'calendar(2025-01-28, 2026-02-02)')$$, false);
-- that of the last order, where no as_of was passed that could be earlier
CALL pg_temp.fails($$SELECT count(*) FROM periods((SELECT retention_agg(customer, day, 'day') FROM orders), 800, report_by => 'calendar(2024-01-28, 2025-02-02)')$$);
CALL pg_temp.fails($$SELECT count(*) FROM periods((SELECT retention_agg(customer, day, 'day') FROM orders), 800, '2026-03-01', 'calendar(2024-01-28, 2026-02-02)')$$, false);
CALL pg_temp.fails($$SELECT count(*) FROM customer_churn('orders', 'customer', 'day', 'week(sunday)', report_by => 'month')$$, false);
SELECT count(*) FROM customer_churn('orders', 'customer', 'day', 'week(sunday)', active_window => 53, report_by => (SELECT calendar FROM calendars WHERE name = 'years'), as_of => '2026-02-01');

-- All paths say the same: rows and histories, with amounts, lines of orders, segments, anchors.
CREATE TEMP TABLE lines AS SELECT o.*, row_number() OVER () AS order_id, customer % 3 AS segment, day::timestamptz AS at, day - customer % 20 AS joined FROM orders o WHERE day >= '2024-03-01' AND amount > 0;
SELECT name, count(*) AS ways, count(DISTINCT s::text) AS different FROM (SELECT name, calendar AS unit FROM calendars) u, LATERAL (
	SELECT retention_agg(customer, day, amount, unit) AS s FROM lines
	UNION ALL SELECT retention_agg(h, unit) FROM (SELECT history_agg(day, amount) AS h FROM lines GROUP BY customer) h
	UNION ALL SELECT sum(summary) FROM unnest((SELECT segmented_retention_agg(customer, day, amount, segment::text, unit) FROM lines)) g
	UNION ALL SELECT summary FROM retention_summaries('lines', 'customer', 'day', unit, 'amount')
	UNION ALL SELECT summary FROM retention_summaries('lines', 'customer', 'at', unit, 'amount', timezone => 'UTC')
	UNION ALL SELECT summary FROM retention_summaries('lines', 'customer', 'day', unit, 'amount', order_id => 'order_id')
	UNION ALL SELECT sum(summary) FROM retention_summaries('lines', 'customer', 'day', unit, 'amount', order_id => 'order_id', segment => 'segment')) w
WHERE name !~ 'years|longer' GROUP BY name ORDER BY name COLLATE "C";
SELECT name, count(DISTINCT s::text) AS different FROM (SELECT name, calendar AS unit FROM calendars WHERE name = 'periods' UNION ALL VALUES ('week', 'week(wednesday)'), ('year', 'year(november)')) u, LATERAL (
	SELECT anchored_retention_agg(customer, day, joined, amount, unit) AS s FROM lines
	UNION ALL SELECT anchored_retention_agg(h, joined, unit) FROM (SELECT history_agg(day, amount) AS h, min(joined) AS joined FROM lines GROUP BY customer) h) w GROUP BY name ORDER BY name;
-- in parallel, and where customers go to a file
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET retention.enable_scan = off;
CREATE TABLE many AS SELECT i % 20011 AS customer, date '2024-02-04' + i % 727 AS day, i % 7 + 0.5 AS amount FROM generate_series(1, 60000) i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
CREATE FUNCTION pg_temp.ways(unit text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	query text := format($q$SELECT md5(retention_agg(customer, day, %1$L)::text || retention_agg(customer, day, amount, %1$L)::text || anchored_retention_agg(customer, day, day, %1$L)::text) FROM many$q$, unit);
	line text;
	serial text;
	parallel text;
	spilled text;
	partial boolean := false;
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 0;
	SET LOCAL work_mem = '64MB';
	EXECUTE query INTO serial;
	SET LOCAL work_mem = '64kB';
	EXECUTE query INTO spilled;
	SET LOCAL max_parallel_workers_per_gather = 2;
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		partial := partial OR line ~ 'Partial Aggregate';
	END LOOP;
	EXECUTE query INTO parallel;
	RETURN CASE WHEN NOT partial THEN 'not parallel' WHEN parallel <> serial THEN 'parallel differs' WHEN spilled <> serial THEN 'spilled differs' ELSE 'same' END;
END $$;
SELECT name, pg_temp.ways(calendar) FROM calendars WHERE name IN ('periods', 'week(sunday)', 'year(april)') ORDER BY name;
-- workers of which some have seen the shorter calendar only
SELECT period_unit(retention_agg(customer, day, CASE WHEN day < '2025-02-02' THEN 'calendar(2024-02-04, 2025-02-02)' ELSE 'calendar(2024-02-04, 2025-02-02, 2026-02-01)' END)) AS unit,
	retention_agg(customer, day, CASE WHEN day < '2025-02-02' THEN 'calendar(2024-02-04, 2025-02-02)' ELSE 'calendar(2024-02-04, 2025-02-02, 2026-02-01)' END) = retention_agg(customer, day, 'calendar(2024-02-04, 2025-02-02, 2026-02-01)') AS same FROM many;
DROP TABLE many;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET retention.enable_scan;

-- Pictures show the first day, and call nothing a fiscal year.
SELECT left(unit, 20) AS unit, line FROM (SELECT unit, retention_agg(customer, day, unit) AS s FROM shop, unnest(ARRAY['week(sunday)', 'quarter(february)', 'year(april)', pg_temp.spring()]) unit WHERE day < '2024-05-01' GROUP BY unit) u,
	LATERAL (SELECT * FROM retention_heatmap(s, as_of => '2024-05-02') WITH ORDINALITY l(line, n) LIMIT 3) h ORDER BY unit COLLATE "C", n;
SELECT left(unit, 20) AS unit, (xpath('/x:svg/x:title/text()', x, '{{x,http://www.w3.org/2000/svg}}'))[1]::text AS title, (xpath('//x:rect/x:title/text()', x, '{{x,http://www.w3.org/2000/svg}}'))[1]::text AS first_bar
FROM unnest(ARRAY['week(sunday)', 'quarter(february)', 'year(april)', pg_temp.spring()]) unit, LATERAL (SELECT retention_svg(retention_agg(customer, day, unit), 'periods')::xml AS x FROM shop) d ORDER BY unit COLLATE "C";

-- A calendar from a table.
SELECT period_calendar('{2024-01-28,2024-02-25}', '2024-03-31'), period_calendar('[5:5]={0044-03-15 BC}', '10000-01-01');
CREATE TEMP TABLE fiscal_periods (starts_on date);
INSERT INTO fiscal_periods VALUES ('2024-03-31'), ('2024-01-28'), ('2024-04-28'), ('2024-02-25');
SELECT cohort, age, c.customers FROM cohort_retention('shop', 'customer', 'day', period_calendar((SELECT array_agg(starts_on ORDER BY starts_on) FROM fiscal_periods), '2024-05-26')) c WHERE customers > 0;
CALL pg_temp.fails($$SELECT period_calendar((SELECT array_agg(starts_on) FROM fiscal_periods), '2024-05-26')$$);
CALL pg_temp.fails($$SELECT period_calendar('{2024-01-28,2024-02-25}', '2024-02-25')$$, false);
CALL pg_temp.fails($$SELECT period_calendar('{}', '2024-02-25')$$);
CALL pg_temp.fails($$SELECT period_calendar('{{2024-01-28},{2024-02-25}}', '2024-03-25')$$, false);
CALL pg_temp.fails($$SELECT period_calendar('{2024-01-28,NULL}', '2024-02-25')$$);
CALL pg_temp.fails($$SELECT period_calendar(NULL, '2024-02-25')$$);
CALL pg_temp.fails($$SELECT period_calendar('{2024-01-28}', NULL)$$, false);
CALL pg_temp.fails($$SELECT period_calendar('{2024-01-28}', 'infinity')$$, false);
CALL pg_temp.fails($$SELECT period_calendar((SELECT array_agg(date '2000-01-01' + i ORDER BY i) FROM generate_series(0, 16384) i), '2100-01-01')$$, false);

-- Retail calendars: the federation's 2025, its years of 53 weeks, and how the other rule differs.
SELECT * FROM retail_calendar(2025, 2025);
SELECT * FROM retail_calendar(2023, 2023) WHERE quarter = 4;
SELECT array_agg(year ORDER BY year) AS years_of_53_weeks FROM (SELECT year FROM retail_calendar(2010, 2030) GROUP BY year HAVING sum(weeks) = 53) y;
SELECT year, a.ends_before - 1 AS nearest, b.ends_before - 1 AS last FROM retail_calendar(2010, 2030) a JOIN retail_calendar(2010, 2030, rule => 'LAST') b USING (year, period) WHERE period = 12 AND a.ends_before <> b.ends_before ORDER BY year;
-- every pattern, weekday, month and rule, against what they say: years are joined, quarters have 13 weeks, the end is where it has to be
SELECT pattern, rule, count(*) AS periods, count(*) FILTER (WHERE starts_on <> before) AS gaps, count(*) FILTER (WHERE weeks * 7 <> ends_before - starts_on OR
	weeks <> split_part(pattern, '-', (period - 1) % 3 + 1)::int + CASE WHEN period = 12 THEN year_weeks - 52 ELSE 0 END OR year_weeks NOT IN (52, 53) OR quarter <> (period + 2) / 3) AS wrong_weeks,
	count(*) FILTER (WHERE period = 12 AND (trim(to_char(ends_before - 1, 'day')) <> weekday OR CASE rule WHEN 'nearest' THEN abs(ends_before - 1 - nominal) > 3 ELSE nominal - (ends_before - 1) NOT BETWEEN 0 AND 6 END)) AS wrong_ends,
	count(*) FILTER (WHERE period = 12 AND year_weeks = 53) AS long_years
FROM (SELECT *, lag(c.ends_before) OVER (PARTITION BY pattern, weekday, month, rule ORDER BY starts_on) AS before, sum(weeks) OVER (PARTITION BY pattern, weekday, month, rule, year) AS year_weeks,
		(make_date(year + CASE month WHEN 'december' THEN 0 ELSE 1 END, m::int, 1) + interval '1 month - 1 day')::date AS nominal
	FROM unnest('{4-5-4,4-4-5,5-4-4}'::text[]) pattern, unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) weekday,
		unnest('{january,february,march,april,may,june,july,august,september,october,november,december}'::text[]) WITH ORDINALITY n(month, m), unnest('{nearest,last}'::text[]) rule,
		retail_calendar(2001, 2028, pattern, weekday, month, rule) c) c
GROUP BY pattern, rule ORDER BY pattern, rule;
SELECT min(starts_on), max(ends_before) FROM retail_calendar(2025, 2025, month => 'december', weekday => 'sunday');
SELECT count(*), min(starts_on), max(ends_before) FROM retail_calendar(-4711, -4710) UNION ALL SELECT count(*), min(starts_on), max(ends_before) FROM retail_calendar(5874895, 5874896);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(5874896, 5874898)$$);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2147483647, 2147483647)$$, false);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2025, 2024)$$);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2001, 3366)$$, false);
SELECT count(*) FROM retail_calendar(2001, 3365);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2025, 2025, '4-5-5')$$);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2025, 2025, weekday => 'sat')$$);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2025, 2025, month => '1')$$);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2025, 2025, rule => 'first')$$);
CALL pg_temp.fails($$SELECT * FROM retail_calendar(2025, NULL)$$);
