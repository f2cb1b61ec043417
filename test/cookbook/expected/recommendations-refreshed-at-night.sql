WITH basket AS (
    SELECT DISTINCT customer_id, order_id, product, min(ordered_at) OVER (PARTITION BY order_id) AS at
    FROM order_lines WHERE quantity * price >= 0
), all_orders AS (
    SELECT count(DISTINCT order_id)::float8 AS n FROM basket
), product AS (
    SELECT product, count(*)::float8 AS orders, count(*) / n AS share FROM basket, all_orders GROUP BY product, n
), own AS (
    SELECT order_id, row_number() OVER (ORDER BY max(at)) AS j, count(*) OVER () AS n FROM basket WHERE customer_id = 31 GROUP BY order_id
), had AS (
    SELECT product, sum(1 + 0.95 ^ (n - j)::float8) / (SELECT sum(1 + 0.95 ^ (n - j)::float8) FROM own) * share ^ 0.2 AS score
    FROM own JOIN basket USING (order_id) JOIN product USING (product) GROUP BY product, share
), pair AS (
    SELECT a.product, b.product AS other, count(*)::float8 AS k
    FROM basket a JOIN basket b USING (order_id)
    WHERE a.product <> b.product AND a.product IN (SELECT product FROM own JOIN basket USING (order_id) WHERE j = own.n)
    GROUP BY a.product, b.product
), new AS (
    SELECT b.product, coalesce(max((k + 100 * b.share) / (a.orders + 100)) FILTER (WHERE k * n > a.orders * b.orders), b.share) AS score,
           coalesce(bool_or(k * n > a.orders * b.orders), false) AS goes_with
    FROM all_orders, product b LEFT JOIN pair ON other = b.product LEFT JOIN product a ON a.product = pair.product
    WHERE b.product NOT IN (SELECT product FROM had)
    GROUP BY b.product, b.share
)
SELECT row_number() OVER (ORDER BY place, score DESC, orders DESC, product), product, reason
FROM (SELECT product, score, 1 AS place, 'repeat' AS reason FROM had
      UNION ALL
      SELECT product, score, 2, CASE WHEN goes_with THEN 'together' ELSE 'popular' END FROM new) w
JOIN product USING (product)
ORDER BY 1
LIMIT 10;
