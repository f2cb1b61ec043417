WITH customer AS (      -- refunds are no orders, but money
    SELECT max(ordered_at::date) FILTER (WHERE amount >= 0) AS last, count(*) FILTER (WHERE amount >= 0) AS orders, sum(amount) AS revenue
    FROM orders
    WHERE customer_id IS NOT NULL
    GROUP BY customer_id
    HAVING count(*) FILTER (WHERE amount >= 0) > 0
), scored AS (          -- one less than the rank is how many are strictly worse
    SELECT revenue, 1 + 5 * (rank() OVER (ORDER BY last) - 1) / count(*) OVER () AS r,
           1 + 5 * (rank() OVER (ORDER BY orders) - 1) / count(*) OVER () AS f
    FROM customer
), named AS (
    SELECT revenue, CASE WHEN r < 4 AND f >= 4 THEN '3 were good, slipping away' WHEN r = 1 THEN '5 lost' WHEN r < 4 THEN '4 cooling'
                         WHEN f < 4 THEN '2 new and promising' ELSE '1 champions' END AS name
    FROM scored
)
SELECT name, count(*), round(100.0 * count(*) / (SELECT count(*) FROM named), 1), sum(revenue),
       round(100 * sum(revenue) / (SELECT sum(revenue) FROM named), 1)
FROM named
GROUP BY name
ORDER BY name;
