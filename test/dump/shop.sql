CREATE SCHEMA tools;
CREATE EXTENSION retention SCHEMA tools;
CREATE TABLE orders (customer int, day date, amount numeric);
INSERT INTO orders SELECT g % 37, date '2023-01-01' + g * 7 % 500, g % 11 - 1 FROM generate_series(1, 1000) g;

CREATE TABLE summaries (name text PRIMARY KEY, summary tools.retention_summary DEFAULT NULL);
INSERT INTO summaries SELECT unit, tools.retention_agg(customer, day, amount, unit)
FROM orders, unnest('{day,week,month,quarter,year}'::text[]) unit GROUP BY unit;
INSERT INTO summaries SELECT 'signed up', tools.anchored_retention_agg(customer, day, day - 30, 'month') FROM orders;
INSERT INTO summaries SELECT 'segment ' || segment, summary FROM unnest((SELECT tools.segmented_retention_agg(customer, day, (customer % 3)::text, 'month') FROM orders));
CREATE TABLE histories (customer int PRIMARY KEY, history tools.retention_history NOT NULL);
INSERT INTO histories SELECT customer, tools.history_agg(day, amount) FROM orders GROUP BY customer;
INSERT INTO summaries SELECT 'windows', tools.retention_agg(history, 'month', '30 days') FROM histories;
CREATE INDEX ON histories USING hash (history);
CREATE TABLE segments AS SELECT tools.segmented_retention_agg(customer, day, (customer % 3)::text, 'month') AS list FROM orders;

CREATE VIEW churn AS SELECT * FROM tools.customer_churn('orders', 'customer', 'day', 'month', 'amount', active_window => 2);
CREATE VIEW drawn AS SELECT tools.retention_svg(summary) AS svg FROM summaries WHERE name = 'month';
CREATE MATERIALIZED VIEW cohort_table AS SELECT * FROM tools.cohort_retention('orders', 'customer', 'day', 'month', 'amount');
CREATE UNIQUE INDEX ON cohort_table (cohort, age);
CREATE FUNCTION latest() RETURNS numeric LANGUAGE sql STABLE
	BEGIN ATOMIC SELECT tools.revenue(summary) FROM public.summaries WHERE name = 'month'; END;
