-- What the database of shop.sql says; the same after an update.
SET timezone = 'UTC';
SET extra_float_digits = 1;
SELECT name, summary::text FROM summaries ORDER BY name;
\set cells 'cohort, age, period, cohort_size, customers, customers_since, repeat_customers, orders, revenue, cumulative_revenue, retention_rate, ci_low, ci_high, unbounded_rate, repeat_rate, complete'
\set curve 'age, cohorts, cohort_size, customers, customers_since, repeat_customers, retention_rate, ci_low, ci_high, unbounded_rate, repeat_rate, revenue_per_customer'
\set accounts 'period, opening_customers, new_customers, retained_customers, reactivated_customers, churned_customers, active_customers, ordering_customers, orders, revenue, retention_rate, churn_rate, crr, quick_ratio, complete'
SELECT segment, :accounts FROM churn ORDER BY period;
SELECT segment, :accounts FROM churn_by_position ORDER BY period;
SELECT name, :accounts FROM accounts ORDER BY name, period;
SELECT json->>'churned_customers', json->>'complete' FROM whole_rows ORDER BY json->>'period';
SELECT segment, order_number, customers, conversion_rate, share FROM ladder ORDER BY order_number;
SELECT order_number, customers, conversion_rate, share FROM rungs ORDER BY order_number;
SELECT summary::text FROM whole;
SELECT * FROM latest;
SELECT segment, :cells FROM cohort_table ORDER BY cohort, age;
SELECT name, :cells FROM cells ORDER BY name, cohort, age;
SELECT segment, :cells FROM table_cells ORDER BY cohort, age;
SELECT :curve FROM curve ORDER BY age;
SELECT churned();
SELECT count(*) FROM summaries a JOIN summaries b ON a.summary OPERATOR(tools.=) b.summary;
