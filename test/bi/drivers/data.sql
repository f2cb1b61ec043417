-- The seven rows of the README's chapter on concepts, two orders around midnight, and a role that may write as well.
CREATE TABLE example (customer text, ordered_at timestamp, amount numeric(10,2));
INSERT INTO example VALUES
    ('ann', '2024-01-05 10:15', 20.00),
    ('ben', '2024-01-31 18:40', 10.00),
    ('ben', '2024-02-03 09:00', -10.00),
    ('ann', '2024-02-07 12:30', 30.00),
    ('eva', '2024-02-15 08:05', 5.00),
    ('eva', '2024-02-15 08:20', 7.00),
    ('ann', '2024-03-02 20:00', 12.00);

-- 1 February in Sofia, still January in New York
CREATE TABLE midnight (customer text, ordered_at timestamptz);
INSERT INTO midnight VALUES ('ann', '2024-02-01 00:30+02'), ('ben', '2024-02-01 00:45+02');

CREATE TABLE stored (client text, form text, summary retention_summary, history retention_history);

CREATE ROLE bi_reader LOGIN PASSWORD :'password';
ALTER ROLE bi_reader SET timezone = 'Europe/Sofia';
GRANT SELECT ON example, midnight TO bi_reader;
GRANT SELECT, INSERT ON stored TO bi_reader;
