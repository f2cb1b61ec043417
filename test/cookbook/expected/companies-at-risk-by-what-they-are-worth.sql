WITH company AS (       -- what came before 16 January
    SELECT company, count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue,
           min(ordered_at::date) FILTER (WHERE amount >= 0) AS first, max(ordered_at::date) FILTER (WHERE amount >= 0) AS last,
           count(DISTINCT ordered_at::date) FILTER (WHERE amount >= 0) AS days
    FROM orders JOIN contacts USING (customer_id)
    WHERE ordered_at < '2025-01-16'
    GROUP BY company
), rhythm AS (
    SELECT *, (last - first)::float8 / nullif(days - 1, 0) AS gap, date '2025-01-15' - last AS recency
    FROM company
), ratio AS (           -- a gap below thirty days counts as thirty; of one order day: the median
    SELECT *, recency / coalesce(greatest(gap, CASE WHEN gap IS NOT NULL THEN 30 END),
                                 (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY greatest(gap, 30)) FROM rhythm WHERE days > 1)) AS ratio
    FROM rhythm
)
SELECT company, orders, revenue, last, round(gap::numeric, 1), recency, CASE WHEN ratio > 2 THEN 'lapsed' ELSE 'at_risk' END
FROM ratio
WHERE ratio > 1.5 AND ratio <= 3
ORDER BY revenue DESC, company
LIMIT 8;
