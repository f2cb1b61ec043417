WITH placed AS (
    SELECT customer_id, ordered_at::date AS day, row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at) AS n
    FROM orders WHERE amount >= 0
), customer AS (
    SELECT month_number(f.day::timestamptz) AS cohort, s.day - f.day AS days
    FROM placed f LEFT JOIN placed s ON s.customer_id = f.customer_id AND s.n = 2
    WHERE f.n = 1
), cell AS (            -- over when the last day of the month has been watched so long
    SELECT cohort, within, count(*) AS size, count(*) FILTER (WHERE days < within) AS repeated,
           month_start(cohort + 1) - 1 + within <= (SELECT day FROM report_end) AS over
    FROM customer, unnest('{30,60,90}'::int[]) within
    GROUP BY cohort, within
)
SELECT to_char(month_start(cohort), 'YYYY-MM'), max(size),
       string_agg(CASE WHEN over THEN round(100.0 * repeated / size, 1)::text ELSE '' END, '|' ORDER BY within)
FROM cell
GROUP BY cohort
HAVING bool_or(over)
ORDER BY cohort;
