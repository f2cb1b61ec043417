WITH before AS (
    SELECT company, sum(amount) AS revenue
    FROM orders JOIN contacts USING (customer_id)
    WHERE ordered_at < '2024-01-01'
    GROUP BY company
), sizes AS (           -- large: fewer than a fifth of the others bought for more in the years before
    SELECT company, (SELECT count(*) FROM before b WHERE b.revenue > own.revenue) < 0.2 * ((SELECT count(*) FROM before) - 1) AS large
    FROM before own
), placed AS (
    SELECT large, company, ordered_at::date AS day, month_number(ordered_at) / 3 AS quarter, amount
    FROM orders JOIN contacts USING (customer_id) JOIN sizes USING (company)
), booked AS (
    SELECT large, company, quarter, sum(amount) AS revenue, bool_or(amount >= 0) AS ordered
    FROM placed
    GROUP BY large, company, quarter
), calendar AS (        -- each group's report ends with its last order
    SELECT large, quarter
    FROM (SELECT large, least(max(day) + 1, current_date) AS end FROM placed WHERE amount >= 0 GROUP BY large) g,
         generate_series(2024 * 4, 2030 * 4) quarter
    WHERE month_start(quarter * 3 + 3) <= g.end
), account AS (         -- who ordered in both quarters may grow or shrink, who did not in the second is lost
    SELECT c.large, c.quarter, sum(b.revenue) AS opening,
           sum(CASE WHEN n.ordered IS NOT TRUE THEN coalesce(n.revenue, 0)
                    WHEN b.ordered THEN least(n.revenue, b.revenue) ELSE b.revenue END) AS gross,
           sum(CASE WHEN n.ordered IS NOT TRUE THEN coalesce(n.revenue, 0)
                    WHEN b.ordered THEN n.revenue ELSE b.revenue END) AS net
    FROM calendar c
    JOIN booked b ON b.large = c.large AND b.quarter = c.quarter - 1
    LEFT JOIN booked n ON n.company = b.company AND n.quarter = c.quarter
    GROUP BY c.large, c.quarter
)
SELECT CASE WHEN large THEN 'largest fifth' ELSE 'others' END, month_start(quarter * 3),
       round(100 * gross / nullif(opening, 0), 1), round(100 * net / nullif(opening, 0), 1)
FROM account
ORDER BY large DESC, quarter;
