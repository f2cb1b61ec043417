WITH start AS (
    SELECT DISTINCT customer_id FROM orders WHERE amount >= 0 AND ordered_at >= '2024-07-01' AND ordered_at < '2024-10-01'
), stayed AS (
    SELECT DISTINCT customer_id FROM orders WHERE amount >= 0 AND ordered_at >= '2024-10-01' AND ordered_at < '2025-01-01'
), side AS (
    SELECT customer_id IN (SELECT customer_id FROM loyalty WHERE joined_at >= '2024-07-01' AND joined_at < '2024-10-01') AS member,
           customer_id IN (SELECT customer_id FROM stayed) AS stayed
    FROM start
    WHERE customer_id NOT IN (SELECT customer_id FROM loyalty WHERE joined_at < '2024-07-01')
), count AS (
    SELECT count(*) FILTER (WHERE member)::float8 AS na, count(*) FILTER (WHERE member AND stayed)::float8 AS xa,
           count(*) FILTER (WHERE NOT member)::float8 AS nb, count(*) FILTER (WHERE NOT member AND stayed)::float8 AS xb
    FROM side
    HAVING bool_or(member) AND bool_or(NOT member)
)
SELECT na, nb, round(100 * rate_a::numeric, 1), round(100 * rate_b::numeric, 1), round(100 * difference::numeric, 1),
       round(100 * low::numeric, 1), round(100 * high::numeric, 1), round(p_value::numeric, 3)
FROM count, difference(xa, na, xb, nb);
