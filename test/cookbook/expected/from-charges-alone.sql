WITH charged AS (
    SELECT DISTINCT account_id, month_number(charged_at) AS month FROM charges
), account AS (         -- charged in one of the two months up to the month before, and up to this one?
    SELECT c.month, account_id, min(p.month) = c.month AS is_new,
           bool_or(p.month IN (c.month - 2, c.month - 1)) AS was, bool_or(p.month IN (c.month - 1, c.month)) AS now
    FROM generate_series(2024 * 12 + 6, (SELECT max(month) FROM charged)) c(month), charged p
    WHERE month_start(c.month + 1) <= (SELECT least(max(charged_at) + 1, current_date) FROM charges)
    GROUP BY c.month, account_id
)
SELECT month_start(month), count(*) FILTER (WHERE was), count(*) FILTER (WHERE was AND NOT now),
       count(*) FILTER (WHERE now AND NOT was AND NOT is_new),
       round(100.0 * count(*) FILTER (WHERE was AND NOT now) / nullif(count(*) FILTER (WHERE was), 0), 1)
FROM account
GROUP BY month
HAVING bool_or(was OR now)
ORDER BY month;
