WITH margins AS (
    SELECT customer_id, month_number(ordered_at) / 3 AS quarter, amount * 0.4 - 3 AS margin, status = 'refunded' AS is_refund
    FROM orders
), member AS (
    SELECT customer_id, min(quarter) AS cohort
    FROM margins WHERE NOT is_refund
    GROUP BY customer_id
), cell AS (
    SELECT cohort, age FROM (SELECT DISTINCT cohort FROM member) c, generate_series(0, 4) age
    WHERE cohort + age <= (SELECT max(quarter) FROM margins WHERE NOT is_refund)
)
SELECT month_start(cell.cohort * 3), age, count(DISTINCT customer_id) FILTER (WHERE NOT is_refund),
       count(*) FILTER (WHERE NOT is_refund), round(coalesce(sum(margin), 0), 3)
FROM cell LEFT JOIN (member JOIN margins USING (customer_id)) ON member.cohort = cell.cohort AND quarter = cell.cohort + age
GROUP BY cell.cohort, age
ORDER BY cell.cohort, age;
