WITH basket AS (
    SELECT DISTINCT order_id, product FROM order_lines WHERE quantity * price >= 0
), n AS (
    SELECT count(DISTINCT order_id)::float8 AS n FROM basket
), single AS (
    SELECT product, count(*)::float8 AS n FROM basket GROUP BY product
), pair AS (
    SELECT a.product, b.product AS other, count(*)::float8 AS k
    FROM basket a JOIN basket b ON a.order_id = b.order_id AND a.product < b.product
    GROUP BY a.product, b.product HAVING count(*) >= 5
), cells AS (
    SELECT p.product, p.other, k, a.n AS a, b.n AS b, n.n
    FROM pair p JOIN single a ON a.product = p.product JOIN single b ON b.product = p.other, n
), evidence AS (
    SELECT *, sign(k * n - a * b) * 2 * (SELECT sum(CASE WHEN cell > 0 THEN cell * ln(cell / expected) ELSE 0 END)
        FROM (VALUES (k, a * b / n), (a - k, a * (n - b) / n), (b - k, (n - a) * b / n),
                     (n - a - b + k, (n - a) * (n - b) / n)) c(cell, expected)) AS g2
    FROM cells
)
SELECT product, other, k, round((100 * k / a)::numeric, 1), round((k / a / (b / n))::numeric, 2), round(g2::numeric, 1)
FROM evidence
ORDER BY g2 DESC
LIMIT 10;
