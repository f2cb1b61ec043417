WITH bought AS (
    SELECT customer_id, month_number(ordered_at) AS month, count(*) AS n
    FROM orders WHERE amount >= 0
    GROUP BY 1, 2
), calendar AS (
    SELECT month, (SELECT sum(amount) FROM orders WHERE month_number(ordered_at) = month) AS revenue
    FROM generate_series((SELECT min(month) FROM bought), (SELECT max(month) FROM bought)) month
    WHERE month_start(month + 1) <= (SELECT day FROM report_end)
), lapsed AS (          -- ordered once, but not in the three months before
    SELECT c.month, customer_id
    FROM calendar c, bought b
    GROUP BY c.month, customer_id
    HAVING max(b.month) FILTER (WHERE b.month < c.month) < c.month - 3
), back AS (
    SELECT month, count(*) AS lapsed, count(b.customer_id) AS won_back
    FROM lapsed LEFT JOIN bought b USING (customer_id, month)
    GROUP BY month
)
SELECT month_start(c.month), round(sum(b.n) / count(*), 2), round(max(revenue) / sum(b.n), 2),
       coalesce(max(lapsed), 0), coalesce(max(won_back), 0), round(100.0 * max(won_back) / max(lapsed), 1)
FROM calendar c JOIN bought b USING (month) LEFT JOIN back USING (month)
GROUP BY c.month
ORDER BY c.month;
