WITH purchase AS (
    SELECT customer_id, date_trunc('week', ordered_at)::date AS week FROM orders WHERE amount >= 0
), cohort AS (
    SELECT row_number() OVER (ORDER BY week) AS i, week, count(*) AS n,
           count(*) FILTER (WHERE EXISTS (SELECT FROM purchase p WHERE p.customer_id = f.customer_id AND p.week = f.week + 7)) AS back
    FROM (SELECT customer_id, min(week) AS week FROM purchase GROUP BY customer_id) f
    WHERE week + 14 <= (SELECT day FROM report_end)
    GROUP BY week
), basis AS (
    SELECT c.i, p, greatest(1, (SELECT avg(abs(z - before)) / 1.128 FROM (
               SELECT (back / n::float8 - p) / sqrt(p * (1 - p) / n) AS z,
                      lag((back / n::float8 - p) / sqrt(p * (1 - p) / n)) OVER (ORDER BY i) AS before
               FROM cohort b WHERE b.i < c.i) AS moved))
           -- t(.995; .62 (m - 1)) of m = 8 to 25
           * greatest(3, coalesce((ARRAY[4.36686870830570, 4.04892955655658, 3.82480788667038, 3.65881462160957, 3.53117336522323,
               3.43009579642364, 3.34814173436350, 3.28039441788980, 3.22347966243319, 3.17500768545337, 3.13324007527866,
               3.09688288206749, 3.06495363660449, 3.03669326347084, 3.01150620322625, 2.98891876254933, 2.96854954594174,
               2.95008807769545])[c.i - 8], 0) * sqrt(1 + 1.0 / (c.i - 1))) AS reach
    FROM cohort c, LATERAL (SELECT sum(back) / sum(n)::float8 AS p FROM cohort b WHERE b.i < c.i) AS before
    WHERE c.i > 8 AND p > 0 AND p < 1
), judged AS (
    SELECT week, c.i, back / n::float8 AS rate, greatest(0, p - reach * sqrt(p * (1 - p) / n)) AS lower,
           least(1, p + reach * sqrt(p * (1 - p) / n)) AS upper, sign(back / n::float8 - p) AS side
    FROM cohort c JOIN basis USING (i)
), told AS (
    SELECT *, CASE WHEN rate > upper THEN 'above' WHEN rate < lower THEN 'below'
               WHEN (SELECT count(*) FROM judged b WHERE b.i BETWEEN j.i - 7 AND j.i AND b.side = j.side AND b.side <> 0) = 8
               THEN CASE side WHEN 1 THEN 'run above' ELSE 'run below' END END AS signal
    FROM judged j
)
SELECT week, signal, round(100 * rate::numeric, 1), round(100 * lower::numeric, 1), round(100 * upper::numeric, 1)
FROM told WHERE signal IS NOT NULL ORDER BY week;
