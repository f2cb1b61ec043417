SELECT name, md5(summary::text), md5(tools.retention_summary_send(summary)::text), tools.customers(summary) FROM summaries ORDER BY name;
SELECT md5(string_agg(customer || history::text, ',' ORDER BY customer)) FROM histories;
SELECT count(*) FROM histories a JOIN histories b ON a.history OPERATOR(tools.=) b.history;
SELECT md5(list::text) FROM segments;
SELECT md5(string_agg(c::text, ',' ORDER BY period)) FROM churn c;
SELECT md5(string_agg(c::text, ',' ORDER BY cohort, age)) FROM cohort_table c;
SELECT length(svg), latest() FROM drawn;
SELECT sum(customers) FROM tools.cohorts((SELECT tools.sum(summary) FROM summaries WHERE name ~ '^segment'));
