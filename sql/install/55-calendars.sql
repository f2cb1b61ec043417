-- Periods of the user's own.

CREATE FUNCTION retention_days_within(history retention_history, cohort_day date, period text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_days_within(retention_history, date, text) IS 'support function of the table functions: true, or an error for a day that is outside the calendar';

CREATE FUNCTION retention_day_within(day date, period text) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_day_within(date, text) IS 'support function of the table functions: true, also of an infinite day, or an error for one that is outside the calendar';

CREATE FUNCTION period_calendar(starts date[], ends_before date) RETURNS text
	AS 'MODULE_PATHNAME', 'retention_period_calendar' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION period_calendar(date[], date) IS 'period argument of periods with these first days, in ascending order, of which the last ends before ends_before';

CREATE FUNCTION retail_calendar(first_year integer, last_year integer, pattern text DEFAULT '4-5-4', weekday text DEFAULT 'saturday',
	month text DEFAULT 'january', rule text DEFAULT 'nearest')
	RETURNS TABLE (year integer, quarter integer, period integer, starts_on date, ends_before date, weeks integer)
	AS 'MODULE_PATHNAME', 'retention_retail_calendar' LANGUAGE C IMMUTABLE PARALLEL SAFE
	ROWS 60;
COMMENT ON FUNCTION retail_calendar(integer, integer, text, text, text, text) IS 'the twelve periods of each of these years of whole weeks, which end on the weekday nearest to the end of the month, or on the last one of the month; a 53rd week is the last period''s';
