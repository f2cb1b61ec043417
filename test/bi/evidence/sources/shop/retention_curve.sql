SELECT age, retention_rate, ci_low, ci_high, unbounded_rate
FROM reporting.retention_curve
