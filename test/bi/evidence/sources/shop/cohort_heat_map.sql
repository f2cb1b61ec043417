SELECT to_char(cohort, 'YYYY-MM') AS cohort, cohort_size, age, retention_rate
FROM reporting.monthly_cohorts
WHERE complete
