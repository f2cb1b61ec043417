-- Values that were stored by version 1 of the formats: any later library reads them, says the same of them, and
-- writes them again byte for byte.
SET timezone = 'UTC';
SET datestyle = 'ISO, MDY';
CREATE TEMP TABLE stored (name text, value text);
INSERT INTO stored VALUES
	('plain', 'AQIChIkBWAYABCAUARYBARIBAQESAQEBEgEDAAICAgEBAwADAQIBAQEBAiQBEgECLgEoAQ=='),
	('with amounts', 'AQEDAZ8GhIkBWAUABCIB6AIVAwGaAwEBJxMDAWQHARIBoJwBAgABAwMFAQMGAgECAgEBJAECAgEsAQcBAAAA6AIABAAAAACaAwEAAACaAwACAAAAyJwBAAEAAAAnAAQAAAAAZAEAAABkAA=='),
	('wide amounts', 'AQQDAZ8GhIkBWAEAAT4DAgOAgICAgICAgIABHDEwMDAwMDAwMDAwMDAwMDAwMDAwMDAxMDQxLjUAAwEBAQEBAQIMARgBAQIBAQEAAACAgICAgICAgIABHDEwMDAwMDAwMDAwMDAwMDAwMDAwMDAxMDQxLjUA'),
	('refunds only', 'AQIBAE8AAAAAAAA='),
	('anchored', 'AQIHAZ8GhIkBWAUBBQQAACIB6AIC6AImAQG6nwEBoJwBACcAEgFkAAIAAQIBAQMAAgECAgEBJAECAgEsAQQByAGaA9IBoAEAAQAAAOKfAQABAAAAJ2QBAAAAZAA='),
	('age window', 'AQILAQABnwaEiQFYBAADIgHoAhQB8gISAWQBARIBoJwBAAIBAgIBASQBAgIBLAEA'),
	('segment a', 'AQMDAQCEiQFYAgACLgEBAYKhARIBZAEAAQICAQECAQEkAQEuAQIB4gRkAKCcAQABAAAAZAA='),
	('segment b', 'AQMTAZ8GiIkBAAJWAQABEgF4AAEBAQABAAEBAQAAAHgA');
SELECT name, customers(s), orders(s), revenue(s), unattributed_revenue(s) AS unattributed, first_order(s), last_order(s), s::text = value AS same
FROM stored, LATERAL (SELECT value::retention_summary) r(s);
SELECT name, count(*) AS cells, sum(customers) AS customers, sum(repeat_customers) AS repeat, sum(revenue) AS revenue
FROM stored, cohorts(value::retention_summary, '2024-07-01') GROUP BY name ORDER BY name COLLATE "C";
CREATE TEMP TABLE stored_history (name text, value text);
INSERT INTO stored_history VALUES
	('history', 'AQADkaQEjQHNAQ=='),
	('history with amounts', 'AQEAAqGkBBDUAQM='),
	('history, wide', 'AQEAAoGnBNAPLYCAgICAgICAgAEaMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=');
SELECT name, orders(h), revenue(h), order_days(h), first_order(h), last_order(h), h::text = value AS same
FROM stored_history, LATERAL (SELECT value::retention_history) r(h);
