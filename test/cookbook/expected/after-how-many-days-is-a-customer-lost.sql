WITH days AS (
    SELECT DISTINCT customer_id, ordered_at::date AS day FROM orders WHERE customer_id IS NOT NULL AND amount >= 0
), gaps AS (
    SELECT (SELECT min(later.day) FROM days later WHERE later.customer_id = d.customer_id AND later.day > d.day) - day AS gap
    FROM days d
    WHERE day < current_date - 182
), numbered AS (
    SELECT gap, row_number() OVER (ORDER BY gap) AS n, count(*) OVER () AS gaps FROM gaps WHERE gap IS NOT NULL
)
SELECT share, (SELECT min(gap) FROM numbered WHERE n >= share * gaps)
FROM unnest(ARRAY[0.5, 0.75, 0.9, 0.95]) AS share
ORDER BY share;
