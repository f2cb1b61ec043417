WITH booked AS (
    SELECT customer_id, date_trunc('quarter', ordered_at)::date AS quarter, sum(amount) AS revenue, bool_or(amount >= 0) AS ordered
    FROM orders
    GROUP BY 1, 2
), calendar AS (
    SELECT quarter::date, (quarter - interval '3 months')::date AS before
    FROM generate_series((SELECT min(quarter) FROM booked WHERE ordered)::timestamp, (SELECT max(ordered_at) FROM orders),
                         interval '3 months') quarter
    WHERE quarter + interval '3 months' <= (SELECT day FROM report_end)
), change AS (
    SELECT c.quarter, coalesce(b.revenue, 0) AS before, coalesce(n.revenue, 0) - coalesce(b.revenue, 0) AS change,
           coalesce(b.ordered, false) AS was, coalesce(n.ordered, false) AS stays
    FROM calendar c
    CROSS JOIN (SELECT DISTINCT customer_id FROM orders) o
    LEFT JOIN booked b ON b.customer_id = o.customer_id AND b.quarter = c.before
    LEFT JOIN booked n ON n.customer_id = o.customer_id AND n.quarter = c.quarter
), account AS (
    SELECT quarter, sum(before) AS opening, coalesce(sum(change) FILTER (WHERE was AND stays AND change > 0), 0) AS expansion,
           coalesce(-sum(change) FILTER (WHERE was AND stays AND change < 0), 0) AS contraction,
           coalesce(-sum(change) FILTER (WHERE NOT stays), 0) AS churned
    FROM change
    GROUP BY quarter
)
SELECT quarter, round(opening, 2), round(expansion, 2), round(contraction, 2), round(churned, 2),
       CASE WHEN opening > 0 THEN round(100 * (opening - contraction - churned) / opening, 1) END,
       CASE WHEN opening > 0 THEN round(100 * (opening + expansion - contraction - churned) / opening, 1) END
FROM account
ORDER BY quarter;
