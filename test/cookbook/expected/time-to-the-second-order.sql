WITH placed AS (
    SELECT customer_id, ordered_at::date AS day, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at) AS n
    FROM orders WHERE amount >= 0
), customer AS (        -- days to the second order, or watched without one
    SELECT coalesce(s.day, (SELECT max(day) FROM placed)) - f.day AS days, s.day IS NOT NULL AS repeated
    FROM placed f LEFT JOIN placed s ON s.customer_id = f.customer_id AND s.n = 2
    WHERE f.n = 1
), event AS (
    SELECT e.days, (SELECT count(*) FROM customer c WHERE c.days >= e.days)::float8 AS n,
           (SELECT count(*) FROM customer c WHERE c.days = e.days AND repeated)::float8 AS d
    FROM (SELECT DISTINCT days FROM customer WHERE repeated) e
), survival AS (        -- nobody's event is the last: n > d
    SELECT within, (array_agg(n ORDER BY days DESC))[1] AS n, exp(sum(ln(1 - d / n))) AS s,
           sum(d / (n * (n - d))) AS greenwood
    FROM event JOIN unnest('{7,30,60,90,180}'::int[]) within ON days <= within
    GROUP BY within
), bounds AS (          -- 95 % of log(-log S)
    SELECT *, 1.959963984540054 * sqrt(greenwood) / abs(ln(s)) AS w FROM survival
)
SELECT within, n, round(100 * (1 - s)::numeric, 1), round(100 * (1 - s ^ exp(-w))::numeric, 1),
       round(100 * (1 - s ^ exp(w))::numeric, 1)
FROM bounds
ORDER BY within;
