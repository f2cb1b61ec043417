-- The recipe has dates of the fixed shop.
WITH service AS (
    SELECT account_id, month, sum(price / months_paid) FILTER (WHERE NOT EXISTS (SELECT FROM pauses p
               WHERE p.account_id = s.account_id AND p.from_day <= month AND p.before_day > month)) AS mrr
    FROM subscriptions s, (SELECT month_start(n) AS month FROM generate_series(2022 * 12, 2025 * 12) n) m
    WHERE month >= starts_on AND month < coalesce(ends_on, '2025-01-16')
    GROUP BY account_id, month
)
SELECT c.month, (SELECT count(*) FROM service WHERE month = c.month),
       (SELECT count(*) FROM service s WHERE month = c.month - interval '1 month'
        AND NOT EXISTS (SELECT FROM service n WHERE n.account_id = s.account_id AND n.month = c.month)),
       (SELECT round(coalesce(sum(mrr), 0), 2) FROM service WHERE month = c.month)
FROM (SELECT DISTINCT month FROM service) c
WHERE c.month >= '2024-07-01'
ORDER BY c.month;
