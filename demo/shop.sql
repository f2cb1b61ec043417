-- An invented online shop: 48,000 customers and some 220,000 orders, from 1 January 2023 to
-- 15 January 2025: 24 whole months and a running one. The same rows on every run and every machine:
-- chance is a hash of the customer, not random().
--
-- What is built in, so that the reports have something to find: the shop grows; November and December
-- are strong; a quarter of the customers buys once only, the others stop sooner or later; newer
-- customers, and those who came by referral, stay a little better; three percent of the orders are
-- sent back.

BEGIN;

CREATE TABLE shop_customers (
    customer_id bigint PRIMARY KEY,
    email       text NOT NULL,
    country     text NOT NULL,
    channel     text NOT NULL,              -- how the customer found the shop
    joined_on   date NOT NULL               -- sign-up; some never order
);

CREATE TABLE shop_orders (
    order_id    bigint PRIMARY KEY,
    customer_id bigint NOT NULL,
    ordered_at  timestamptz NOT NULL,
    amount      numeric(10,2) NOT NULL,     -- negative: a refund
    country     text NOT NULL,              -- where it was sent, mostly the customer's own
    status      text NOT NULL
);

CREATE TABLE shop_lines (                   -- what was in the orders
    order_id    bigint NOT NULL,
    customer_id bigint NOT NULL,
    ordered_at  timestamptz NOT NULL,
    product     text NOT NULL
);

-- A number from 0 up to 1, fixed for an n; every use has a salt of its own.
CREATE FUNCTION pg_temp.chance(n bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN (hashint8extended(n, salt) & 2147483647) / 2147483648.0::float8;

-- A time of day between 7 and 23 hours, most often in the afternoon.
CREATE FUNCTION pg_temp.hour(n bigint, salt bigint) RETURNS interval LANGUAGE sql IMMUTABLE
    RETURN interval '7 hours' + interval '8 hours' * (pg_temp.chance(n, salt) + pg_temp.chance(n, salt + 1));

-- How busy a month is against an average one; of the last month the shop saw only the first half.
CREATE FUNCTION pg_temp.season(month date) RETURNS float8 LANGUAGE sql IMMUTABLE
    RETURN ('{0.90,0.88,0.96,0.98,1.00,0.96,0.90,0.88,1.00,1.06,1.30,1.42}'::float8[])[extract(month FROM month)::int]
           * CASE WHEN month >= '2025-01-01' THEN 0.49 ELSE 1 END;

CREATE TEMP TABLE month ON COMMIT DROP AS
    SELECT d::date AS first_day, least(d + interval '1 month', '2025-01-16')::date AS next_month,
           (1 + 0.03 * number) * pg_temp.season(d::date) AS joiners
    FROM generate_series(timestamp '2023-01-01', '2025-01-01', '1 month') WITH ORDINALITY m(d, number);

WITH share AS (         -- each month's stretch of the numbers from 0 to 1
    SELECT first_day, next_month,
           sum(joiners) OVER later / sum(joiners) OVER () AS above,
           (sum(joiners) OVER later - joiners) / sum(joiners) OVER () AS below
    FROM month
    WINDOW later AS (ORDER BY first_day DESC)
), joined AS (
    SELECT n, pg_temp.chance(n, 1) AS place, pg_temp.chance(n, 2) AS way,
           first_day + floor((next_month - first_day) * pg_temp.chance(n, 3))::int AS joined_on
    FROM generate_series(1, 48000) n
    JOIN share ON pg_temp.chance(n, 4) >= below AND pg_temp.chance(n, 4) < above
), numbered AS (
    SELECT *, row_number() OVER (ORDER BY joined_on, n) AS customer_id
    FROM joined
)
INSERT INTO shop_customers
SELECT customer_id, 'customer' || customer_id || '@example.com',
       CASE WHEN place < 0.32 THEN 'DE' WHEN place < 0.54 THEN 'FR' WHEN place < 0.72 THEN 'GB'
            WHEN place < 0.84 THEN 'PL' WHEN place < 0.93 THEN 'NL' ELSE 'BG' END,
       CASE WHEN way < 0.34 THEN 'search' WHEN way < 0.60 THEN 'ads' WHEN way < 0.78 THEN 'social'
            WHEN way < 0.90 THEN 'newsletter' ELSE 'referral' END,
       joined_on
FROM numbered;

WITH buyer AS (         -- three of four order on the day they sign up, a few never
    SELECT customer_id, country, channel,
           joined_on + CASE WHEN pg_temp.chance(customer_id, 10) < 0.75 THEN 0
                            ELSE floor(25 * pg_temp.chance(customer_id, 11) ^ 2)::int END
                     + pg_temp.hour(customer_id, 12) AS first_at
    FROM shop_customers
    WHERE pg_temp.chance(customer_id, 14) >= 0.07
), character AS (       -- how many months a customer stays, and how eagerly it comes back meanwhile
    SELECT customer_id, country, first_at,
           CASE WHEN pg_temp.chance(customer_id, 15) < 0.25 THEN 0
                ELSE -18 * ln(1 - pg_temp.chance(customer_id, 16)) END AS lifetime,
           (0.22 + 0.62 * pg_temp.chance(customer_id, 17) ^ 1.5)
               * (1 + 0.008 * (first_at::date - date '2023-01-01') / 30)
               * CASE channel WHEN 'referral' THEN 1.25 WHEN 'ads' THEN 0.9 ELSE 1 END AS eagerness
    FROM buyer
), visit AS (           -- the months in which it comes
    SELECT c.*, m.first_day, m.next_month, m.age, c.customer_id * 100 + m.age AS visit_id
    FROM character c
    CROSS JOIN LATERAL (SELECT first_day, next_month, row_number() OVER (ORDER BY first_day) - 1 AS age
                        FROM month
                        WHERE next_month > first_at) m
    WHERE m.age = 0
       OR (m.age <= lifetime
           AND pg_temp.chance(c.customer_id * 100 + m.age, 20)
               < least(0.9, eagerness * pg_temp.season(m.first_day) * (1 + 0.5 / m.age)))
), placed AS (          -- one to three orders in such a month, the very first at its own time
    SELECT customer_id, country, key,
           date_trunc('second', CASE
               WHEN age = 0 AND i = 1 THEN first_at
               WHEN age = 0 THEN first_at + (next_month - first_at) * pg_temp.chance(key, 30)
               ELSE first_day + floor((next_month - first_day) * pg_temp.chance(key, 31))::int + pg_temp.hour(key, 32)
           END) AS placed_at,
           round((7 + 24 * pg_temp.chance(key, 34) + 70 * pg_temp.chance(key, 35) ^ 4)::numeric) - 0.10 AS amount
    FROM visit
    CROSS JOIN LATERAL generate_series(1, 1 + (pg_temp.chance(visit_id, 21) < 0.22)::int
                                            + (pg_temp.chance(visit_id, 22) < 0.04)::int) i
    CROSS JOIN LATERAL (VALUES (visit_id * 10 + i)) k(key)
    WHERE i = 1 OR lifetime > 0
), booked AS (
    SELECT customer_id, country, key, placed_at, amount,
           CASE WHEN placed_at >= '2025-01-13' THEN 'open' ELSE 'delivered' END AS status
    FROM placed
    UNION ALL           -- sent back within four weeks, in whole or in part
    SELECT customer_id, country, key,
           date_trunc('second', placed_at + interval '3 days' + interval '25 days' * pg_temp.chance(key, 42)),
           -round(amount * CASE WHEN pg_temp.chance(key, 43) < 0.7 THEN 1 ELSE 0.4 END, 2), 'refunded'
    FROM placed
    WHERE pg_temp.chance(key, 41) < 0.03
)
INSERT INTO shop_orders
SELECT row_number() OVER (ORDER BY placed_at, key, amount DESC), customer_id, placed_at AT TIME ZONE 'UTC', amount,
       CASE WHEN pg_temp.chance(key, 40) < 0.985 THEN country ELSE 'AT' END, status
FROM booked
WHERE placed_at < '2025-01-16';

-- One to three products an order. Most customers have a usual one; some begin with a machine and come back for what it
-- needs; some things go together.
INSERT INTO shop_lines
SELECT order_id, customer_id, ordered_at, names[CASE line WHEN 1 THEN opening WHEN 2 THEN beside ELSE later END]
FROM (SELECT *, CASE WHEN pg_temp.chance(order_id, 56) >= 0.6 THEN stray
                     WHEN opening = 13 THEN 1 WHEN opening = 1 THEN 7 WHEN opening = 2 THEN 9 WHEN opening = 5 THEN 6
                     ELSE stray END AS beside,
             CASE WHEN nth > 1 AND began < 0.12 AND pg_temp.chance(order_id, 57) < 0.6 THEN 14
                  WHEN nth > 1 AND began >= 0.20 AND began < 0.30 AND pg_temp.chance(order_id, 57) < 0.6 THEN 15
                  ELSE stray END AS later
      FROM (SELECT *, CASE WHEN nth = 1 AND began < 0.12 THEN 13 WHEN nth = 1 AND began < 0.20 THEN 12
                           WHEN nth = 1 AND began < 0.30 THEN 11
                           WHEN pg_temp.chance(order_id, 53) < 0.7 THEN 1 + floor(5 * pg_temp.chance(customer_id, 50))::int
                           ELSE stray END AS opening
            FROM (SELECT order_id, customer_id, ordered_at, pg_temp.chance(customer_id, 51) AS began,
                         row_number() OVER (PARTITION BY customer_id ORDER BY ordered_at, order_id) AS nth,
                         1 + floor(16 * pg_temp.chance(order_id, 52) ^ 1.5)::int AS stray
                  FROM shop_orders
                  WHERE amount >= 0) o) o) o
CROSS JOIN generate_series(1, 3) line
CROSS JOIN (SELECT '{espresso beans,filter coffee,decaf,green tea,black tea,sugar,biscuits,chocolate,filter papers,cups,milk frother,coffee grinder,espresso machine,descaler,syrup,travel mug}'::text[] AS names) n
WHERE line = 1 OR pg_temp.chance(order_id, 53 + line) < CASE line WHEN 2 THEN 0.6 ELSE 0.3 END;

COMMIT;

VACUUM ANALYZE shop_customers, shop_orders, shop_lines;
