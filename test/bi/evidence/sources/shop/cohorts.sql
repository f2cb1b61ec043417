SELECT to_char(cohort, 'YYYY-MM') AS cohort, age, cohort_size, customers, revenue, complete
FROM reporting.monthly_cohorts
