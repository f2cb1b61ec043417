WITH active AS (        -- in a month: who ordered in it or in the two before
    SELECT DISTINCT customer_id, month_number(ordered_at) + later AS month
    FROM orders, generate_series(0, 2) later
    WHERE amount >= 0
), rate AS (
    SELECT month, (SELECT count(*) FROM active now JOIN active before USING (customer_id)
                   WHERE now.month = m.month AND before.month = m.month - 1)::float8
                  / (SELECT count(*) FROM active WHERE active.month = m.month - 1) AS rate
    FROM (SELECT DISTINCT month FROM active) m
    WHERE month_start(month + 1) <= (SELECT day FROM report_end)
      AND month > (SELECT min(month) FROM active)
)
SELECT month_start(this.month), round(100 * this.rate::numeric, 1), round(100 * (this.rate - last.rate)::numeric, 1)
FROM rate this JOIN rate last ON last.month = this.month - 1
ORDER BY this.month DESC
LIMIT 1;
