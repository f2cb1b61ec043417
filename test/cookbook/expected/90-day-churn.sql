WITH placed AS (
    SELECT customer_id, ordered_at::date AS day, min(ordered_at::date) OVER (PARTITION BY customer_id) AS first_day
    FROM orders WHERE amount >= 0
), calendar AS (
    SELECT month::date, (month + interval '1 month')::date AS after
    FROM generate_series((SELECT date_trunc('month', min(day)) FROM placed)::timestamp,
                         (SELECT max(day) FROM placed), interval '1 month') month
), customer AS (        -- active before the month, and at its end?
    SELECT month, after, customer_id, bool_or(day >= month - 90 AND day < month) AS was,
           bool_or(day >= after - 90 AND day < after) AS now, first_day >= month AND first_day < after AS is_new
    FROM calendar, placed
    GROUP BY month, after, customer_id, first_day
)
SELECT month, count(*) FILTER (WHERE was), count(*) FILTER (WHERE is_new),
       count(*) FILTER (WHERE now AND NOT was AND NOT is_new), count(*) FILTER (WHERE was AND NOT now),
       count(*) FILTER (WHERE now),
       round(100.0 * count(*) FILTER (WHERE was AND NOT now) / nullif(count(*) FILTER (WHERE was), 0), 1)
FROM customer
WHERE after <= (SELECT day FROM report_end)
GROUP BY month
ORDER BY month;
