SELECT to_char(period, 'YYYY-MM') AS period, new_customers, reactivated_customers, -churned_customers AS churned_customers
FROM reporting.monthly_churn
WHERE complete
