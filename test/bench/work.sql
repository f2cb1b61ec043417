-- What bench measures. "== PART TABLE …" begins a part, which needs those tables of data.sql beside orders. Then
-- label | yardstick's label or - | bar | settings | statement; statements up to an empty line are measured together, with
-- the yardsticks they have elsewhere. A ratio is that of the medians; with a bar of ">=" the other way around, and a bar in
-- ms is about the statement alone. Settings: session, or workers, jit, spill, large, sofia, noscan, and once: not repeated.
== scan
scan|-|-|session|SELECT count(customer_id), max(ordered_at) FROM orders
retention_agg, month|scan|<= 1.1|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

scan, 2 workers|-|-|workers|SELECT count(customer_id), max(ordered_at) FROM orders
retention_agg, month, 2 workers|scan, 2 workers|<= 1.25|workers|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))
2 workers, again|retention_agg, month|< 1|workers|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

retention_agg, Europe/Sofia|retention_agg, month|<= 1.1|sofia|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))
cohort_retention() on the table|retention_agg, month|<= 1.05|session|SELECT sum(customers) FROM cohort_retention('orders', 'customer_id', 'ordered_at')
retention_agg spilled|retention_agg, month|<= 4|spill|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

== jit
scan, jit|-|-|jit|SELECT count(customer_id), max(ordered_at) FROM orders
retention_agg, month, jit|scan, jit|<= 1.6|jit|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

scan, 2 workers, jit|-|-|workers jit|SELECT count(customer_id), max(ordered_at) FROM orders
retention_agg, month, 2 workers, jit|scan, 2 workers, jit|<= 2.2|workers jit|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

== amount priced
scan with amount|-|-|session|SELECT count(customer_id), max(ordered_at), max(amount) FROM orders
retention_agg with amount|scan with amount|<= 1.6|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, amount, 'month') FROM orders))

scan with amount, 2 workers|-|-|workers|SELECT count(customer_id), max(ordered_at), max(amount) FROM orders
retention_agg with amount, 2 workers|scan with amount, 2 workers|<= 1.8|workers|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, amount, 'month') FROM orders))

scan with amounts of 20 decimals|-|-|session|SELECT count(customer_id), max(ordered_at), max(amount) FROM priced
retention_agg with amounts of 20 decimals|scan with amounts of 20 decimals|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, amount, 'month') FROM priced))

== keys keyed few
scan, uuid|-|-|session|SELECT count(customer_uuid), max(ordered_at) FROM keyed
retention_agg, uuid|scan, uuid|<= 1.5|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_uuid, ordered_at, 'month') FROM keyed))

scan, text of 12 to 36|-|-|session|SELECT count(customer_text), max(ordered_at) FROM keyed
retention_agg, text of 12 to 36|scan, text of 12 to 36|<= 2.5|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_text, ordered_at, 'month') FROM keyed))

scan, text of 36|-|-|session|SELECT count(customer_text), max(ordered_at) FROM keyed_36
retention_agg, text of 36|scan, text of 36|<= 2.5|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_text, ordered_at, 'month') FROM keyed_36))

scan, few customers|-|-|session|SELECT count(hundred), max(ordered_at) FROM few
retention_agg, 2 customers|scan, few customers|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(two, ordered_at, 'month') FROM few))
retention_agg, 100 customers|scan, few customers|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(hundred, ordered_at, 'month') FROM few))

scan, an order a customer|-|-|large|SELECT count(order_id), max(ordered_at) FROM orders
retention_agg, an order a customer|scan, an order a customer|-|large|SELECT sum(customers) FROM cohorts((SELECT retention_agg(order_id, ordered_at, 'month') FROM orders))

== where
scan of a year|-|-|session|SELECT count(customer_id), max(ordered_at) FROM orders WHERE ordered_at >= '2022-01-01' AND ordered_at < '2023-01-01'
retention_agg of a year|scan of a year|<= 1.1|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders WHERE ordered_at >= '2022-01-01' AND ordered_at < '2023-01-01'))

scan of a country|-|-|session|SELECT count(customer_id), max(ordered_at) FROM orders WHERE country = 'DE'
retention_agg of a country|scan of a country|<= 1.1|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders WHERE country = 'DE'))

scan of most countries|-|-|session|SELECT count(customer_id), max(ordered_at) FROM orders WHERE country <> 'DE'
retention_agg of most countries|scan of most countries|<= 1.1|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders WHERE country <> 'DE'))

== partitions orders_by_month
retention_agg, 36 partitions|retention_agg, month|<= 1.1|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders_by_month))

== lines lines
scan of lines|-|-|session|SELECT count(customer_id), max(order_id), max(ordered_at), max(amount) FROM lines_not_null
cohort_retention() with amount, 10 lines an order|scan of lines|<= 2|session|SELECT sum(customers) FROM cohort_retention('lines_not_null', 'customer_id', 'ordered_at', amount => 'amount', order_id => 'order_id')
scan of lines, text ids|-|-|session|SELECT count(customer_id), count(order_id), max(ordered_at), max(amount) FROM lines_text
the same, text ids|scan of lines, text ids|<= 2|session|SELECT sum(customers) FROM cohort_retention('lines_text', 'customer_id', 'ordered_at', amount => 'amount', order_id => 'order_id')
scan of lines in no order|-|-|session|SELECT count(customer_id), max(order_id), max(ordered_at), max(amount) FROM lines_apart
the same, lines in no order|scan of lines in no order|<= 2|session|SELECT sum(customers) FROM cohort_retention('lines_apart', 'customer_id', 'ordered_at', amount => 'amount', order_id => 'order_id')
the same, lines in no order, spilled|the same, lines in no order|<= 4|spill|SELECT sum(customers) FROM cohort_retention('lines_apart', 'customer_id', 'ordered_at', amount => 'amount', order_id => 'order_id')

group lines to orders|-|-|session|SELECT count(*), max(at) FROM (SELECT customer_id, order_id, min(ordered_at) AS at FROM lines GROUP BY 1, 2) x
cohort_retention(), 10 lines an order, order_id NOT NULL|group lines to orders|<= 0.4|session|SELECT sum(customers) FROM cohort_retention('lines_not_null', 'customer_id', 'ordered_at', order_id => 'order_id')
cohort_retention(), 10 lines an order, order_id nullable|group lines to orders|<= 0.4|session|SELECT sum(customers) FROM cohort_retention('lines', 'customer_id', 'ordered_at', order_id => 'order_id')

== windows
cohort_retention() in windows of 30 days|scan|<= 3|session|SELECT sum(customers) FROM cohort_retention('orders', 'customer_id', 'ordered_at', age_window => '30 days')
cohort_retention() with amount, in windows of 30 days|scan with amount|<= 3|session|SELECT sum(customers) FROM cohort_retention('orders', 'customer_id', 'ordered_at', amount => 'amount', age_window => '30 days')

== status
min, max, count and sum of each customer|-|-|large|SELECT sum(n), sum(revenue) FROM (SELECT customer_id, min(ordered_at), max(ordered_at), count(*) AS n, sum(amount) AS revenue FROM orders GROUP BY 1 OFFSET 0) x
customer_status()|min, max, count and sum of each customer|<= 0.6|large|SELECT sum(orders), sum(revenue) FROM customer_status('orders', 'customer_id', 'ordered_at', 'amount')

== ordinary keyed grouped
retention_agg without the scan node|scan|<= 1.6|noscan|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

the same, 2 workers|scan, 2 workers|<= 2.2|workers noscan|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

the same with amount|scan with amount|<= 2.5|noscan|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, amount, 'month') FROM orders))

the same, uuid|scan, uuid|<= 2.2|noscan|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_uuid, ordered_at, 'month') FROM keyed))

the same, text of 12 to 36|scan, text of 12 to 36|<= 3|noscan|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_text, ordered_at, 'month') FROM keyed))

repeat_purchase_rate|scan|<= 1.5|session|SELECT repeat_purchase_rate(customer_id) FROM orders
count(DISTINCT customer)|-|-|once|SELECT count(DISTINCT customer_id) FROM orders
repeat_purchase_rate against that|count(DISTINCT customer)|< 1|session|SELECT repeat_purchase_rate(customer_id) FROM orders

array_agg, groups of 5|-|-|session|SELECT count(a) FROM (SELECT shop, array_agg(ordered_at) AS a FROM grouped GROUP BY shop) x
retention_agg, groups of 5|array_agg, groups of 5|<= 1.5|session|SELECT count(a) FROM (SELECT shop, retention_agg(customer_id, ordered_at, 'month') AS a FROM grouped GROUP BY shop) x

best hand-tuned SQL|-|-|once|WITH m AS (SELECT DISTINCT customer_id, date_trunc('month', ordered_at) AS month FROM orders), c AS (SELECT month, min(month) OVER (PARTITION BY customer_id) AS cohort FROM m) SELECT sum(n) FROM (SELECT cohort, month, count(*) AS n FROM c GROUP BY 1, 2) x
retention_agg against that|best hand-tuned SQL|>= 20|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'month') FROM orders))

== periods
retention_agg, week|retention_agg, month|<= 1.6|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'week') FROM orders))
retention_agg, week(sunday)|retention_agg, week|<= 1.05|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, 'week(sunday)') FROM orders))

retention_agg, day|retention_agg, month|-|session|SELECT customers((SELECT retention_agg(customer_id, ordered_at, 'day') FROM orders))
retention_agg with amount, week|retention_agg with amount|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, amount, 'week') FROM orders))
retention_agg with amount, day|retention_agg with amount|-|session|SELECT customers((SELECT retention_agg(customer_id, ordered_at, amount, 'day') FROM orders))

retention_agg, calendar of 60 periods|retention_agg, month|<= 1.1|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, :'calendar') FROM orders))
retention_agg, such a calendar of a subquery|retention_agg, month|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(customer_id, ordered_at, (SELECT :'calendar' FROM orders LIMIT 1)) FROM orders))

== segments
segmented_retention_agg, 10 segments|retention_agg, month|<= 2|session|SELECT sum(customers(g.summary)) FROM unnest((SELECT segmented_retention_agg(customer_id, ordered_at, country, 'month') FROM orders)) g
segmented_retention_agg with amount, 10 segments|retention_agg with amount|-|session|SELECT sum(customers(g.summary)) FROM unnest((SELECT segmented_retention_agg(customer_id, ordered_at, amount, country, 'month') FROM orders)) g

== histories histories
array_agg of each customer|-|-|large|SELECT count(a) FROM (SELECT customer_id, array_agg(ordered_at) AS a FROM orders GROUP BY customer_id) x
history_agg of each customer|array_agg of each customer|<= 2|large|SELECT count(a) FROM (SELECT customer_id, history_agg(ordered_at) AS a FROM orders GROUP BY customer_id) x
history_agg of each customer, with amount|array_agg of each customer|-|large|SELECT count(a) FROM (SELECT customer_id, history_agg(ordered_at, amount) AS a FROM orders GROUP BY customer_id) x

retention_agg of histories|-|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(history, 'month') FROM histories))
rfm_agg of histories|retention_agg of histories|<= 1.5|session|SELECT length(retention_rfm_send(rfm_agg(history, '2030-01-01'))) FROM histories

histories in windows|-|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(history, 'month', '30 days') FROM histories))
histories in brackets|histories in windows|<= 1.3|session|SELECT sum(customers) FROM cohorts((SELECT bracket_retention_agg(history, 'month', '{1 day,8 days,31 days,3 months,6 months,1 year}') FROM histories))
anchored histories in windows|histories in windows|-|session|SELECT sum(customers) FROM cohorts((SELECT anchored_retention_agg(history, signed_up, 'month', '30 days') FROM histories))
anchored histories in brackets|anchored histories in windows|<= 1.3|session|SELECT sum(customers) FROM cohorts((SELECT anchored_bracket_retention_agg(history, signed_up, 'month', '{1 day,8 days,31 days,3 months,6 months,1 year}') FROM histories))

== hostile hostile documents
random ids|-|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(random, ordered_at, 'month') FROM hostile))
ids of one PostgreSQL hash|random ids|<= 2|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(colliding, ordered_at, 'month') FROM hostile))
sequential ids|random ids|<= 2|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(sequential, ordered_at, 'month') FROM hostile))
ids of equal low halves|random ids|<= 2|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(high_half, ordered_at, 'month') FROM hostile))
ids of equal high halves|random ids|<= 2|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(low_half, ordered_at, 'month') FROM hostile))
ids of twice the same half|random ids|<= 2|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(both_halves, ordered_at, 'month') FROM hostile))

random text|-|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(text_random, ordered_at, 'month') FROM hostile))
text with a common prefix|random text|<= 2|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(text_prefix, ordered_at, 'month') FROM hostile))

one customer, 400,000 days|-|-|session|SELECT customers(retention_agg(1, date '2000-01-01' + d, 1.5, 'day')) FROM generate_series(0, 399999) d
one customer, days descending|one customer, 400,000 days|<= 2|session|SELECT customers(retention_agg(1, date '2000-01-01' - d, 1.5, 'day')) FROM generate_series(0, 399999) d
one customer, days at random|one customer, 400,000 days|<= 2|session|SELECT customers(retention_agg(1, date '2000-01-01' + hashint4(d) % 400000, 1.5, 'day')) FROM generate_series(0, 399999) d

random documents|-|-|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(random, ordered_at, 'month') FROM documents))
documents of one hash|random documents|<= 10|session|SELECT sum(customers) FROM cohorts((SELECT retention_agg(colliding, ordered_at, 'month') FROM documents))

== readers summaries
cohorts() of 1,000 days|-|<= 1000 ms|session|SELECT sum(customers) FROM summaries, cohorts(days)
periods(active_window => 90) of 1,000 days|-|<= 100 ms|session|SELECT sum(active_customers) FROM summaries, periods(days, active_window => 90)
