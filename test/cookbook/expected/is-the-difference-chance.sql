WITH purchase AS (
    SELECT customer_id, month_number(ordered_at) AS month FROM orders WHERE amount >= 0
), first AS (
    SELECT customer_id, min(month) AS cohort FROM purchase GROUP BY customer_id
), cell AS (
    SELECT cohort, count(*)::float8 AS n,
           count(*) FILTER (WHERE (customer_id, cohort + 1) IN (SELECT customer_id, month FROM purchase))::float8 AS x
    FROM first
    GROUP BY cohort
)
SELECT round(100 * rate_a::numeric, 1), round(100 * rate_b::numeric, 1), round(100 * difference::numeric, 1),
       round(100 * low::numeric, 1), round(100 * high::numeric, 1), round(p_value::numeric, 3)
FROM cell a, cell b, difference(a.x, a.n, b.x, b.n)
WHERE a.cohort = 2024 * 12 + 9 AND b.cohort = 2023 * 12 + 9;
