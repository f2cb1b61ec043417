WITH year AS (
    -- the day after the Saturday nearest to the end of January
    SELECT y AS year, latest - (extract(dow FROM latest)::int + 1) % 7 + 1 AS starts
    FROM generate_series(2020, 2041) y, LATERAL (SELECT make_date(y, 2, 3)) l(latest)
), retail AS (
    SELECT year, n AS period, starts + 7 * weeks_before AS starts_on,
           coalesce(lead(starts + 7 * weeks_before) OVER (ORDER BY year, n), 'infinity') AS ends_before,
           row_number() OVER (ORDER BY year, n) AS no
    FROM year, unnest(ARRAY[0, 4, 9, 13, 17, 22, 26, 30, 35, 39, 43, 48]) WITH ORDINALITY p(weeks_before, n)
), purchase AS (
    SELECT customer_id, no FROM orders JOIN retail ON ordered_at::date >= starts_on AND ordered_at::date < ends_before
    WHERE amount >= 0
), first AS (
    SELECT customer_id, min(no) AS cohort FROM purchase GROUP BY customer_id
)
SELECT r.year, r.period, r.starts_on, (r.ends_before - r.starts_on) / 7, count(*), sum(here::int),
       round(100.0 * sum(here::int) / count(*), 1)
FROM first f
JOIN retail r ON r.no = cohort
JOIN retail next ON next.no = cohort + 1,
     LATERAL (SELECT EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND p.no = cohort + 1) AS here) h
WHERE next.ends_before <= (SELECT day FROM report_end)
GROUP BY r.year, r.period, r.starts_on, r.ends_before
ORDER BY r.starts_on;
