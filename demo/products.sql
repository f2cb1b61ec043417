-- What brings customers back: after the first order with a product, what they came back for within 90 days, beside how
-- many did after other products.
SELECT product, next AS came_back_for, watched, followed, round(100 * share::numeric, 1) AS "%",
       round(100 * base_share::numeric, 1) AS "others %", round(lift::numeric, 1) AS lift, median_days AS days
FROM bought_next('shop_lines', 'customer_id', 'ordered_at', 'product', order_id => 'order_id')
WHERE p_adjusted < 0.001
ORDER BY lift DESC
LIMIT 5;

-- What each may want next, three products for one of them, and why ...
SELECT customer, rank, product, reason
FROM next_basket('shop_lines', 'customer_id', 'ordered_at', 'product', 'order_id', per_customer => 3)
LIMIT 3;

-- ... and how much of everybody's last order three such products would have named.
SELECT measure, round(next_basket::numeric, 3) AS next_basket, round(own_frequency::numeric, 3) AS own_frequency,
       round(popular::numeric, 3) AS popular
FROM next_basket_test('shop_lines', 'customer_id', 'ordered_at', 'product', 'order_id', per_customer => 3);
