SELECT count(DISTINCT (country, customer_id)), count(DISTINCT customer_id) FROM orders WHERE amount >= 0;
