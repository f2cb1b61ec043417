-- The tables that the examples of README.md and docs/ name, filled with a shop of some 25 months that ends on :last_day
-- (by default today). The same rows on every machine, apart from their distance to :last_day. In the schema :shop:
--   psql -d SCRATCH -f docs/cookbook/tables.sql
--   psql -d SCRATCH -v shop=shop -v last_day=2025-01-15 -f docs/cookbook/tables.sql
-- and then: SET search_path = shop, public;
\if :{?shop}
\else
\set shop shop
\endif
\if :{?last_day}
\else
SELECT current_date AS last_day \gset
\endif

CREATE SCHEMA :shop;
SET search_path = :shop, public;

CREATE TABLE customers (
    customer_id bigint PRIMARY KEY,
    email       text,
    country     text,
    channel     text
);

CREATE TABLE orders (
    order_id    bigint PRIMARY KEY,
    customer_id bigint,
    ordered_at  timestamptz,
    amount      numeric(10,2),          -- negative: a refund
    status      text,
    country     text,                   -- where it was sent
    email       text                    -- as typed at the checkout
);

CREATE TABLE order_lines (
    order_id    bigint,
    customer_id bigint,
    ordered_at  timestamptz,
    product     text,
    quantity    int,                    -- negative: sent back
    price       numeric(10,2)
);

CREATE TABLE events (
    user_id bigint,
    name    text,
    ts_ms   bigint                      -- milliseconds since 1970 in UTC
);

CREATE TABLE retention_costs (
    month date PRIMARY KEY,
    cost  numeric(10,2)
);

-- Who was to get a letter, those included who got none, to compare with.
CREATE TABLE campaign (
    customer_id bigint PRIMARY KEY,
    sent_at     timestamptz,
    in_control  boolean
);

CREATE TABLE loyalty (
    customer_id bigint PRIMARY KEY,
    joined_at   timestamptz
);

CREATE TABLE signups (
    customer_id  bigint PRIMARY KEY,
    signed_up_at timestamptz
);

-- The few orders that the chapter on concepts looks at.
CREATE TABLE example (customer text, ordered_at timestamp, amount numeric(10,2));
INSERT INTO example VALUES
    ('ann', '2024-01-05 10:15', 20.00),
    ('ben', '2024-01-31 18:40', 10.00),
    ('ben', '2024-02-03 09:00', -10.00),
    ('ann', '2024-02-07 12:30', 30.00),
    ('eva', '2024-02-15 08:05', 5.00),
    ('eva', '2024-02-15 08:20', 7.00),
    ('ann', '2024-03-02 20:00', 12.00);

-- A number from 0 up to 1, fixed for an n and a salt.
CREATE FUNCTION pg_temp.chance(n bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN (hashint8extended(n, salt) & 2147483647) / 2147483648.0::float8;

CREATE TEMP TABLE placed AS
SELECT customer * 100 + nth AS key, customer AS customer_id, nth,
       (first_day + nth * gap + floor(20 * pg_temp.chance(customer * 100 + nth, 4))::int
                  -- some stay away for half a year and come back
                  + CASE WHEN nth > 2 AND pg_temp.chance(customer, 17) < 0.3 THEN 190 ELSE 0 END)
           + date_trunc('second', interval '24 hours' * pg_temp.chance(customer * 100 + nth, 5)) AS local_time,
       round((8 + 60 * pg_temp.chance(customer * 100 + nth, 6))::numeric, 2) AS amount
FROM (SELECT customer, :'last_day'::date - floor(760 * pg_temp.chance(customer, 1))::int AS first_day,
             floor(14 * pg_temp.chance(customer, 2) ^ 2)::int AS last_order,
             5 + floor(80 * pg_temp.chance(customer, 3))::int AS gap
      FROM generate_series(1, 500) customer) c
CROSS JOIN generate_series(0, last_order) nth;

-- Somebody orders at half past midnight of the last day.
INSERT INTO placed VALUES (10, 7, 0, :'last_day'::date + interval '30 minutes', 19.90);

INSERT INTO customers
SELECT customer_id, 'customer' || customer_id || '@example.com',
       CASE WHEN pg_temp.chance(customer_id, 7) < 0.6 THEN 'DE' ELSE 'FR' END,
       CASE WHEN pg_temp.chance(customer_id, 8) < 0.5 THEN 'search'
            WHEN pg_temp.chance(customer_id, 8) < 0.8 THEN 'ads' ELSE 'referral' END
FROM generate_series(1, 500) customer_id
WHERE customer_id % 50 <> 0;            -- the others order without an account

INSERT INTO orders
SELECT key, o.customer_id, local_time::timestamptz, amount,
       CASE WHEN pg_temp.chance(key, 9) < 0.06 THEN 'cancelled' ELSE 'paid' END,
       CASE WHEN pg_temp.chance(key, 10) < 0.9 THEN coalesce(c.country, 'DE') ELSE 'AT' END,
       CASE key % 4 WHEN 0 THEN upper(email) WHEN 1 THEN ' ' || email || ' '
                    WHEN 2 THEN email WHEN 3 THEN CASE WHEN pg_temp.chance(key, 11) < 0.2 THEN ' ' ELSE email END END
FROM placed o LEFT JOIN customers c USING (customer_id)
WHERE local_time < :'last_day'::date + 1;

INSERT INTO orders
SELECT 100000 + order_id, customer_id, ordered_at + interval '36 hours', -amount, 'refunded', country, email
FROM orders
WHERE status = 'paid' AND pg_temp.chance(order_id, 12) < 0.05
  AND ordered_at < :'last_day'::date - 2;

-- Two or three lines an order, entered some seconds apart. The first is often what the customer always buys, the second
-- often what goes with the first; who has ordered before often adds what is bought after that. A refund is of the lines of
-- its order.
INSERT INTO order_lines
SELECT order_id, customer_id, ordered_at + line * interval '7 seconds',
       'article ' || CASE WHEN line = 0 THEN opening
                          WHEN line = 1 AND pg_temp.chance(key, 26) < 0.5 THEN 1 + opening % 40
                          WHEN key % 100 > 0 AND pg_temp.chance(key, 27) < 0.4 THEN 1 + usual * 7 % 40
                          ELSE 1 + floor(40 * pg_temp.chance(key * 10 + line, 13) ^ 2)::int END,
       sign(amount) * (1 + floor(3 * pg_temp.chance(order_id * 10 + line, 14))::int),
       round((2 + 15 * pg_temp.chance(order_id * 10 + line, 15))::numeric, 2)
FROM (SELECT *, CASE WHEN pg_temp.chance(key, 28) < 0.5 THEN usual
                     ELSE 1 + floor(40 * pg_temp.chance(key, 13) ^ 2)::int END AS opening
      FROM (SELECT *, order_id % 100000 AS key, 1 + floor(40 * pg_temp.chance(customer_id, 25))::int AS usual
            FROM orders
            WHERE status <> 'cancelled') o) o
CROSS JOIN generate_series(0, 1 + (order_id % 2)::int) line;

INSERT INTO events
SELECT customer_id, 'purchase', 1000 * extract(epoch FROM ordered_at)
FROM orders WHERE status = 'paid'
UNION ALL
SELECT customer_id, 'visit', 1000 * extract(epoch FROM min(ordered_at)) - 3600000
FROM orders GROUP BY customer_id
UNION ALL
SELECT user_id, 'visit', 1000 * extract(epoch FROM :'last_day'::timestamptz) - 86400000::bigint * (user_id % 60)
FROM generate_series(501, 800) user_id
UNION ALL
SELECT user_id, 'cart', 1000 * extract(epoch FROM :'last_day'::timestamptz) - 86400000::bigint * (user_id % 60)
FROM generate_series(501, 800, 3) user_id
UNION ALL
SELECT customer_id, 'cart', 1000 * extract(epoch FROM min(ordered_at)) - 60000
FROM orders WHERE customer_id % 9 <> 0 GROUP BY customer_id;

INSERT INTO events
SELECT user_id, 'visit', min(ts_ms) + days * 86400000::bigint
FROM events, unnest('{1,7,30}'::int[]) days
WHERE pg_temp.chance(user_id * 100 + days, 18) < 0.3
GROUP BY user_id, days;

INSERT INTO retention_costs
SELECT month::date, 400 + round((200 * pg_temp.chance(extract(month FROM month)::int, 16))::numeric, 2)
FROM generate_series(date_trunc('month', :'last_day'::timestamp) - interval '25 months', :'last_day', interval '1 month') month;

INSERT INTO campaign
SELECT DISTINCT customer_id, (:'last_day'::date - 75 + time '10:00')::timestamptz, pg_temp.chance(customer_id, 19) < 0.4
FROM orders
WHERE status = 'paid' AND ordered_at < :'last_day'::date - 75;

-- At the till: five minutes after an order.
INSERT INTO loyalty
SELECT customer_id, min(ordered_at) + interval '5 minutes'
FROM orders
WHERE status = 'paid' AND pg_temp.chance(order_id, 20) < 0.2
GROUP BY customer_id;

-- Most sign up and order the same day or later; some had ordered as guests before; some never do.
INSERT INTO signups
SELECT o.customer_id,
       min(ordered_at) - interval '10 minutes'
                       - floor(60 * pg_temp.chance(o.customer_id, 21) ^ 3)::int * interval '1 day'
                       + CASE WHEN pg_temp.chance(o.customer_id, 22) < 0.05 THEN interval '70 days' ELSE '0' END
FROM orders o JOIN customers USING (customer_id)
GROUP BY o.customer_id
UNION ALL
SELECT customer_id, (:'last_day'::date - floor(730 * pg_temp.chance(customer_id, 23))::int
                     + interval '24 hours' * pg_temp.chance(customer_id, 24))::timestamptz
FROM generate_series(501, 650) customer_id;

-- Who orders for whom: several contacts a company.
CREATE TABLE contacts (
    customer_id bigint PRIMARY KEY,
    company     text
);
INSERT INTO contacts
SELECT customer_id, 'company ' || 1 + floor(90 * pg_temp.chance(customer_id, 30) ^ 2)::int
FROM generate_series(1, 500) customer_id;

-- As it comes from a shop's export: a row for each line of an order, everything about the order as text.
CREATE TABLE web_export (
    order_no text,
    placed   text,                      -- local time
    email    text,                      -- as typed; empty for guests
    status   text,
    product  text,
    quantity int,
    price    numeric(10,2)
);
INSERT INTO web_export
SELECT 'W' || order_id, to_char(o.ordered_at, 'DD.MM.YYYY HH24:MI'), coalesce(o.email, ''),
       CASE o.status WHEN 'refunded' THEN 'returned' ELSE o.status END, l.product, l.quantity, l.price
FROM orders o JOIN order_lines l USING (order_id)
WHERE o.ordered_at >= :'last_day'::date - 120
UNION ALL
SELECT 'W' || order_id, to_char(ordered_at, 'DD.MM.YYYY HH24:MI'), coalesce(email, ''), status, 'article 1', 1, amount
FROM orders
WHERE status = 'cancelled' AND ordered_at >= :'last_day'::date - 120;

-- Accounts that pay by the month or the year; some change their plan, some end and begin again, some pause.
CREATE TABLE subscriptions (
    account_id  bigint,
    plan        text,
    starts_on   date,
    ends_on     date,                   -- the first day without; NULL: running
    months_paid int,                    -- paid for so many months at a time
    price       numeric(10,2)
);
CREATE TABLE pauses (account_id bigint, from_day date, before_day date);
CREATE TABLE charges (account_id bigint, charged_at date, amount numeric(10,2));

INSERT INTO subscriptions
SELECT account, CASE WHEN pg_temp.chance(account, 31) < 0.2 THEN 'team' ELSE 'single' END, first_day,
       CASE WHEN first_day + life < :'last_day'::date THEN first_day + life END,
       CASE WHEN pg_temp.chance(account, 33) < 0.25 THEN 12 ELSE 1 END, 0
FROM (SELECT account, :'last_day'::date - floor(600 * pg_temp.chance(account, 34))::int AS first_day,
             20 + floor(900 * pg_temp.chance(account, 35))::int AS life
      FROM generate_series(1, 240) account) a;
-- a single that becomes a team on the day its plan ends; one that comes back after three months
INSERT INTO subscriptions
SELECT account_id, 'team', ends_on, NULL::date, months_paid, 0 FROM subscriptions WHERE ends_on IS NOT NULL AND account_id % 5 = 0
UNION ALL
SELECT account_id, plan, ends_on + 90, NULL, months_paid, 0 FROM subscriptions
WHERE ends_on < :'last_day'::date - 100 AND account_id % 5 = 1;
UPDATE subscriptions SET price = CASE plan WHEN 'team' THEN 49 ELSE 12 END * CASE months_paid WHEN 12 THEN 10 ELSE 1 END;
INSERT INTO pauses
SELECT account_id, starts_on + 100, starts_on + 170 FROM subscriptions
WHERE account_id % 12 = 3 AND coalesce(ends_on, 'infinity') > starts_on + 200;
INSERT INTO charges
SELECT account_id, day::date, price
FROM subscriptions s, generate_series(0, 24) n, LATERAL (SELECT starts_on + n * months_paid * interval '1 month' AS day) d
WHERE day < coalesce(ends_on, :'last_day'::date + 1) AND day <= :'last_day'::date;

-- Another shop, for predictions: customers with a rate and a mean spend of their own, who leave some day. Those who came by
-- advertisements leave sooner.
CREATE TABLE store_customers (
    customer_id bigint PRIMARY KEY,
    email       text,
    channel     text
);
CREATE TABLE store_orders (
    order_id    bigint PRIMARY KEY,
    customer_id bigint,
    ordered_at  timestamptz,
    amount      numeric(10,2)           -- negative: a refund
);

INSERT INTO store_customers
SELECT customer_id, 'customer' || customer_id || '@example.com',
       CASE WHEN pg_temp.chance(customer_id, 40) < 0.4 THEN 'search'
            WHEN pg_temp.chance(customer_id, 40) < 0.8 THEN 'ads' ELSE 'referral' END
FROM generate_series(1, 2000) customer_id;

WITH placed AS (
    SELECT customer_id, customer_id * 200 + nth AS key, nth,
           (:'last_day'::date - floor(760 * pg_temp.chance(customer_id, 41))::int
            + floor(sum(CASE WHEN nth = 0 THEN 0 ELSE -ln(1 - pg_temp.chance(customer_id * 200 + nth, 42)) END) OVER earlier
                    / (0.002 + 0.05 * pg_temp.chance(customer_id, 43) ^ 3))::int)
               + date_trunc('second', interval '24 hours' * pg_temp.chance(customer_id * 200 + nth, 44)) AS local_time,
           -- those who left with an order before this one
           count(*) FILTER (WHERE pg_temp.chance(customer_id * 200 + nth, 45)
               < CASE channel WHEN 'ads' THEN 0.7 ELSE 0.4 END * pg_temp.chance(customer_id, 46) ^ 2) OVER earlier
               - (pg_temp.chance(customer_id * 200 + nth, 45)
                  < CASE channel WHEN 'ads' THEN 0.7 ELSE 0.4 END * pg_temp.chance(customer_id, 46) ^ 2)::int AS left_before,
           round(((8 + 60 * pg_temp.chance(customer_id, 47) ^ 2) * (0.4 + 1.2 * pg_temp.chance(customer_id * 200 + nth, 48)))::numeric, 2)
               AS amount
    FROM store_customers, generate_series(0, 60) nth
    WINDOW earlier AS (PARTITION BY customer_id ORDER BY nth)
), kept AS (
    SELECT * FROM placed WHERE left_before = 0 AND local_time < :'last_day'::date + 1
)
INSERT INTO store_orders
SELECT key, customer_id, local_time::timestamptz, amount FROM kept
UNION ALL
SELECT 1000000 + key, customer_id, (local_time + interval '30 hours')::timestamptz, -amount FROM kept
WHERE pg_temp.chance(key, 49) < 0.03 AND local_time < :'last_day'::date - 2;

-- Members of a club, who can leave at the end of each month: some do soon, others hardly ever.
CREATE TABLE memberships (
    account_id bigint PRIMARY KEY,
    starts_on  date,
    ends_on    date                     -- the first day without; NULL: running
);
INSERT INTO memberships
SELECT account, first_day, CASE WHEN end_day <= :'last_day'::date THEN end_day END
FROM (SELECT account, first_day, (first_day + life * interval '1 month')::date AS end_day
      FROM (SELECT account, (date_trunc('month', :'last_day'::date - floor(750 * pg_temp.chance(account, 50))::int))::date AS first_day,
                   1 + floor(ln(1 - pg_temp.chance(account, 51)) / ln(1 - (0.01 + 0.45 * pg_temp.chance(account, 52) ^ 3)))::int AS life
            FROM generate_series(1, 1200) account) a) b;

-- For the plain SQL in test/cookbook/expected/: months as numbers, the day by which a period has to be over, the comparison of xa
-- of na with xb of nb, its p-value by adding up the density of the normal distribution, and what models of repeat buying take.
CREATE FUNCTION month_number(t timestamptz) RETURNS int LANGUAGE sql STABLE
    RETURN extract(year FROM t) * 12 + extract(month FROM t) - 1;
CREATE FUNCTION month_start(n int) RETURNS date LANGUAGE sql IMMUTABLE
    RETURN make_date(n / 12, n % 12 + 1, 1);
CREATE VIEW report_end AS
SELECT least(max(ordered_at)::date + 1, current_date) AS day FROM orders;

CREATE FUNCTION wilson(x float8, n float8, side int) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN (x / n + 1.959963984540054 ^ 2 / (2 * n)
            + side * 1.959963984540054 * sqrt(x / n * (1 - x / n) / n + 1.959963984540054 ^ 2 / (4 * n ^ 2)))
           / (1 + 1.959963984540054 ^ 2 / n);
CREATE FUNCTION difference(xa float8, na float8, xb float8, nb float8)
    RETURNS TABLE (rate_a float8, rate_b float8, difference float8, low float8, high float8, p_value float8)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT a, b, a - b, a - b - sqrt((a - wilson(xa, na, -1)) ^ 2 + (wilson(xb, nb, 1) - b) ^ 2),
           a - b + sqrt((wilson(xa, na, 1) - a) ^ 2 + (b - wilson(xb, nb, -1)) ^ 2),
           (SELECT 1 - 2 * sum(z / 10000 * exp(-(((i + 0.5) * z / 10000) ^ 2) / 2) / sqrt(2 * pi()))
            FROM generate_series(0, 9999) i)
    FROM (SELECT xa / na AS a, xb / nb AS b, (xa + xb) / (na + nb) AS p) r,
         LATERAL (SELECT abs(a - b) / nullif(sqrt(p * (1 - p) * (1 / na + 1 / nb)), 0) AS z) t;
END;

CREATE FUNCTION buyers(as_of date)
    RETURNS TABLE (customer_id bigint, first_day date, last_day date, x int, t_x int, t int, money numeric)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT o.customer_id, o.first_day, max(day) FILTER (WHERE amount >= 0),
           (count(DISTINCT day) FILTER (WHERE amount >= 0))::int - 1, max(day) FILTER (WHERE amount >= 0) - o.first_day,
           as_of - 1 - o.first_day, coalesce(sum(amount) FILTER (WHERE day > o.first_day), 0)
    FROM (SELECT p.customer_id, ordered_at::date AS day, amount,
                 min(ordered_at::date) FILTER (WHERE amount >= 0) OVER (PARTITION BY p.customer_id) AS first_day
          FROM store_orders p
          WHERE ordered_at::date < as_of) o
    WHERE o.first_day IS NOT NULL
    GROUP BY o.customer_id, o.first_day;
END;
CREATE FUNCTION spend_of(p float8, q float8, gamma float8, x int, money numeric) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN x > 0 AND money > 0 THEN p * (gamma + money) / (p * x + q - 1) ELSE p * gamma / (q - 1) END;

ANALYZE;
