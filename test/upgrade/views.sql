-- All columns of views, those that there were when they were made, whatever has come since.
SELECT * FROM churn ORDER BY period;
SELECT * FROM accounts ORDER BY name, period;
SELECT * FROM cells ORDER BY name, cohort, age;
SELECT * FROM table_cells ORDER BY cohort, age;
SELECT * FROM curve ORDER BY age;
SELECT * FROM ladder ORDER BY order_number;
