-- All columns of views, those that there were when they were made, whatever has come since.
SELECT * FROM churn ORDER BY period;
SELECT * FROM accounts ORDER BY name, period;
SELECT * FROM ladder ORDER BY order_number;
