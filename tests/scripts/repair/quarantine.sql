-- Shows repair by quarantine: orphans, and what references them by whatever key, move to side tables with the reason.
-- bowline only: CALL bowline.repair.

CREATE TABLE customer (id INTEGER PRIMARY KEY);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total NUMERIC(8,2) NOT NULL DEFAULT 0, placed DATE);
CREATE TABLE item (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE);
CREATE TABLE invoice (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders ON DELETE RESTRICT);
CREATE TABLE reminder (id INTEGER PRIMARY KEY, invoice_id INTEGER REFERENCES invoice);
CREATE TABLE ticket (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders ON DELETE SET NULL);
INSERT INTO customer VALUES (1);
INSERT INTO orders VALUES (10, 1, 5, '2026-01-05'), (11, 42, 7.5, '2026-01-06'), (12, 43, 9, NULL);
INSERT INTO item VALUES (100, 10), (101, 11), (102, 12);
INSERT INTO invoice VALUES (200, 10), (201, 11);
INSERT INTO reminder VALUES (300, 200), (301, 201);
INSERT INTO ticket VALUES (400, 11);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;
-- A valid key that restricts protects its rows from deletion.
CALL bowline.repair('orders_customer_fkey', 'delete');
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'delete');
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'quarantine');
CALL bowline.repair('orders_customer_fkey', 'quarantine');
SELECT id, customer_id FROM orders ORDER BY id;
SELECT id, customer_id, total, placed, constraint_name, reason FROM orders_quarantine ORDER BY id;
SELECT id, order_id, constraint_name, reason FROM item_quarantine ORDER BY id;
SELECT id, order_id, constraint_name, reason FROM invoice_quarantine ORDER BY id;
SELECT id, invoice_id, constraint_name, reason FROM reminder_quarantine ORDER BY id;
SELECT id, order_id FROM ticket ORDER BY id;
SELECT bool_and(quarantined_at BETWEEN now() - INTERVAL '1 hour' AND now()) AS just_now FROM orders_quarantine;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fkey;

-- The side table is used again, also with columns added to it.
ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;
INSERT INTO orders VALUES (13, 44, 1, NULL);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;
ALTER TABLE orders_quarantine ADD COLUMN mended BOOLEAN NOT NULL DEFAULT false;
CALL bowline.repair('orders_customer_fkey', 'quarantine');
SELECT id, customer_id, constraint_name, mended FROM orders_quarantine ORDER BY id;

-- The rows can be put back once their keys are there.
INSERT INTO customer VALUES (44);
INSERT INTO orders SELECT id, customer_id, total, placed FROM orders_quarantine WHERE customer_id = 44;
SELECT id, customer_id FROM orders ORDER BY id;

-- Columns that the side table does not have, or has for itself, or a name that is taken.
CREATE TABLE visit (id INTEGER PRIMARY KEY, customer_id INTEGER);
INSERT INTO visit VALUES (1, 99);
ALTER TABLE visit ADD CONSTRAINT visit_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;
CREATE VIEW visit_quarantine AS SELECT 1 AS one;
CALL bowline.repair('visit_customer_fkey', 'quarantine');
DROP VIEW visit_quarantine;
CREATE TABLE visit_quarantine (id BIGINT);
CALL bowline.repair('visit_customer_fkey', 'quarantine');
DROP TABLE visit_quarantine;
ALTER TABLE visit ADD COLUMN reason TEXT;
CALL bowline.repair('visit_customer_fkey', 'quarantine');
ALTER TABLE visit RENAME COLUMN reason TO why;
CALL bowline.repair('visit_customer_fkey', 'quarantine');
SELECT id, customer_id, why FROM visit_quarantine;
