-- The recipe has dates of the fixed shop.
WITH mrr AS (           -- of each account on the first of each month
    SELECT account_id, month, sum(price / months_paid) AS mrr
    FROM subscriptions, (SELECT month_start(n) AS month FROM generate_series(2022 * 12, 2025 * 12) n) m
    WHERE month >= starts_on AND month < coalesce(ends_on, '2025-01-16')
    GROUP BY account_id, month
), change AS (
    SELECT c.month, account_id, coalesce(sum(mrr) FILTER (WHERE m.month = c.month - interval '1 month'), 0) AS before,
           coalesce(sum(mrr) FILTER (WHERE m.month = c.month), 0) AS after,
           min(m.month) = c.month AS is_new
    FROM (SELECT DISTINCT month FROM mrr) c, mrr m
    GROUP BY c.month, account_id
), account AS (
    SELECT month, sum(before) AS opening, sum(after) AS closing, coalesce(sum(after) FILTER (WHERE is_new), 0) AS new,
           sum(greatest(after - before, 0)) FILTER (WHERE before > 0) AS expansion,
           sum(greatest(before - after, 0)) FILTER (WHERE after > 0) AS contraction,
           sum(before) FILTER (WHERE after = 0) AS churned,
           coalesce(sum(after) FILTER (WHERE before = 0 AND NOT is_new), 0) AS returned
    FROM change
    GROUP BY month
)
SELECT month, round(opening, 2), round(new, 2), round(expansion, 2), round(contraction, 2), round(churned, 2), round(returned, 2),
       round(closing, 2), round(100 * (opening - contraction - churned) / opening, 1),
       round(100 * (opening + expansion - contraction - churned) / opening, 1)
FROM account
WHERE month >= '2024-07-01'
ORDER BY month;
