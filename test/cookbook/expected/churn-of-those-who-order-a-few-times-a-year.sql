WITH bought AS (
    SELECT DISTINCT company, month_number(ordered_at) / 3 AS quarter
    FROM orders JOIN contacts USING (customer_id)
    WHERE amount >= 0
), calendar AS (
    SELECT quarter FROM generate_series((SELECT min(quarter) FROM bought), (SELECT max(quarter) FROM bought)) quarter
    WHERE month_start(quarter * 3 + 3) <= (SELECT day FROM report_end)
), company AS (         -- active at the end of the quarter before, and of this one?
    SELECT c.quarter, company, min(b.quarter) = c.quarter AS is_new,
           bool_or(b.quarter BETWEEN c.quarter - 4 AND c.quarter - 1) AS was,
           bool_or(b.quarter BETWEEN c.quarter - 3 AND c.quarter) AS now
    FROM calendar c, bought b
    GROUP BY c.quarter, company
)
SELECT month_start(quarter * 3), count(*) FILTER (WHERE was), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE was AND NOT now),
       count(*) FILTER (WHERE now AND NOT was AND NOT is_new), count(*) FILTER (WHERE now),
       round(100.0 * count(*) FILTER (WHERE was AND NOT now) / nullif(count(*) FILTER (WHERE was), 0), 1)
FROM company
GROUP BY quarter
ORDER BY quarter;
