-- What comes next: order days and revenue of these customers in 90 days, with the interval in which they will be 95 times of a hundred.
CREATE TABLE shop_histories AS
SELECT customer_id, history_agg(ordered_at, amount) AS history FROM shop_orders GROUP BY customer_id;

SELECT customers, round(expected::numeric) AS order_days, round(prediction_low::numeric) AS low, round(prediction_high::numeric) AS high,
       round(revenue::numeric) AS revenue, round(revenue_prediction_low::numeric) AS revenue_low,
       round(revenue_prediction_high::numeric) AS revenue_high
FROM (SELECT rfm_agg(history, '2025-01-16') AS counts FROM shop_histories) c,
     expected_total(mbgnbd_fit(counts), counts, gamma_gamma_fit(counts), 90);

-- Would it have been right? Fitted to what was before July and compared with the half year since, beside three that need no model.
-- (bias: expected - actual, in order days of a customer; the higher the log_score, the better.)
SELECT measure, round(model::numeric, 3) AS model, round(zero::numeric, 3) AS nobody_comes, round(own_rate::numeric, 3) AS own_rate,
       round(nbd::numeric, 3) AS nobody_leaves
FROM (SELECT rfm_agg(history, '2025-01-16', '2024-07-01') AS counts FROM shop_histories) c, holdout_accuracy(mbgnbd_fit(counts), counts);
