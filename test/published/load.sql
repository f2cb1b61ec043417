-- The data sets as they come, and the selections the published figures
-- were counted on.

CREATE TABLE online_retail (
	invoice_no text, stock_code text, quantity int, invoice_date timestamp,
	unit_price numeric, customer_id int, country text);
CREATE TABLE published_cohort (
	cohort date, age int, customers bigint, cohort_size bigint);
CREATE TABLE cdnow (
	customer_id int, ordered_on date, cds int, amount numeric);

CREATE TABLE grocery (
	basket int, product text);

CREATE VIEW line AS
	SELECT *, quantity * unit_price AS amount FROM online_retail
	WHERE customer_id IS NOT NULL;

-- What the published cohort table counts: lines with a customer and a
-- positive quantity.
CREATE VIEW sale AS
	SELECT * FROM line WHERE quantity > 0;

CREATE VIEW priced_sale AS
	SELECT * FROM sale WHERE unit_price > 0;

-- Cancellations left in, and the same without the invoices that come to less
-- than nothing.
CREATE VIEW line_without_refunds AS
	SELECT * FROM line
	WHERE (customer_id, invoice_no) NOT IN (
		SELECT customer_id, invoice_no FROM line
		GROUP BY customer_id, invoice_no HAVING sum(amount) < 0);

CREATE VIEW cdnow_day AS
	SELECT customer_id, ordered_on, sum(amount) AS amount
	FROM cdnow GROUP BY customer_id, ordered_on;

-- One line a check, for the runner to print and count.
CREATE FUNCTION check_that(name text, passed boolean) RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN passed THEN 'ok - ' ELSE 'not ok - ' END || name;
