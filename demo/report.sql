-- Who comes back: of each month's new customers, the percentage that ordered again so many months later.
-- A month that is not over yet is marked *.
SELECT to_char(cohort, 'YYYY-MM') || to_char(cohort_size, '99999') AS "cohort   size", age,
       lpad(round(100 * retention_rate::numeric, 1)::text, 5) || CASE WHEN complete THEN ' ' ELSE '*' END
FROM cohort_retention('shop_orders', 'customer_id', 'ordered_at', amount => 'amount')
WHERE cohort >= '2024-01-01'
\crosstabview

-- Who stayed and who left: a customer counts as active for three months after an order.
SELECT to_char(period, 'YYYY-MM') AS month, opening_customers AS opening, new_customers AS new,
       retained_customers AS retained, reactivated_customers AS returned, churned_customers AS churned,
       active_customers AS active, orders, revenue,
       round(100 * retention_rate::numeric, 1) AS "retention %", round(100 * churn_rate::numeric, 1) AS "churn %",
       complete
FROM customer_churn('shop_orders', 'customer_id', 'ordered_at', amount => 'amount', active_window => 3)
WHERE period >= '2024-02-01';

-- How far customers climb: of those with n - 1 orders, how many placed an n-th.
SELECT order_number, customers, round(100 * conversion_rate::numeric, 1) AS "conversion %",
       round(100 * share::numeric, 1) AS "share %"
FROM repeat_purchase('shop_orders', 'customer_id', 'ordered_at', amount => 'amount', max_orders => 10);

-- The first table once more, drawn: the later the cohort, the more of it comes back.
SELECT line FROM retention_summaries('shop_orders', 'customer_id', 'ordered_at', amount => 'amount'),
       retention_heatmap(summary, max_ages => 12) AS line
\g (tuples_only=on format=unaligned)
