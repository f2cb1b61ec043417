-- What the database of shop.sql says; the same after an update.
SET timezone = 'UTC';
SET extra_float_digits = 1;
SELECT name, summary::text FROM summaries ORDER BY name;
SELECT * FROM churn ORDER BY period;
SELECT * FROM churn_by_position ORDER BY period;
SELECT * FROM accounts ORDER BY name, period;
SELECT * FROM ladder ORDER BY order_number;
SELECT summary::text FROM whole;
SELECT * FROM latest;
SELECT * FROM cohort_table ORDER BY cohort, age;
SELECT churned();
SELECT count(*) FROM summaries a JOIN summaries b ON a.summary OPERATOR(tools.=) b.summary;
SELECT relname, pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace ORDER BY relname;
