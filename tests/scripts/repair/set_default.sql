-- Shows repair by set default: the default must be a key that is there.
-- bowline only: CALL bowline.repair.

CREATE TABLE customer (id INTEGER PRIMARY KEY);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER);
INSERT INTO customer VALUES (1);
INSERT INTO orders VALUES (10, 1), (11, 42), (12, 43);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer NOT ENFORCED;
CALL bowline.repair('orders_customer_fkey', 'set default');
ALTER TABLE orders ALTER COLUMN customer_id SET DEFAULT 0;
CALL bowline.repair('orders_customer_fkey', 'set default');
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'set default');
SELECT id, customer_id FROM orders ORDER BY id;
INSERT INTO customer VALUES (0);
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'set default');
CALL bowline.repair('orders_customer_fkey', 'set default');
SELECT id, customer_id FROM orders ORDER BY id;
