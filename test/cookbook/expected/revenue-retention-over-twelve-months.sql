WITH booked AS (
    SELECT customer_id, month_number(ordered_at) AS month, sum(amount) AS revenue, bool_or(amount >= 0) AS ordered
    FROM orders
    GROUP BY 1, 2
), calendar AS (
    SELECT month
    FROM generate_series((SELECT min(month) FROM booked WHERE ordered), (SELECT max(month) FROM booked)) month
    WHERE month_start(month + 1) <= (SELECT day FROM report_end)
), account AS (         -- who ordered in both months may grow or shrink, who did not in the second is lost
    SELECT c.month, coalesce(sum(b.revenue), 0) AS opening,
           coalesce(sum(CASE WHEN n.ordered IS NOT TRUE THEN coalesce(n.revenue, 0)
                             WHEN b.ordered THEN least(n.revenue, b.revenue) ELSE b.revenue END), 0) AS gross,
           coalesce(sum(CASE WHEN n.ordered IS NOT TRUE THEN coalesce(n.revenue, 0)
                             WHEN b.ordered THEN n.revenue ELSE b.revenue END), 0) AS net
    FROM calendar c
    LEFT JOIN booked b ON b.month = c.month - 1
    LEFT JOIN booked n ON n.customer_id = b.customer_id AND n.month = c.month
    GROUP BY c.month
)
SELECT month_start(t.month), round(100 * sum(a.gross) / sum(a.opening), 1), round(100 * sum(a.net) / sum(a.opening), 1)
FROM account t JOIN account a ON a.month BETWEEN t.month - 11 AND t.month
GROUP BY t.month
HAVING count(*) = 12
ORDER BY t.month;
