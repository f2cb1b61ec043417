SELECT to_char(period, 'YYYY-"Q"Q') AS period, new_revenue, reactivated_revenue, expansion_revenue,
       -contraction_revenue AS contraction_revenue, -churned_revenue AS churned_revenue, net_revenue_retention
FROM reporting.quarterly_revenue
WHERE complete
