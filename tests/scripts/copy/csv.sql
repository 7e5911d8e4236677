-- Shows COPY to and from CSV files: header, delimiter, NULL text, column lists, quoting; and rows that are refused.
-- bowline only: COPY of a server's files needs rights and absolute paths there.

CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, note TEXT);
INSERT INTO customer VALUES (10, 'Ann'), (11, 'Ben'), (12, 'Cid');
COPY orders FROM 'orders.csv' WITH (FORMAT csv, HEADER true);
COPY orders FROM 'pipes.csv' WITH (FORMAT csv, HEADER, DELIMITER '|', NULL 'NULL');
SELECT id, customer_id, note FROM orders ORDER BY id;

-- A file is one statement: it enters whole or not at all.
COPY orders FROM 'orphans.csv' WITH (FORMAT csv);
COPY orders FROM 'broken.csv' WITH (FORMAT csv);
COPY orders FROM 'short.csv' WITH (FORMAT csv);
COPY orders (id, customer_id) FROM 'short.csv' WITH (FORMAT csv);
COPY orders FROM 'orders.csv' WITH (FORMAT csv, HEADER true);
COPY orders FROM 'missing.csv' WITH (FORMAT csv);
COPY nowhere FROM 'orders.csv' WITH (FORMAT csv);
COPY orders FROM 'orders.csv' WITH (FORMAT binary);
COPY orders FROM 'orders.csv' WITH (FORMAT csv, FORCE_NULL (note));
SELECT count(*) FROM orders;

-- Out and in again.
COPY orders TO 'out.csv' WITH (FORMAT csv, HEADER);
COPY orders (note, id) TO 'part.csv' WITH (FORMAT csv, DELIMITER ';', NULL '-');
COPY (SELECT name, id FROM customer WHERE id > 10 ORDER BY id) TO 'query.csv' WITH (FORMAT csv, HEADER);
CREATE TABLE again (id INTEGER PRIMARY KEY, customer_id INTEGER, note TEXT);
CREATE TABLE parts (note TEXT, id INTEGER);
CREATE TABLE names (name TEXT, id INTEGER);
COPY again FROM 'out.csv' WITH (FORMAT csv, HEADER);
COPY parts FROM 'part.csv' WITH (FORMAT csv, DELIMITER ';', NULL '-');
COPY names FROM 'query.csv' WITH (FORMAT csv, HEADER);
SELECT count(*) FROM again a JOIN orders o ON o.id = a.id AND o.note IS NOT DISTINCT FROM a.note AND o.customer_id IS NOT DISTINCT FROM a.customer_id;
SELECT id, note FROM parts ORDER BY id;
SELECT name, id FROM names ORDER BY id;
