-- bowline only: max_cascaded_rows is bowline's own
-- A statement whose referential actions would touch more rows than the session allows is refused, with the tree in the detail.
CREATE TABLE region (id INTEGER PRIMARY KEY);
CREATE TABLE customer (
    id INTEGER PRIMARY KEY,
    region_id INTEGER,
    CONSTRAINT fk_customer_region FOREIGN KEY (region_id) REFERENCES region ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER,
    CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customer ON DELETE CASCADE);
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER,
    CONSTRAINT fk_ticket_customer FOREIGN KEY (customer_id) REFERENCES customer ON DELETE SET NULL);
INSERT INTO region VALUES (1), (2);
INSERT INTO customer VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO orders VALUES (10, 1), (11, 1), (12, 2), (13, 3);
INSERT INTO ticket VALUES (20, 1), (21, 2);

-- Without a limit.
SHOW max_cascaded_rows;
BEGIN;
DELETE FROM region WHERE id = 1;
ROLLBACK;

-- Two customers, three orders and two tickets are seven rows.
SET max_cascaded_rows = 6;
SHOW max_cascaded_rows;
DELETE FROM region WHERE id = 1;
DELETE FROM region WHERE id <= 1;
BEGIN;
UPDATE region SET id = id + 10 WHERE id = 1;
SELECT * FROM customer ORDER BY id;
ROLLBACK;

-- Rows that the statement names itself do not count.
DELETE FROM ticket;
SET max_cascaded_rows = 0;
DELETE FROM orders WHERE id = 13;
INSERT INTO ticket VALUES (20, 1), (21, 2);
UPDATE region SET id = 1 WHERE id = 1;
DELETE FROM customer WHERE id = 3;
DELETE FROM region WHERE id = 2;
UPDATE region SET id = 5 WHERE id = 1;

-- EXPLAIN shows all of it, and that it would be refused.
SET max_cascaded_rows = 4;
EXPLAIN DELETE FROM region;
EXPLAIN (FORMAT JSON) DELETE FROM customer WHERE id = 2;
EXPLAIN (FORMAT JSON) DELETE FROM region;
EXPLAIN UPDATE region SET id = 5;

-- Writes in WITH and MERGE are one statement each.
SET max_cascaded_rows = 1;
WITH gone AS (DELETE FROM customer WHERE id = 1 RETURNING id) DELETE FROM region WHERE id = 1;
MERGE INTO customer c USING (VALUES (1), (2)) AS v (id) ON c.id = v.id WHEN MATCHED THEN DELETE;
INSERT INTO region VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 7;
EXPLAIN INSERT INTO region VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 7;

SET max_cascaded_rows = 6;

-- TRUNCATE counts the rows of the tables it cascades to.
TRUNCATE region CASCADE;
SELECT count(*) FROM orders;
SET max_cascaded_rows = 7;
TRUNCATE region CASCADE;
SELECT count(*) FROM orders;

-- SET LOCAL ends with its transaction; a refused statement fails it, and a savepoint goes back.
INSERT INTO region VALUES (1);
INSERT INTO customer VALUES (1, 1), (2, 1);
BEGIN;
SET LOCAL max_cascaded_rows = 1;
SAVEPOINT s;
DELETE FROM region;
ROLLBACK TO s;
SET LOCAL max_cascaded_rows = 2;
DELETE FROM region;
ROLLBACK;
SHOW max_cascaded_rows;
RESET max_cascaded_rows;
SHOW max_cascaded_rows;

-- A violation is told before the limit.
CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_invoice_customer REFERENCES customer);
INSERT INTO invoice VALUES (30, 1);
SET max_cascaded_rows = 0;
DELETE FROM region;
EXPLAIN DELETE FROM region;
DROP TABLE invoice;

-- A repair that takes more along is refused like any other.
ALTER TABLE orders ALTER CONSTRAINT fk_orders_customer NOT ENFORCED;
CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    order_id INTEGER,
    CONSTRAINT fk_item_order FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE);
INSERT INTO orders VALUES (10, 99);
INSERT INTO item VALUES (40, 10), (41, 10);
SET max_cascaded_rows = 1;
EXPLAIN CALL bowline.repair('fk_orders_customer', 'delete');
CALL bowline.repair('fk_orders_customer', 'delete');
SET max_cascaded_rows TO DEFAULT;
CALL bowline.repair('fk_orders_customer', 'delete');

-- Values it takes.
SET max_cascaded_rows = unlimited;
SET max_cascaded_rows = 'UNLIMITED';
SHOW max_cascaded_rows;
SET max_cascaded_rows = -1;
SET max_cascaded_rows = 'many';
SET max_cascaded_rows = '12';
SHOW max_cascaded_rows;
