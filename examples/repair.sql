-- Shows a data load with orphans on its way to an enforced foreign key: declare NOT VALID, look, repair each group in its own way, validate.
-- bowline only: orphans are listed in bowline.violations and mended by CALL bowline.repair.

CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL DEFAULT 'unknown');
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER, order_date DATE NOT NULL);
CREATE TABLE order_item (
    order_id    INTEGER,
    line_number INTEGER,
    product     TEXT NOT NULL,
    PRIMARY KEY (order_id, line_number)
);
INSERT INTO customer VALUES (1, 'Alice'), (2, 'Bob');
INSERT INTO orders VALUES (101, 1, '2026-01-05'), (102, 7, '2026-01-06'), (103, 8, '2026-01-07'), (104, 7, '2026-01-08');
INSERT INTO order_item VALUES (101, 1, 'lamp'), (102, 1, 'desk'), (103, 1, 'chair'), (103, 2, 'shelf'), (999, 1, 'ghost');

-- The load came without foreign keys. Declaring them tells what is wrong.
ALTER TABLE orders ADD CONSTRAINT fk_order_customer FOREIGN KEY (customer_id) REFERENCES customer;

-- NOT VALID holds for everything written from now on, and lets the old rows stand for a while.
ALTER TABLE orders ADD CONSTRAINT fk_order_customer FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;
ALTER TABLE order_item ADD CONSTRAINT fk_item_order FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE NOT VALID;
SELECT constraint_name, row_key, key, reason FROM bowline.violations ORDER BY constraint_name, row_key;

-- Customer 7 is known by other means; the order of customer 8 is set aside, with its items.
INSERT INTO customer VALUES (7, 'Grace');
EXPLAIN CALL bowline.repair('fk_order_customer', 'quarantine');
CALL bowline.repair('fk_order_customer', 'quarantine');
SELECT order_id, customer_id, constraint_name, reason FROM orders_quarantine;
SELECT order_id, line_number, product, reason FROM order_item_quarantine ORDER BY line_number;

-- The item of an order that never was can go.
CALL bowline.repair('fk_item_order', 'delete');

ALTER TABLE orders VALIDATE CONSTRAINT fk_order_customer;
ALTER TABLE order_item VALIDATE CONSTRAINT fk_item_order;
SELECT order_id, customer_id FROM orders ORDER BY order_id;
SELECT order_id, line_number, product FROM order_item ORDER BY order_id, line_number;
SELECT count(*) AS violations FROM bowline.violations;
