-- compare_time_to_repeat, compare_survival: the log-rank test. test/r compares it with R.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
SET extra_float_digits = 0;

-- By hand. Day 1: of 4 at risk 2 of a, one event, in a; day 2: of 3 one of a, one event, in b; day 3: the last one, of b.
-- Expected of a: 2/4 + 1/3; variance: 1/4 + 2/9.
CREATE TEMP TABLE watched (g text, days int, happened boolean);
INSERT INTO watched VALUES ('a', 1, true), ('a', 2, false), ('b', 2, true), ('b', 3, true);
CREATE TEMP TABLE s AS SELECT g, survival_agg(days, happened) AS s FROM watched GROUP BY g;
SELECT group_number, customers, events, round(expected::numeric, 9) AS expected, round(chi2::numeric, 9) AS chi2, df, round(p_value::numeric, 9) AS p_value,
	abs(chi2 - (1 - 5 / 6.0) ^ 2 / (17 / 36.0)) < 1e-14 AS as_by_hand
FROM compare_survival((SELECT array_agg(s ORDER BY g) FROM s));

-- In plain SQL, of two groups with ties: O - E squared, by the hypergeometric variance.
CREATE TEMP TABLE many AS
SELECT c % 2 AS g, c % 3 AS h, (c * 7919 % 61) / (1 + c % 2) AS days, c * 31 % 7 < 4 AS happened FROM generate_series(1, 500) c;
WITH day AS (
	SELECT d.days, count(*) FILTER (WHERE m.days >= d.days)::float8 AS n, count(*) FILTER (WHERE m.days >= d.days AND g = 0)::float8 AS n_a,
		count(*) FILTER (WHERE m.days = d.days AND happened)::float8 AS d, count(*) FILTER (WHERE m.days = d.days AND happened AND g = 0) AS d_a
	FROM (SELECT DISTINCT days FROM many WHERE happened) d, many m GROUP BY d.days
), plain AS (
	SELECT sum(d_a) AS events, sum(d * n_a / n) AS expected, (sum(d_a) - sum(d * n_a / n)) ^ 2
		/ sum(CASE WHEN n > 1 THEN d * (n - d) / (n - 1) * (n_a / n) * (1 - n_a / n) ELSE 0 END) AS chi2 FROM day
)
SELECT c.customers, c.events = plain.events AS events, abs(c.expected - plain.expected) < 1e-9 AS expected, abs(c.chi2 / plain.chi2 - 1) < 1e-12 AS chi2,
	df, abs(p_value - (1 - 2 * (SELECT sum(exp(-x * x / 2)) * 0.0001 / sqrt(2 * pi()) FROM generate_series(0.00005, sqrt(c.chi2)::numeric, 0.0001) g(v), LATERAL (SELECT v::float8 AS x) x))) < 1e-4 AS p_value
FROM plain, compare_survival((SELECT array_agg(s ORDER BY g) FROM (SELECT g, survival_agg(days, happened) AS s FROM many GROUP BY g) x)) c
WHERE group_number = 1;

-- Three groups: all add up; the order of the groups is theirs alone.
CREATE TEMP TABLE three AS SELECT h, survival_agg(days, happened) AS s FROM many GROUP BY h;
SELECT group_number, customers, events, round(expected::numeric, 6) AS expected, round(chi2::numeric, 9) AS chi2, df, round(p_value::numeric, 9) AS p_value
FROM compare_survival((SELECT array_agg(s ORDER BY h) FROM three));
SELECT group_number, customers, events, round(expected::numeric, 6) AS expected, round(chi2::numeric, 9) AS chi2, df, round(p_value::numeric, 9) AS p_value
FROM compare_survival((SELECT array_agg(s ORDER BY h DESC) FROM three));
SELECT sum(events) AS events, abs(sum(events) - sum(expected)) < 1e-9 AS as_expected FROM compare_survival((SELECT array_agg(s) FROM three));

-- The same groups, twice: no difference. A group without customers, or who were watched too shortly, takes no part.
SELECT group_number, customers, events, round(expected::numeric, 6) AS expected, round(chi2::numeric, 9) AS chi2, df, p_value
FROM three, compare_survival(ARRAY[s, s]) WHERE h = 0;
SELECT group_number, customers, events, round(expected::numeric, 6) AS expected, round(chi2::numeric, 9) AS chi2, df, round(p_value::numeric, 9) AS p_value
FROM compare_survival((SELECT array_agg(s ORDER BY h) FROM three) || NULL::retention_survival || (SELECT survival_agg(0, false) FROM generate_series(1, 5)));
-- nothing to compare: one group, nothing happens, to everybody at once, nobody
SELECT c.* FROM three, compare_survival(ARRAY[s]) c WHERE h = 0;
SELECT c.* FROM compare_survival(ARRAY[(SELECT survival_agg(5, false)), (SELECT survival_agg(6, false))]) c;
SELECT c.* FROM (SELECT survival_agg(3, true) AS s FROM generate_series(1, 4)) x, compare_survival(ARRAY[s, s, s]) c;
SELECT c.* FROM compare_survival(ARRAY[NULL, NULL]::retention_survival[]) c;
SELECT count(*) FROM compare_survival('{}');
SELECT count(*) FROM compare_survival(NULL);
-- far apart: a p-value that is small, but not 0
SELECT p_value < 1e-100 AS never, p_value > 0 AS but_not_0 FROM compare_survival(ARRAY[(SELECT survival_agg(1, true) FROM generate_series(1, 250)),
	(SELECT survival_agg(100, true) FROM generate_series(1, 250))]) WHERE group_number = 1;
-- three customers beside two groups, alike, of millions of millions: the same test in whatever order, and as if the two were one
WITH RECURSIVE large (n, s) AS (
	SELECT 0, survival_agg(d, d % 3 > 0) FROM generate_series(1, 60) d UNION ALL SELECT n + 1, s + s FROM large WHERE n < 40)
SELECT g.small_is, t.df, round(t.chi2::numeric, 6) AS chi2, abs(t.chi2 / two.chi2 - 1) < 1e-9 AS as_of_two
FROM large, (SELECT survival_agg(d, true) FROM generate_series(1, 3) d) x(small), LATERAL (VALUES (1, ARRAY[small, s, s]), (2, ARRAY[s, small, s]), (3, ARRAY[s, s, small])) g(small_is, groups),
	compare_survival(groups) t, compare_survival(ARRAY[s + s, small]) two
WHERE n = 40 AND t.group_number = 1 AND two.group_number = 1 ORDER BY small_is;
-- many groups, and too many
SELECT count(*), min(df), max(df), min(p_value) = max(p_value) AS one_test
FROM compare_survival((SELECT array_agg(s ORDER BY g) FROM (SELECT g, survival_agg((g * 37 + c * 101) % 53, (g + c) % 3 > 0) AS s
	FROM generate_series(1, 1000) g, generate_series(1, 20) c GROUP BY g) x));
SELECT * FROM compare_survival(array_fill((SELECT s FROM three WHERE h = 0), '{1001}'));

-- Of summaries: all are watched through the latest order of any.
CREATE TEMP TABLE orders (g int, customer int, day date);
INSERT INTO orders SELECT c % 2, c, date '2024-01-01' + c % 50 + nth * (c % 2 * 5 + c * 17 % 41) FROM generate_series(1, 200) c, generate_series(0, c % 3 / 2) nth;
INSERT INTO orders VALUES (1, 1, '2024-06-30');
CREATE TEMP TABLE summaries AS SELECT g, retention_agg(customer, day, 'month') AS s, max(day) AS last FROM orders GROUP BY g;
CREATE TEMP TABLE ours AS SELECT c.* FROM (SELECT array_agg(s ORDER BY g) AS s FROM summaries) x, compare_time_to_repeat(s[1], s[2]) c;
SELECT group_number, customers, events, round(expected::numeric, 6) AS expected, round(chi2::numeric, 9) AS chi2, df, round(p_value::numeric, 9) AS p_value FROM ours;
WITH time AS (
	SELECT g, customer, (array_agg(day ORDER BY day))[1] AS first, (array_agg(day ORDER BY day))[2] AS second FROM orders GROUP BY g, customer
), watched AS (
	SELECT g, survival_agg(coalesce(second, as_of - 1) - first, second IS NOT NULL) AS s, as_of
	FROM time, unnest('{2024-07-01,2025-01-01}'::date[]) as_of GROUP BY g, as_of
)
SELECT as_of, count(*) AS groups, bool_and(c = o) AS as_of_times
FROM (SELECT as_of, array_agg(s ORDER BY g) AS s FROM watched GROUP BY as_of) w, LATERAL compare_survival(s) c
	JOIN LATERAL (SELECT t.* FROM (SELECT array_agg(s ORDER BY g) AS s FROM summaries) x, compare_time_to_repeat(s, as_of) t) o USING (group_number)
GROUP BY as_of ORDER BY as_of;
SELECT (SELECT array_agg(o::text) FROM ours o) = (SELECT array_agg(c::text) FROM (SELECT array_agg(s ORDER BY g) AS s FROM summaries) x, compare_time_to_repeat(s, '2024-07-01') c) AS default_end;
SELECT group_number, customers, events, expected, chi2, df, p_value FROM summaries, compare_time_to_repeat(s, NULL) WHERE g = 0;
SELECT count(*) FROM compare_time_to_repeat(NULL::retention_summary[]);
-- as many groups as there may be, and one more, whether it has customers or not
SELECT count(*), max(df), sum(customers) = 1000 * (SELECT customers(s) FROM summaries WHERE g = 0) AS customers FROM compare_time_to_repeat(array_fill((SELECT s FROM summaries WHERE g = 0), '{1000}'));
SELECT * FROM compare_time_to_repeat(array_fill((SELECT s FROM summaries WHERE g = 0), '{1001}'));
SELECT * FROM compare_time_to_repeat(array_fill(NULL::retention_summary, '{1001}'), '2025-01-01');
-- before the last order of one of them
SELECT * FROM (SELECT array_agg(s ORDER BY g) AS s FROM summaries) x, compare_time_to_repeat(s[1], s[2], '2024-06-30');
SELECT * FROM (SELECT array_agg(s ORDER BY g) AS s FROM summaries) x, compare_time_to_repeat(s, 'infinity');

DROP TABLE watched, s, many, three, orders, summaries, ours;
