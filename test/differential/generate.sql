-- Random orders: the table they go to, the parameters of a case, and the rows.
-- Everything comes from random() after setseed(), so that seed and case number
-- give the same rows again (at the same time: some cases straddle today, or end now).

CREATE SCHEMA differential;

CREATE COLLATION differential.case_insensitive (
	provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE differential.tier AS ENUM (
	'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9', 'c10');
CREATE TYPE differential.account AS (shop int, number text);
CREATE TYPE differential.member AS (
	club numeric, nickname text COLLATE differential.case_insensitive);
CREATE DOMAIN differential.customer_id AS int CHECK (VALUE > 0);
CREATE DOMAIN differential.code AS numeric;

-- Customer number k (from 1) written in each type a customer may have; r, the
-- row number, picks among spellings that are the same customer.
CREATE TABLE differential.key_kind (key text, type text, spelling text);
INSERT INTO differential.key_kind VALUES
	('key_bigint', 'bigint', 'CASE k WHEN 1 THEN 9223372036854775807
		WHEN 2 THEN -9223372036854775808 WHEN 3 THEN 0 ELSE k * 3037000500 END'),
	('key_int', 'int', 'CASE k WHEN 1 THEN -2147483648 ELSE k END'),
	('key_smallint', 'smallint', 'k'),
	('key_uuid', 'uuid', 'md5(k::text)::uuid'),
	('key_text', 'text', '''customer '' || k'),
	('key_long_text', 'text', '(SELECT string_agg(md5((k * 100 + i)::text), '''')
		FROM generate_series(1, 90) AS i)'),
	('key_nocase', 'text COLLATE differential.case_insensitive',
		'CASE r % 3 WHEN 0 THEN ''kundé '' WHEN 1 THEN ''KUNDÉ '' ELSE ''Kundé '' END || k'),
	('key_numeric', 'numeric', '((k - 2)::text || (ARRAY['''', ''.0'', ''.00'', ''.000000'']
		)[r % 4 + 1])::numeric'),
	('key_float8', 'float8', 'CASE k WHEN 1 THEN ''NaN'' WHEN 2 THEN ''Infinity''
		WHEN 3 THEN CASE r % 2 WHEN 0 THEN ''0'' ELSE ''-0'' END
		ELSE (k / 8.0)::text END::float8'),
	('key_date', 'date', 'date ''2000-01-01'' + k'),
	('key_composite', 'differential.account', 'ROW(k / 2,
		CASE k % 2 WHEN 1 THEN ''n'' END)::differential.account'),
	('key_varchar', 'varchar(20)', '''v'' || k'),
	('key_bpchar', 'character(12)', 'rpad(''b'' || k, 4 + r % 9)'),
	('key_enum', 'differential.tier', '(''c'' || k % 10 + 1)::differential.tier'),
	('key_domain', 'differential.customer_id', 'k'),
	('key_numeric_domain', 'differential.code', '(k::text || CASE r % 2
		WHEN 0 THEN ''.0'' ELSE '''' END)::numeric'),
	('key_array', 'int[]', 'ARRAY[k, NULL, k % 2]'),
	('key_jsonb', 'jsonb', '(''{"a": '' || k || CASE r % 2
		WHEN 0 THEN ''.0'' ELSE '''' END || ''}'')::jsonb'),
	('key_interval', 'interval', 'CASE r % 2 WHEN 0 THEN make_interval(days => k)
		ELSE make_interval(hours => 24 * k) END'),
	('key_numrange', 'numrange', 'numrange(k, (k + 1 || (ARRAY['''', ''.0''])[r % 2 + 1]
		)::numeric)'),
	('key_nocase_array', 'text[] COLLATE differential.case_insensitive',
		'ARRAY[CASE r % 2 WHEN 0 THEN ''a'' ELSE ''A'' END, k::text]'),
	('key_nocase_member', 'differential.member', 'ROW((k || (ARRAY['''', ''.0'']
		)[r % 2 + 1])::numeric, CASE r % 3 WHEN 0 THEN ''Ann'' ELSE ''ANN'' END
		)::differential.member');

-- One table for all cases, one column a type. A couple of rows a page, so that
-- parallel workers share even a small table; by their width more than by the fill
-- factor, or the planner would know (from PostgreSQL 18 on) how few there are.
CREATE UNLOGGED TABLE differential.orders (
	r int, padding text, cohort_group int,
	at_timestamptz timestamptz, at_timestamp timestamp, at_date date,
	amount numeric, amount_bigint bigint, amount_float8 float8, refund boolean,
	order_text text, order_bigint bigint, order_numeric numeric, no_id int,
	conditions boolean[],
	segment_text text, segment_nocase text COLLATE differential.case_insensitive,
	segment_int int, segment_enum differential.tier, segment_numeric numeric,
	cohort_timestamptz timestamptz, cohort_timestamp timestamp, cohort_date date)
	WITH (fillfactor = 40, autovacuum_enabled = false);
DO $$
DECLARE kind record;
BEGIN
	FOR kind IN SELECT * FROM differential.key_kind LOOP
		EXECUTE format('ALTER TABLE differential.orders ADD %I %s',
			kind.key, kind.type);
	END LOOP;
END $$;
ALTER TABLE differential.orders SET (parallel_workers = 2);
-- Known to be few groups, or the planner sees no point in grouping in parallel.
INSERT INTO differential.orders (cohort_group)
	SELECT i % 3 FROM generate_series(1, 300) AS i;
ANALYZE differential.orders (cohort_group);
CREATE VIEW differential.orders_view AS SELECT * FROM differential.orders;

-- Days on which a zone's clock did something worth a look.
CREATE TABLE differential.clock_change (zone text, day date);
INSERT INTO differential.clock_change VALUES
	('UTC', '2000-02-28'), ('UTC', '2020-12-28'),
	('Europe/Sofia', '2023-03-26'), ('Europe/Sofia', '2023-10-29'),
	('Europe/Sofia', '1982-04-03'), ('Europe/Sofia', '1981-09-27'),
	('America/New_York', '2024-03-10'), ('America/New_York', '2024-11-03'),
	('America/New_York', '1883-11-18'),
	('America/St_Johns', '1987-10-25'), ('America/St_Johns', '1988-04-03'),
	('America/St_Johns', '1995-10-29'), ('America/St_Johns', '2006-10-29'),
	('America/St_Johns', '2009-11-01'), ('America/St_Johns', '2010-11-07'),
	('America/St_Johns', '2011-03-13'),
	('Pacific/Apia', '2011-12-30'), ('Pacific/Apia', '2012-04-01'),
	('Asia/Kolkata', '1942-09-01'), ('Asia/Kolkata', '1945-10-15'),
	('Australia/Lord_Howe', '2024-04-07'), ('Australia/Lord_Howe', '2024-10-06'),
	('Pacific/Kiritimati', '1994-12-31'), ('Etc/GMT+12', '2019-12-30');

CREATE FUNCTION differential.pick(VARIADIC choices text[]) RETURNS text
LANGUAGE sql VOLATILE
RETURN choices[1 + floor(random() * cardinality(choices))::int];
CREATE FUNCTION differential.pick(VARIADIC choices float8[]) RETURNS float8
LANGUAGE sql VOLATILE
RETURN choices[1 + floor(random() * cardinality(choices))::int];

-- The last two never have the same date.
CREATE FUNCTION differential.pick_zone() RETURNS text
LANGUAGE sql VOLATILE
RETURN differential.pick('UTC', 'Europe/Sofia', 'America/New_York',
	'America/St_Johns', 'America/St_Johns', 'Pacific/Apia', 'Asia/Kolkata',
	'Australia/Lord_Howe', 'Pacific/Kiritimati', 'Etc/GMT+12');

-- 5: which periods make up which, and how many of them the longest.
CREATE TABLE differential.made_of (unit text, whole text, longest int);
INSERT INTO differential.made_of VALUES
	('day', 'day', 1), ('day', 'week', 7), ('day', 'month', 31),
	('day', 'quarter', 92), ('day', 'year', 366), ('week', 'week', 1),
	('month', 'month', 1), ('month', 'quarter', 3), ('month', 'year', 12),
	('quarter', 'quarter', 1), ('quarter', 'year', 4), ('year', 'year', 1);
-- units by what they begin with
CREATE TABLE differential.beginning (unit text, kind text, begins int);
INSERT INTO differential.beginning
	SELECT format('week(%s)', name), 'week', n
	FROM unnest(ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'])
		WITH ORDINALITY AS d (name, n)
	UNION ALL
	SELECT format('%s(%s)', kind, name), kind, n - 1
	FROM unnest(ARRAY['quarter', 'year']) AS kind, unnest(ARRAY['january', 'february', 'march', 'april',
		'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'])
		WITH ORDINALITY AS m (name, n);
INSERT INTO differential.made_of
	SELECT unit, unit, 1 FROM differential.beginning
	UNION ALL
	SELECT 'day', unit, CASE kind WHEN 'week' THEN 7 WHEN 'quarter' THEN 92 ELSE 366 END
	FROM differential.beginning
	UNION ALL
	SELECT 'month', unit, CASE kind WHEN 'quarter' THEN 3 ELSE 12 END
	FROM differential.beginning WHERE kind <> 'week'
	UNION ALL
	SELECT q.unit, y.unit, 4 FROM differential.beginning AS q, differential.beginning AS y
	WHERE q.kind = 'quarter' AND y.kind = 'year' AND (y.begins - q.begins) % 3 = 0;

-- Calendars of a case: the unit of that name, and others that it makes up. A name
-- is what the extension says the calendar is.
CREATE FUNCTION differential.list(days date[]) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	name text := format('calendar(%s)', array_to_string(days, ', '));
BEGIN
	INSERT INTO oracle.listed SELECT name, n - 1, day
		FROM unnest(days) WITH ORDINALITY AS d (day, n)
		WHERE NOT EXISTS (SELECT FROM oracle.listed WHERE calendar = name);
	RETURN name;
END $$;

-- Periods, quarters or years of the retail calendar of 2010 to 2030.
CREATE FUNCTION differential.list_retail() RETURNS text[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	pattern text := differential.pick('4-5-4', '4-5-4', '4-4-5', '5-4-4');
	weekday text := differential.pick('saturday', 'saturday', 'sunday', 'wednesday');
	month text := differential.pick('january', 'january', 'december', 'august');
	rule text := differential.pick('nearest', 'last');
	names text[];
	periods int;
BEGIN
	FOREACH periods IN ARRAY ARRAY[1, 3, 12] LOOP
		names := names || differential.list(ARRAY(SELECT start
			FROM oracle.retail(2010, 2030, pattern, weekday, month, rule)
			WHERE no % periods = 0 ORDER BY start));
	END LOOP;
	-- what the extension lists is that
	IF names[1] <> (SELECT period_calendar(array_agg(starts_on ORDER BY starts_on), max(ends_before))
			FROM retail_calendar(2010, 2030, pattern, weekday, month, rule)) THEN
		RAISE 'retail_calendar(2010, 2030, %, %, %, %)', pattern, weekday, month, rule;
	END IF;
	RETURN names;
END $$;

-- A random calendar of the days from `since` until `until` and somewhat more, with
-- periods about so long; and one of some of its days.
CREATE FUNCTION differential.list_random(since date, until date, about float8) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	days date[] := ARRAY[since - floor(random() * 20)::int];
BEGIN
	about := greatest(about, (until - since) / 500.0);
	WHILE days[cardinality(days)] <= until LOOP
		days := days || days[cardinality(days)] + 1 + floor(random() * random() * 3 * about)::int;
	END LOOP;
	PERFORM differential.list(ARRAY(SELECT day FROM unnest(days) AS day
		WHERE random() < 0.3 OR day = days[1] OR day = days[cardinality(days)] ORDER BY day));
	RETURN differential.list(days);
END $$;

-- 5: what the unit makes up, and how many of them the longest one.
CREATE FUNCTION differential.wholes(part text) RETURNS TABLE (whole text, longest int)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT made_of.whole, made_of.longest FROM differential.made_of WHERE made_of.unit = part
	UNION ALL
	SELECT calendar, max(n)::int FROM (
		SELECT calendar, CASE
				WHEN part = 'day' THEN start - before
				WHEN part LIKE 'week%' THEN (start - before) / 7
				ELSE oracle.period_no(start, part) - oracle.period_no(before, part) END AS n,
			CASE WHEN part = 'day' THEN true
				WHEN part LIKE 'week%' THEN extract(isodow FROM start) = coalesce(oracle.begins(part), 1)
				WHEN part LIKE 'calendar%' THEN EXISTS (SELECT FROM oracle.listed AS p
					WHERE p.calendar = part AND p.start = l.start)
				ELSE false END AS fits
		FROM (SELECT *, lag(start) OVER (PARTITION BY calendar ORDER BY no) AS before FROM oracle.listed) AS l) AS c
	GROUP BY calendar HAVING bool_and(fits);
END;


CREATE TYPE differential.parameters AS (
	seed int, number int, zone text, unit text, key text, at text,
	amounts text, row_count int, customers int, base timestamp, span float8,
	step int, active_window int, report_by text, ends_now boolean, refund text);

-- The timezone and the as_of that a table function is called with.
CREATE FUNCTION differential.draw_report_zone(p differential.parameters)
RETURNS text LANGUAGE sql VOLATILE
RETURN CASE WHEN p.at = 'at_timestamptz' AND random() < CASE WHEN p.ends_now
	THEN 0.9 ELSE 0.5 END THEN CASE WHEN p.ends_now
	THEN differential.pick('Pacific/Kiritimati', 'Etc/GMT+12', differential.pick_zone())
	ELSE differential.pick_zone() END END;
CREATE FUNCTION differential.draw_report_end(p differential.parameters)
RETURNS date LANGUAGE sql VOLATILE
RETURN CASE WHEN random() < CASE WHEN p.ends_now THEN 0.2 ELSE 0.5 END
	THEN least(p.base::date + floor(random() * (p.span + 3))::int,
		oracle.end_of(p.unit, p.report_by)) END;

-- What case number n of a seed is about.
CREATE FUNCTION differential.draw(seed int, number int)
RETURNS differential.parameters
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	p differential.parameters;
	unit_days float8;
	era text;
	large boolean;
	longest int;
	retail text[];
	listed boolean;
BEGIN
	TRUNCATE oracle.listed;
	PERFORM setseed((hashint8extended(number, seed) % 1000000007) / 1000000007.0);
	p.seed := seed;
	p.number := number;
	p.zone := differential.pick_zone();
	p.unit := differential.pick('day', 'week', 'month', 'quarter', 'year');
	IF random() < 0.4 THEN
		p.unit := (SELECT unit FROM differential.beginning
			WHERE kind = differential.pick('week', 'week', 'quarter', 'year', 'year')
			OFFSET floor(random() * 7)::int LIMIT 1);
		p.unit := coalesce(p.unit, 'week(sunday)');
	END IF;
	IF random() < 0.2 THEN
		retail := differential.list_retail();
		p.unit := differential.pick(retail[1], retail[1], retail[2], retail[3], 'day', 'week(sunday)');
	END IF;
	listed := retail IS NULL AND random() < 0.2;
	p.at := differential.pick('at_timestamptz', 'at_timestamptz',
		'at_timestamp', 'at_date');
	p.key := (SELECT key FROM differential.key_kind
		OFFSET floor(random() * (SELECT count(*) FROM differential.key_kind)) LIMIT 1);
	-- the last order is placed now, when some zones have another day than others
	p.ends_now := random() < 0.15;
	IF p.ends_now THEN
		p.unit := differential.pick('day', 'day', p.unit);
		p.at := 'at_timestamptz';
	END IF;
	p.amounts := differential.pick('none', 'whole', 'pence', 'pence', 'mixed',
		'huge', 'null', 'few', 'few', 'growing');
	p.refund := differential.pick(NULL, 'refund');
	p.active_window := differential.pick(1, 1, 2, 5, 400);

	large := random() < 0.003;		-- more than work_mem holds
	p.row_count := CASE WHEN large THEN 3000 + floor(random() * 3000)
		ELSE differential.pick(0, 1, 2, 3, 8, 8, 15, 15, 25, 25, 60)
			+ floor(random() * 5) * sign(random() - 0.2) END;
	p.row_count := greatest(p.row_count, 0);
	p.customers := 1 + floor(random() * differential.pick(2, p.row_count / 3,
		p.row_count, 2 * p.row_count));
	IF large THEN
		p.unit := differential.pick('quarter', 'year', 'quarter(march)', 'year(october)',
			coalesce(retail[2], 'quarter'));
		p.customers := 500 + floor(random() * 3000);
	END IF;

	unit_days := CASE WHEN listed THEN differential.pick(2, 10, 30, 30, 90)
		WHEN p.unit = 'day' THEN 1 WHEN p.unit LIKE 'week%' THEN 7
		WHEN p.unit IN ('month', retail[1]) THEN 30.44
		WHEN p.unit LIKE 'quarter%' OR p.unit = retail[2] THEN 91.3 ELSE 365.25 END;
	p.span := unit_days * (ARRAY[0.2, 2, 4, 4, 8, 8, 15, 30])[
		1 + floor(random() * CASE WHEN large THEN 5 ELSE 8 END)::int];
	IF p.row_count < 10 AND random() < 0.05 THEN
		p.span := unit_days * 300;
	END IF;
	-- times fall on multiples of so many seconds: ties, and whole days
	p.step := differential.pick(0, 0, 1800, 7200, 86400, 864000);
	IF p.amounts IN ('few', 'growing') THEN
		p.step := greatest(p.step, differential.pick(p.step, 86400));
	END IF;

	era := differential.pick('recent', 'recent', 'today', 'clock change',
		'clock change', 'clock change', 'old', 'turn of the era', 'ancient', 'far');
	p.base := CASE era
		WHEN 'recent' THEN date '2019-01-01' + floor(random() * 1800)::int
		WHEN 'today' THEN current_date - floor(p.span * random())::int
		WHEN 'old' THEN date '1800-01-01' + floor(random() * 70000)::int
		WHEN 'turn of the era' THEN date '0001-01-01 BC' + floor((random() - 0.3)
			* 400)::int - floor(p.span / 2)::int
		WHEN 'ancient' THEN date '4700-01-01 BC' + floor(random() * 1000000)::int
		WHEN 'far' THEN differential.pick('9999-12-01', '99999-12-20',
			'293000-02-25')::date END;
	IF era = 'clock change' THEN
		SELECT day INTO p.base FROM differential.clock_change
		WHERE zone = p.zone ORDER BY random() LIMIT 1;
		IF random() < 0.4 THEN		-- on the half hours about midnight
			p.base := p.base - interval '1 hour';
			p.span := 0.1;
			p.step := 1800;
		ELSE
			p.base := p.base - interval '1 day'
				* differential.pick(0, 1, 2, floor(p.span / 2));
			p.span := differential.pick(0.5, 1, 3, 5, p.span, p.span);
		END IF;
	END IF;

	IF retail IS NOT NULL THEN		-- with room for anchors before and an as_of behind
		p.span := least(p.span, 1500);
		p.base := CASE WHEN p.ends_now THEN p.base ELSE date '2015-06-01' + floor(random() * 3000)::int END;
	ELSIF listed AND NOT large AND p.span < 1e6 THEN
		p.unit := differential.list_random((CASE WHEN p.ends_now THEN now() - p.span * interval '1 day' ELSE p.base END
				- (least(p.span, 3650) + 400) * interval '1 day')::date,
			-- where orders are shifted until the last is now, anchors behind it are as well
			((CASE WHEN p.ends_now THEN now() ELSE p.base END) + (p.span + 400) * interval '1 day')::date,
			unit_days);
	END IF;

	-- by larger periods, with windows of their length and more, over some of them
	IF NOT large AND random() < 0.4 THEN
		SELECT w.whole, w.longest INTO p.report_by, longest
		FROM differential.wholes(p.unit) AS w
		ORDER BY (w.whole LIKE 'calendar%') DESC, random() LIMIT 1;
		-- a day makes up others as well
		IF p.report_by IS NOT NULL AND random() < 0.5 THEN
			SELECT w.whole, w.longest INTO p.report_by, longest
			FROM differential.wholes(p.unit) AS w ORDER BY random() LIMIT 1;
		END IF;
		p.active_window := longest + floor(random() * random() * 2 * longest);
		IF random() < 0.6 AND concat(p.unit, p.report_by) NOT LIKE '%calendar%' THEN
			p.span := greatest(p.span, unit_days * least(longest * (1 + random() * 5),
				CASE WHEN p.row_count < 10 THEN 1500 ELSE 300 END));
		END IF;
	END IF;
	IF p.ends_now THEN		-- up to a shift, once there are orders
		p.base := now() AT TIME ZONE p.zone - p.span * interval '1 day';
	END IF;
	RETURN p;
END $$;

-- Of some cases the calendar ends with the rows.
CREATE FUNCTION differential.tighten(p differential.parameters) RETURNS differential.parameters
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	last date;
	days date[];
BEGIN
	IF p.unit NOT LIKE 'calendar%' OR p.report_by IS NOT NULL OR random() < 0.6 THEN
		RETURN p;
	END IF;
	-- no local time is a day after UTC; which one is the latest has not always been the same
	SELECT max(greatest(at_date, at_timestamp::date, (at_timestamptz AT TIME ZONE 'UTC')::date + 1,
		cohort_date, cohort_timestamp::date, (cohort_timestamptz AT TIME ZONE 'UTC')::date + 1))
		INTO last FROM differential.orders;
	days := ARRAY(SELECT start FROM oracle.listed WHERE calendar = p.unit AND start <= last ORDER BY start);
	IF cardinality(days) > 0 AND last < oracle.end_of(p.unit) - 1 THEN
		p.unit := differential.list(days || last + 1);
	END IF;
	RETURN p;
END $$;

-- The rows of a case.
CREATE FUNCTION differential.fill(p differential.parameters) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	kind differential.key_kind;
	refunds float8 := differential.pick(0, 0.15, 0.15, 0.6, 1);
	nulls float8 := differential.pick(0, 0.05, 0.05, 0.3);
	condition_count int := differential.pick(1, 2, 3, 5, 40);
	-- one order dated 2099 completes nothing (definitions 4)
	at_far_end boolean := p.unit = 'year' AND random() < 0.3
		AND NOT p.ends_now AND p.base BETWEEN '1950-01-01' AND '2030-01-01';
	segments int := differential.pick(1, 2, 3, 5, 12, 60);
	-- how far before the first orders anchors begin, in days; whether they are the
	-- same for all rows of a customer, nearly, or different
	lead float8 := differential.pick(0, 0.1, 0.3, 1) * least(p.span, 3650);
	spread float8 := differential.pick(0, 0, 0.1, 1);
	own float8 := differential.pick(0, 0, 0.2);		-- share of rows anchored at themselves
	-- orders of the last days of months, which months differ in
	at_month_ends boolean := p.span > 40 AND random() < 0.6;
	-- how many order ids there are for a row; what share of the rows are lines as in
	-- a shop: those of so many orders are of one customer and begin at one time, in
	-- turns; how many days later the last of them may be
	lines float8 := differential.pick(0.05, 0.2, 0.5);
	together float8 := differential.pick(0, 0.6, 0.9, 1);
	whole boolean := random() < 0.5;		-- all lines of an id are refunds or none
	in_turns int := differential.pick(1, 2, 3);
	later float8 := least(differential.pick(0.1, 0.5, 3, 40), p.span);
	amount text;
BEGIN
	SELECT * INTO STRICT kind FROM differential.key_kind WHERE key = p.key;
	amount := CASE p.amounts
		WHEN 'none' THEN '1'
		WHEN 'null' THEN 'NULL'
		-- ties; a scale that nothing but a refund of 0 may have
		WHEN 'few' THEN 'CASE WHEN line % 3 = 0 THEN round(0::numeric, floor(u5 * 4)::int)
			ELSE floor(u4 * 3) END'
		-- ties before and after the first amount that is too wide for 64 bits
		WHEN 'growing' THEN 'CASE WHEN u4 < 0.1 THEN 1e25 ELSE 0 END + floor(u5 * 5)'
		WHEN 'whole' THEN 'floor(u4 * 20)::numeric'
		WHEN 'pence' THEN '(u4 * 50)::numeric(10,2)'
		WHEN 'mixed' THEN 'round((u4 * 50)::numeric, floor(u5 * 7)::int)'
		WHEN 'huge' THEN '(ARRAY[9223372036854775807, 9223372036854775808, 1e25,
			92233720368547758.07, 99999999999999999999.9, 1e-20, 12.5, 1e120,
			4611686018427387904, 922337203685477580.70])[1 + floor(u4 * 10)::int]'
		END;

	EXECUTE format($sql$
		INSERT INTO differential.orders (r, padding, cohort_group, %1$I,
			at_timestamptz, at_timestamp, at_date, amount, amount_bigint,
			amount_float8, refund, order_text, order_bigint, order_numeric, conditions,
			segment_text, segment_nocase, segment_int, segment_enum, segment_numeric,
			cohort_timestamptz, cohort_timestamp, cohort_date)
		SELECT r, repeat('x', 1000), 1 + floor(u6 * 3)::int,
			CASE WHEN u7 >= $4 THEN %2$s END,
			-- time passed, not the clock: both runs of an hour shown twice
			CASE WHEN u8 >= $4 THEN $6 AT TIME ZONE $3
				+ extract(epoch FROM local - $6) * interval '1 second' END,
			CASE WHEN u8 >= $4 THEN local END,
			CASE WHEN u8 >= $4 THEN local::date END,
			CASE WHEN u9 >= $4 THEN CASE WHEN u10 < $5 THEN -a ELSE a END END,
			CASE WHEN u9 >= $4 THEN floor((u4 - $5 / 2) * 9) END,
			CASE WHEN u9 >= $4 THEN round((u4 - $5 / 2)::numeric * 9, 2) END,
			CASE WHEN u17 >= $4 THEN CASE WHEN $21
				THEN (hashint8extended(line, $19 + 1) & 1023) / 1024.0 ELSE u18 END < $5 END,
			CASE WHEN u11 >= $4 THEN 'No ' || line END,
			CASE WHEN u11 >= $4 THEN line END,
			CASE WHEN u11 >= $4 THEN round(line, r %% 3) END,
			(SELECT array_agg(CASE WHEN hashint4(r * 64 + i) %% 3 = 0 THEN true
				WHEN hashint4(r * 64 + i) %% 3 = 1 THEN false END)
				FROM generate_series(1, $7) AS i),
			CASE WHEN u12 >= $4 THEN 'segment ' || segment END,
			CASE WHEN u12 >= $4 THEN CASE r %% 3 WHEN 0 THEN 'straße '
				WHEN 1 THEN 'STRAßE ' ELSE 'Straße ' END || segment END,
			CASE WHEN u12 >= $4 THEN (segment - 2) * 1000000007::bigint %% 2147483647 END,
			CASE WHEN u12 >= $4 THEN ('c' || segment %% 10 + 1)::differential.tier END,
			CASE WHEN u12 >= $4 THEN (segment - 2 || (ARRAY['', '.0', '.000'])[r %% 3 + 1]
				)::numeric END,
			CASE WHEN u13 >= $4 THEN $6 AT TIME ZONE $3
				+ extract(epoch FROM anchor - $6) * interval '1 second' END,
			CASE WHEN u13 >= $4 THEN anchor END,
			CASE WHEN u13 >= $4 THEN anchor::date END
		FROM (SELECT *, CASE WHEN u15 < $14 THEN local ELSE given END AS anchor FROM (
			SELECT *, CASE WHEN $15 THEN date_trunc('month', drawn)
					+ interval '1 month' - ceil(u16 * u16 * 4) * interval '1 day' + drawn::time
					ELSE drawn END AS local,
				1 + floor(u1 * $2)::int AS k, (%3$s)::numeric AS a,
				1 + floor(u12 * $11)::int AS segment,
				$6 + CASE WHEN $9 = 0 THEN of_customer ELSE floor(of_customer
					* 86400 / $9) * $9 / 86400 END * interval '1 day' AS given
			FROM (
				SELECT *, CASE WHEN $8 AND r = 1 THEN timestamp '2099-06-15 12:00'
					WHEN $9 = 0 THEN $6 + u2 * $10 * interval '1 day'
					ELSE $6 + floor(u2 * $10 * 86400 / $9) * $9 * interval '1 second'
					END AS drawn,
					(u14 * $13 + (hashint4(1 + floor(u1 * $2)::int) & 1023) / 1024.0
					* (1 - $13)) * ($10 + $12) - $12 AS of_customer
				FROM (
					SELECT *, CASE WHEN u19 < $17 THEN (hashint8extended(line / $20, $19) & 1023) / 1024.0
							ELSE u3 END AS u1,
						CASE WHEN u19 < $17 THEN ((hashint8extended(-1 - line / $20, $19) & 1023) / 1024.0
							+ u20 * u20 * $18) / (1 + $18) ELSE u21 END AS u2
					FROM (
						SELECT *, floor(u6 * $1 * $16)::int AS line
						FROM (
							SELECT r, random() AS u3, random() AS u4, random() AS u5,
								random() AS u6, random() AS u7, random() AS u8,
								random() AS u9, random() AS u10, random() AS u11,
								random() AS u12, random() AS u13, random() AS u14,
								random() AS u15, random() AS u16, random() AS u17,
								random() AS u18, random() AS u19, random() AS u20,
								random() AS u21
							FROM generate_series(1, $1) AS r OFFSET 0) AS uniform
						OFFSET 0) AS numbered OFFSET 0) AS gathered) AS related
				OFFSET 0) AS placed) AS drawn
		$sql$, p.key, kind.spelling, amount)
	USING p.row_count, p.customers, p.zone, nulls, refunds, p.base,
		condition_count, at_far_end, p.step, p.span, segments, lead, spread, own,
		at_month_ends, lines, together, later / p.span, p.number, in_turns, whole;
	IF p.ends_now THEN
		UPDATE differential.orders SET at_timestamptz = at_timestamptz + left_until_now,
			cohort_timestamptz = cohort_timestamptz + left_until_now
		FROM (SELECT now() - max(at_timestamptz) AS left_until_now
			FROM differential.orders) AS last;
	END IF;
END $$;
