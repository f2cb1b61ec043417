WITH visit AS (         -- the days of a customer's orders, and the next ones
    SELECT customer_id, day, lead(day) OVER w AS next, lag(day) OVER w AS last
    FROM (SELECT DISTINCT customer_id, ordered_at::date AS day FROM orders WHERE amount >= 0) d
    WINDOW w AS (PARTITION BY customer_id ORDER BY day)
), calendar AS (
    SELECT month::date, (month + interval '1 month')::date AS after
    FROM generate_series((SELECT date_trunc('month', min(day)) FROM visit)::timestamp,
                         (SELECT max(day) FROM visit), interval '1 month') month
), counted AS (
    SELECT month, after,
           (SELECT count(DISTINCT customer_id) FROM visit WHERE day >= month - 90 AND day < month) AS opening,
           (SELECT count(*) FROM visit WHERE day >= month AND day < after AND last IS NULL) AS new,
           (SELECT count(*) FROM visit WHERE day >= month AND day < after AND day - last > 90) AS reactivated,
           (SELECT count(*) FROM visit WHERE day + 90 >= month AND day + 90 < after
                                         AND (next IS NULL OR next - day > 90)) AS churned,
           (SELECT count(DISTINCT customer_id) FROM visit WHERE day >= after - 90 AND day < after) AS closing
    FROM calendar
)
SELECT month, opening, new, reactivated, churned, closing, round(100.0 * churned / nullif(opening, 0), 1)
FROM counted
WHERE after - 1 <= (SELECT max(day) FROM visit)
ORDER BY month;
