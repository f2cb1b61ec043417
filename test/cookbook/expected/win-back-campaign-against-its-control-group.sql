WITH lapsed AS (
    SELECT customer_id, in_control, sent_at::date AS sent
    FROM campaign c
    WHERE EXISTS (SELECT FROM orders o
                  WHERE o.customer_id = c.customer_id AND amount >= 0 AND ordered_at < sent_at::date)
      AND NOT EXISTS (SELECT FROM orders o
                      WHERE o.customer_id = c.customer_id AND amount >= 0
                        AND ordered_at >= sent_at::date - 60 AND ordered_at < sent_at::date)
), back AS (
    SELECT in_control, EXISTS (SELECT FROM orders o
                               WHERE o.customer_id = l.customer_id AND amount >= 0
                                 AND ordered_at >= sent AND ordered_at < sent + 30) AS back
    FROM lapsed l
), count AS (
    SELECT count(*) FILTER (WHERE NOT in_control)::float8 AS na, count(*) FILTER (WHERE NOT in_control AND back)::float8 AS xa,
           count(*) FILTER (WHERE in_control)::float8 AS nb, count(*) FILTER (WHERE in_control AND back)::float8 AS xb
    FROM back
)
SELECT na, nb, round(100 * rate_a::numeric, 1), round(100 * rate_b::numeric, 1), round(100 * difference::numeric, 1),
       round(100 * low::numeric, 1), round(100 * high::numeric, 1), round(p_value::numeric, 3)
FROM count, difference(xa, na, xb, nb);
