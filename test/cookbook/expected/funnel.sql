SELECT count(DISTINCT v.user_id), count(DISTINCT c.user_id), count(DISTINCT p.user_id)
FROM events v
LEFT JOIN events c ON c.user_id = v.user_id AND c.name = 'cart'
LEFT JOIN events p ON p.user_id = v.user_id AND p.name = 'purchase'
WHERE v.name = 'visit';
