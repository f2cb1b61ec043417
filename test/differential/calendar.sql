-- The calendar alone (definitions 2): one order at an awkward moment, and the
-- period it falls into by plain arithmetic on its local date.

CREATE SCHEMA calendar;

CREATE TABLE calendar.unit AS
	SELECT unnest(ARRAY['day', 'week', 'month', 'quarter', 'year']) AS unit;
CREATE TABLE calendar.zone AS
	SELECT unnest(ARRAY['UTC', 'Europe/Sofia', 'America/New_York',
		'America/St_Johns', 'Pacific/Apia', 'Asia/Kolkata',
		'Australia/Lord_Howe']) AS zone;

-- The first day of the period; unlike date_trunc, over the whole range of dates.
CREATE FUNCTION calendar.first_day(day date, unit text) RETURNS date
LANGUAGE sql IMMUTABLE
RETURN CASE unit
	WHEN 'day' THEN day
	WHEN 'week' THEN day - (extract(isodow FROM day)::int - 1)
	ELSE make_date(extract(year FROM day)::int, CASE unit
		WHEN 'month' THEN extract(month FROM day)::int
		WHEN 'quarter' THEN extract(quarter FROM day)::int * 3 - 2
		ELSE 1 END, 1)
	END;

-- Whether a report that ends with this day has its period complete (4).
CREATE FUNCTION calendar.complete(day date, unit text) RETURNS boolean
LANGUAGE sql STABLE
RETURN CASE WHEN day < current_date
	THEN calendar.first_day(day + 1, unit) > calendar.first_day(day, unit)
	ELSE false END;

-- Moments at which a zone's offset changed, to the second.
CREATE FUNCTION calendar.utc_offset(at timestamptz, zone text) RETURNS interval
LANGUAGE sql IMMUTABLE
RETURN (at AT TIME ZONE zone) - (at AT TIME ZONE 'UTC');

CREATE FUNCTION calendar.changes(zone text, since timestamptz, until timestamptz,
	step interval, finer interval[]) RETURNS SETOF timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
	changed timestamptz;
BEGIN
	FOR changed IN SELECT at FROM generate_series(since, until, step) AS at
			WHERE calendar.utc_offset(at, zone)
				<> calendar.utc_offset(at + step, zone) LOOP
		IF finer = '{}' THEN
			RETURN NEXT changed + step;
		ELSE
			RETURN QUERY SELECT * FROM calendar.changes(zone, changed,
				changed + step - finer[1], finer[1], finer[2:]);
		END IF;
	END LOOP;
END $$;

CREATE TABLE calendar.change AS
	SELECT zone, change FROM calendar.zone,
		calendar.changes(zone, '1880-01-03 00:00+00', '2037-12-31 00:00+00',
			'7 days', ARRAY['1 hour', '1 minute', '1 second']::interval[]) AS change;

-- Local days worth a look whatever the zone: ends of February, turns of the
-- year (with ISO years of 52 and 53 weeks), 1 BC, the ends of the ranges.
CREATE TABLE calendar.day AS
	SELECT make_date(y, 2, 27) + i AS day
	FROM unnest(ARRAY[-5, -4, -1, 4, 1600, 1700, 1896, 1900, 1999, 2000, 2023,
		2024, 2100, 9996]) AS y, generate_series(0, 3) AS i
	UNION
	SELECT make_date(y, 12, 26) + i
	FROM (SELECT generate_series(1950, 2060) UNION VALUES (-4712), (-53), (-4),
		(-3), (-2), (-1), (1), (9999), (99999), (294275)) AS years (y),
		generate_series(0, 10) AS i
	UNION
	SELECT date '0001-12-01 BC' + i * 13 FROM generate_series(-60, 60) AS i
	UNION
	SELECT date '4714-12-29 BC' + i FROM generate_series(0, 5) AS i
	UNION
	SELECT date '294276-12-25' + i FROM generate_series(0, 6) AS i
	UNION
	SELECT current_date + i FROM generate_series(-400, 400, 20) AS i;
-- Only a date can be as late as these.
CREATE TABLE calendar.late_day AS
	SELECT date '5874897-12-31' - i AS day FROM generate_series(0, 400) AS i
	UNION
	SELECT date '294277-01-01' + i FROM generate_series(0, 400, 7) AS i;

-- What the extension says about orders at these moments: each alone, and all of
-- a group in one aggregate.
CREATE TABLE calendar.moment (near text, at timestamptz);

CREATE FUNCTION calendar.zone_differences(zone text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', zone, false);

	TRUNCATE calendar.moment;
	INSERT INTO calendar.moment
		SELECT change::text, change + i * interval '1 microsecond'
		FROM calendar.change AS c, unnest(ARRAY[-86400000000, -7200000000,
			-3600000000, -3599999999, -1800000000, -60000000, -1, 0, 1, 59999999,
			1799999999, 1800000000, 3599999999, 3600000000, 5400000000,
			86400000000]) AS i
		WHERE c.zone = zone_differences.zone
		UNION	-- midnights about it
		SELECT change::text, (change::date + i)::timestamptz
			+ j * interval '1 microsecond'
		FROM calendar.change AS c, generate_series(-1, 2) AS i,
			generate_series(-1, 1) AS j
		WHERE c.zone = zone_differences.zone;
	INSERT INTO calendar.moment
		SELECT 'day ' || day, day::timestamp AT TIME ZONE zone + i
		FROM calendar.day, unnest(ARRAY['0', '1 microsecond', '12 hours',
			'23:59:59.999999']::interval[]) AS i
		WHERE day BETWEEN '4713-01-02 BC' AND '294276-12-30';

	RETURN QUERY
	SELECT format('%s in %s, %s: %s, %s', at, zone, unit, cohort, complete)
	FROM (SELECT at, unit, retention_agg(1, at, unit) AS s
		FROM calendar.moment, calendar.unit GROUP BY at, unit) AS a
		LEFT JOIN LATERAL cohorts(s) ON true
	WHERE (cohort, age, cohort_size, complete)
		IS DISTINCT FROM (calendar.first_day(at::date, unit), 0, 1::bigint,
			calendar.complete(at::date, unit));

	RETURN QUERY
	SELECT format('orders about %s in %s, %s: cohort %s has %s', near, zone, unit,
		cohort, e.cohort_size)
	FROM (SELECT near, unit, c.*
		FROM (SELECT near, unit, retention_agg(at, at, unit) AS s
			FROM calendar.moment, calendar.unit GROUP BY near, unit) AS a,
			cohorts(s) AS c) AS e
	FULL JOIN (SELECT near, unit, calendar.first_day(at::date, unit) AS cohort,
			count(DISTINCT at) AS cohort_size
		FROM calendar.moment, calendar.unit
		GROUP BY near, unit, cohort) AS o USING (near, unit, cohort)
	WHERE coalesce(age, 0) = 0 AND e.cohort_size IS DISTINCT FROM o.cohort_size;
END $$;

-- The same for times without a zone.
CREATE FUNCTION calendar.local_differences() RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY
	SELECT format('timestamp %s, %s: %s, %s', at, unit, cohort, complete)
	FROM (SELECT at, unit, retention_agg('x'::text, at, unit) AS s
		FROM calendar.unit, (SELECT day + i AS at FROM calendar.day,
			unnest(ARRAY['0', '23:59:59.999999']::interval[]) AS i) AS t
		WHERE at >= timestamp '4713-01-01 BC' OR unit IN ('day', 'week')
		GROUP BY at, unit) AS a
		LEFT JOIN LATERAL cohorts(s) ON true
	WHERE (cohort, age, cohort_size, complete)
		IS DISTINCT FROM (calendar.first_day(at::date, unit), 0, 1::bigint,
			calendar.complete(at::date, unit));

	RETURN QUERY
	SELECT format('date %s, %s: %s, %s', day, unit, cohort, complete)
	FROM (SELECT day, unit, retention_agg(1.0, day, unit) AS s
		FROM calendar.unit, (SELECT day FROM calendar.day
			UNION SELECT day FROM calendar.late_day) AS t
		WHERE day >= date '4713-01-01 BC' OR unit IN ('day', 'week')
		GROUP BY day, unit) AS a
		LEFT JOIN LATERAL cohorts(s) ON true
	WHERE (cohort, age, cohort_size, complete)
		IS DISTINCT FROM (calendar.first_day(day, unit), 0, 1::bigint,
			calendar.complete(day, unit));
END $$;

-- Weeks, quarters and years that begin where they like: the first day counted in
-- days, or in months since the year 0.
CREATE FUNCTION calendar.first_day_from(day date, kind text, begins int) RETURNS date
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	length int := CASE kind WHEN 'quarter' THEN 3 ELSE 12 END;
	year int := extract(year FROM day);
	month int;
BEGIN
	IF kind = 'week' THEN
		RETURN day - (extract(isodow FROM day)::int + 7 - begins) % 7;
	END IF;
	month := (CASE WHEN year < 0 THEN year + 1 ELSE year END) * 12 + extract(month FROM day)::int - 1;
	month := floor((month - begins)::numeric / length) * length + begins;
	year := floor(month::numeric / 12);
	RETURN make_date(CASE WHEN year <= 0 THEN year - 1 ELSE year END, month - year * 12 + 1, 1);
END $$;

CREATE FUNCTION calendar.beginning_differences() RETURNS SETOF text
LANGUAGE sql
BEGIN ATOMIC
	SELECT format('date %s, %s: %s', day, unit, cohort)
	FROM (SELECT day, unit, kind, begins, retention_agg(1, day, unit) AS s
		FROM differential.beginning, (SELECT day FROM calendar.day
			UNION SELECT day FROM calendar.late_day) AS t
		WHERE day >= date '4712-01-01 BC'
		GROUP BY day, unit, kind, begins) AS a
		LEFT JOIN LATERAL cohorts(s) ON true
	WHERE (cohort, age, cohort_size)
		IS DISTINCT FROM (calendar.first_day_from(day, kind, begins), 0, 1::bigint);
END;

-- The arithmetic above is date_trunc wherever that goes.
CREATE FUNCTION calendar.oracle_differences() RETURNS SETOF text
LANGUAGE sql
RETURN (SELECT format('the oracle itself: %s, %s', day, unit)
	FROM calendar.day, calendar.unit
	WHERE day >= date '4713-01-01 BC'
		AND calendar.first_day(day, unit) <> date_trunc(unit, day::timestamp)
	LIMIT 1);

-- The earliest order there can be is in a year that no date begins: an error
-- like date_trunc's, or its own day and week.
CREATE FUNCTION calendar.earliest_differences() RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	unit text;
	cohort date;
BEGIN
	FOR unit IN SELECT u.unit FROM calendar.unit AS u LOOP
		BEGIN
			cohort := (SELECT c.cohort FROM cohorts((SELECT retention_agg(1,
				timestamp '4714-11-24 00:00 BC', unit))) AS c);
			IF unit NOT IN ('day', 'week') OR cohort <> '4714-11-24 BC' THEN
				RETURN NEXT format('4714-11-24 BC, %s: %s', unit, cohort);
			END IF;
		EXCEPTION WHEN datetime_field_overflow THEN
			IF unit IN ('day', 'week') THEN
				RETURN NEXT format('4714-11-24 BC, %s: %s', unit, SQLERRM);
			END IF;
		END;
	END LOOP;
END $$;

CREATE TABLE calendar.difference AS
	SELECT calendar.oracle_differences() AS difference
	UNION ALL SELECT calendar.zone_differences(zone) FROM calendar.zone
	UNION ALL SELECT calendar.local_differences()
	UNION ALL SELECT calendar.beginning_differences()
	UNION ALL SELECT calendar.earliest_differences();
SELECT difference FROM calendar.difference WHERE difference IS NOT NULL LIMIT 5;
SELECT format('calendar: %s clock changes of %s zones, %s days, %s differences',
	(SELECT count(*) FROM calendar.change), (SELECT count(*) FROM calendar.zone),
	(SELECT count(*) FROM calendar.day), count(difference))
FROM calendar.difference;
