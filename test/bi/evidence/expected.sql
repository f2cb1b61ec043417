-- What the page must show, from the table functions themselves.
SELECT json_build_object(
    'heat_map', (SELECT json_agg(rates ORDER BY cohort)
                 FROM (SELECT cohort, json_agg(retention_rate ORDER BY age) AS rates
                       FROM cohort_retention('orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Sofia',
                                             as_of => :day)
                       WHERE complete AND age <= 12
                       GROUP BY cohort) c),
    'cohorts', (SELECT json_agg(json_build_array(to_char(cohort, 'YYYY-MM'), age, cohort_size, customers, revenue, complete::text)
                                ORDER BY cohort, age)
                FROM cohort_retention('orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Sofia', as_of => :day)),
    'curve', (SELECT json_agg(json_build_array(age, retention_rate, ci_low, ci_high, unbounded_rate) ORDER BY age)
              FROM retention_summaries('orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Sofia', as_of => :day),
                   retention_curve(summary, :day)),
    'churn', (SELECT json_agg(json_build_array(to_char(period, 'YYYY-MM'), new_customers, reactivated_customers, -churned_customers)
                              ORDER BY period)
              FROM customer_churn('orders', 'customer_id', 'ordered_at', amount => 'amount', timezone => 'Europe/Sofia', as_of => :day,
                                  active_window => 3)
              WHERE complete),
    'revenue', (SELECT json_agg(json_build_array(to_char(period, 'YYYY-"Q"Q'), new_revenue, reactivated_revenue, expansion_revenue,
                                                 -contraction_revenue, -churned_revenue, net_revenue_retention) ORDER BY period)
                FROM retention_summaries('orders', 'customer_id', 'ordered_at', 'quarter', amount => 'amount',
                                         timezone => 'Europe/Sofia', as_of => :day),
                     revenue_periods(summary, :day)
                WHERE complete));
