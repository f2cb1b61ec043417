-- A database as users of 1.0 have it: orders, stored summaries, views and functions over what can be called.
-- :version is what the extension is installed as.
CREATE SCHEMA tools;
CREATE EXTENSION retention SCHEMA tools VERSION :'version';
CREATE TABLE orders (customer int, at timestamptz, day date, amount numeric, line_of text);
INSERT INTO orders SELECT g % 37, timestamptz '2023-01-01 22:30+00' + g * 7 % 500 * interval '1 day', date '2023-01-01' + g * 7 % 500,
	(g % 11 - 1) * 0.25, g / 3 FROM generate_series(1, 1000) g;
INSERT INTO orders VALUES (NULL, now(), '2023-05-05', 1, NULL), (5, NULL, NULL, 1, NULL), (6, '2023-05-05', '2023-05-05', NULL, NULL);
ANALYZE orders;

CREATE TABLE summaries (name text PRIMARY KEY, summary tools.retention_summary);
INSERT INTO summaries SELECT unit, tools.retention_agg(customer, day, amount, unit)
FROM orders, unnest('{day,week,month,quarter,year}'::text[]) unit GROUP BY unit;
INSERT INTO summaries SELECT 'refunds only', tools.retention_agg(customer, day, -1.5, 'month') FROM orders;
INSERT INTO summaries SELECT 'part ' || customer % 3, tools.retention_agg(customer, at, 'month') FROM orders WHERE customer IS NOT NULL GROUP BY customer % 3;
INSERT INTO summaries VALUES ('none', NULL);
CREATE INDEX ON summaries USING hash (summary);

CREATE VIEW churn AS SELECT * FROM tools.customer_churn('orders', 'customer', 'day', 'month', 'amount', active_window => 2);
CREATE VIEW churn_by_position AS SELECT * FROM tools.customer_churn('orders', 'customer', 'at', 'month', 'amount', 'line_of', NULL, 'Europe/Sofia', '2024-07-01', 3);
CREATE VIEW accounts AS SELECT name, p.* FROM summaries, tools.periods(summary, 3) p;
CREATE VIEW cells AS SELECT name, c.* FROM summaries, tools.cohorts(summary) c;
CREATE VIEW table_cells AS SELECT * FROM tools.cohort_retention('orders', 'customer', 'day', 'quarter');
CREATE VIEW curve AS SELECT c.* FROM summaries, tools.retention_curve(summary) c WHERE name = 'month';
CREATE VIEW points AS SELECT * FROM summaries, tools.retention_curve(summary) WITH ORDINALITY AS c(age, cohorts, cohort_size, customers, customers_since, repeat_customers, retention_rate, ci_low, ci_high, unbounded_rate, repeat_rate, revenue_per_customer, n) WHERE name = 'quarter';
CREATE VIEW ladder AS SELECT * FROM tools.repeat_purchase('orders', 'customer', 'day', max_orders => 5);
CREATE VIEW rungs AS SELECT * FROM summaries, tools.order_ladder(summary) WITH ORDINALITY AS l(order_number, customers, conversion_rate, share, n) WHERE name = 'month';
CREATE VIEW whole_rows AS SELECT row_to_json(p) AS json FROM summaries, tools.periods(summary) p WHERE name = 'month';
CREATE VIEW whole AS SELECT tools.sum(summary) AS summary FROM summaries WHERE name LIKE 'part%';
CREATE VIEW latest AS SELECT tools.revenue(summary) FROM tools.retention_summaries('orders', 'customer', 'day', amount => 'amount');
CREATE MATERIALIZED VIEW cohort_table AS SELECT * FROM tools.cohort_retention('orders', 'customer', 'day', as_of => '2024-07-01');
CREATE UNIQUE INDEX ON cohort_table (cohort, age);
CREATE FUNCTION churned() RETURNS numeric LANGUAGE sql STABLE
	BEGIN ATOMIC SELECT sum(churned_customers) FROM tools.customer_churn('orders', 'customer', 'day'); END;
