-- Shows repair by delete: orphans go, what references them follows by its own delete rule, and the key can be validated.
-- bowline only: CALL bowline.repair.

CREATE TABLE customer (id INTEGER PRIMARY KEY);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER);
CREATE TABLE item (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders ON DELETE CASCADE);
CREATE TABLE ticket (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders ON DELETE SET NULL);
INSERT INTO customer VALUES (1), (2);
INSERT INTO orders VALUES (10, 1), (11, 42), (12, 43), (13, 42), (14, NULL);
INSERT INTO item VALUES (100, 10), (101, 11), (102, 11), (103, 13);
INSERT INTO ticket VALUES (500, 10), (501, 12), (502, NULL);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fkey;
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'delete');
EXPLAIN (FORMAT JSON) CALL bowline.repair('orders_customer_fkey', 'delete');
-- EXPLAIN changed nothing.
SELECT count(*) FROM bowline.violations;
CALL bowline.repair('orders_customer_fkey', 'delete');
SELECT id, customer_id FROM orders ORDER BY id;
SELECT id, order_id FROM item ORDER BY id;
SELECT id, order_id FROM ticket ORDER BY id;
SELECT count(*) FROM bowline.violations;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fkey;
-- Nothing is left to do.
CALL bowline.repair('orders_customer_fkey', 'delete');
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'delete');
