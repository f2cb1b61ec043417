WITH seen AS (
    SELECT user_id, (timestamptz '1970-01-01 00:00Z' + ts_ms * interval '1 millisecond')::date AS day FROM events
), first AS (
    SELECT user_id, min(day) AS day FROM seen GROUP BY user_id HAVING date_trunc('month', min(day)) = '2024-11-01'
)
SELECT count(*),
       count(*) FILTER (WHERE EXISTS (SELECT FROM seen s WHERE s.user_id = f.user_id AND s.day = f.day + 1)),
       count(*) FILTER (WHERE EXISTS (SELECT FROM seen s WHERE s.user_id = f.user_id AND s.day = f.day + 7)),
       count(*) FILTER (WHERE EXISTS (SELECT FROM seen s WHERE s.user_id = f.user_id AND s.day = f.day + 30))
FROM first f;
