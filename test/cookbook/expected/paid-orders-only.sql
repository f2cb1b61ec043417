WITH paid AS (
    SELECT customer_id, month_number(ordered_at) AS month, amount FROM orders WHERE status <> 'cancelled'
), first AS (
    SELECT customer_id, min(month) AS cohort FROM paid WHERE amount >= 0 GROUP BY customer_id
), calendar AS (
    SELECT month FROM generate_series((SELECT min(month) FROM paid), (SELECT max(month) FROM paid)) month
    WHERE month_start(month + 1) <= (SELECT least(max(ordered_at)::date + 1, current_date)
                                     FROM orders WHERE status = 'paid')
)
SELECT month_start(cohort), c.month - cohort,
       (SELECT count(*) FROM first f WHERE f.cohort = first.cohort),
       count(DISTINCT paid.customer_id) FILTER (WHERE amount >= 0),
       coalesce(sum(amount), 0.00)
FROM first
JOIN calendar c ON c.month >= cohort
LEFT JOIN paid ON paid.customer_id = first.customer_id AND paid.month = c.month
WHERE month_start(cohort) >= '2024-10-01'
GROUP BY cohort, c.month
ORDER BY cohort, c.month;
