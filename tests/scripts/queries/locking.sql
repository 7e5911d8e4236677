-- SELECT ... FOR UPDATE: rows stay as they are until the transaction ends.
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, total NUMERIC(10, 2));
CREATE VIEW names AS SELECT name FROM customer;
INSERT INTO customer VALUES (1, 'Ada'), (2, 'Ben'), (3, 'Cid');
INSERT INTO orders VALUES (10, 1, 5.00), (11, 1, 7.50), (12, 2, 1.00);
-- By itself it is a query like any other.
SELECT * FROM customer WHERE id = 1 FOR UPDATE;
BEGIN;
SELECT * FROM customer ORDER BY id LIMIT 2 FOR UPDATE;
SELECT name, id + 1 AS next, count(*) FILTER (WHERE true) OVER () FROM customer FOR UPDATE;
ROLLBACK;
BEGIN;
SELECT o.id, c.name FROM orders o JOIN customer c ON c.id = o.customer_id ORDER BY o.id FOR UPDATE;
SELECT o.*, c.* FROM orders AS o, customer AS c WHERE c.id = o.customer_id AND o.id = 12 FOR UPDATE OF o, c;
SELECT c.id, o.id FROM customer c LEFT JOIN orders o ON o.customer_id = c.id ORDER BY c.id, o.id FOR NO KEY UPDATE OF c;
SELECT id FROM customer WHERE id > 1 ORDER BY id FOR KEY SHARE NOWAIT;
SELECT id FROM customer WHERE id = 3 FOR SHARE;
-- What is locked can be changed.
UPDATE customer SET name = 'Bea' WHERE id = 2;
DELETE FROM customer WHERE id = 3;
SELECT * FROM customer ORDER BY id FOR UPDATE;
COMMIT;
SELECT * FROM customer ORDER BY id;
SELECT * FROM orders ORDER BY id;
-- Joins in parentheses, and by the names of columns.
BEGIN;
SELECT c.id, o.id FROM names n JOIN (customer c JOIN orders o ON o.customer_id = c.id) ON n.name = c.name ORDER BY o.id FOR UPDATE OF c, o;
SELECT * FROM customer JOIN orders USING (id) FOR UPDATE;
SELECT id, n FROM customer, generate_series(1, 2) AS s(n) WHERE id = 1 ORDER BY n FOR UPDATE;
COMMIT;
-- Nothing fires: what references the rows is not touched.
BEGIN;
WITH rich AS (SELECT customer_id FROM orders WHERE total > 6) SELECT c.id FROM customer c JOIN rich ON rich.customer_id = c.id FOR UPDATE;
COMMIT;
-- Where a row of the result is not one row of each table.
SELECT DISTINCT name FROM customer FOR UPDATE;
SELECT name FROM customer GROUP BY name FOR UPDATE;
SELECT count(*) FROM customer FOR UPDATE;
SELECT id FROM customer UNION SELECT id FROM orders FOR UPDATE;
SELECT c.id, o.id FROM customer c LEFT JOIN orders o ON o.customer_id = c.id FOR UPDATE;
SELECT c.id, o.id FROM customer c CROSS JOIN orders o RIGHT JOIN names n ON n.name = c.name FOR UPDATE OF o;
SELECT c.id, o.id FROM names n LEFT JOIN (customer c JOIN orders o ON o.customer_id = c.id) ON n.name = c.name FOR UPDATE OF c;
SELECT id FROM customer FOR UPDATE OF orders;
SELECT id FROM nothing FOR UPDATE;
BEGIN READ ONLY;
SELECT id FROM customer FOR UPDATE;
ROLLBACK;
-- differs: the columns that both have would include those of the engine
SELECT * FROM customer NATURAL JOIN orders FOR UPDATE;
