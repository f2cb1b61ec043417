WITH served AS (        -- on the first of each month up to January, which is not over
    SELECT DISTINCT account_id, month
    FROM subscriptions, (SELECT month_start(n) AS month FROM generate_series(2022 * 12, 2025 * 12) n) m
    WHERE month >= starts_on AND month < coalesce(ends_on, '2025-01-16') AND month < '2025-01-02'
), account AS (
    SELECT c.month, account_id, min(s.month) = c.month AS is_new,
           bool_or(s.month = c.month - interval '1 month') AS was, bool_or(s.month = c.month) AS now
    FROM (SELECT DISTINCT month FROM served) c, served s
    GROUP BY c.month, account_id
)
SELECT month, count(*) FILTER (WHERE was), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE now AND NOT was AND NOT is_new),
       count(*) FILTER (WHERE was AND NOT now), count(*) FILTER (WHERE now),
       round(100.0 * count(*) FILTER (WHERE was AND NOT now) / nullif(count(*) FILTER (WHERE was), 0), 1)
FROM account
WHERE month >= '2024-07-01'
GROUP BY month
ORDER BY month;
