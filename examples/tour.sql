-- Shows the main job: keys and relationships declared, a violation refused by name, a delete previewed and then done.
-- bowline only: EXPLAIN of a cascade, bowline.relationships, bowline.violations.

-- 1. Tables. Every foreign key says what happens when the row it points at is deleted.
CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    full_name   VARCHAR(100) NOT NULL,
    email       VARCHAR(255) NOT NULL UNIQUE
);

CREATE TABLE product (
    product_id INTEGER PRIMARY KEY,
    name       VARCHAR(100) NOT NULL,
    unit_price NUMERIC(10,2) NOT NULL CHECK (unit_price >= 0)
);

CREATE TABLE orders (
    order_id    INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    order_date  DATE NOT NULL,
    CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE CASCADE
);

CREATE TABLE order_item (
    order_id   INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, product_id),
    CONSTRAINT fk_item_order FOREIGN KEY (order_id) REFERENCES orders (order_id) ON DELETE CASCADE,
    CONSTRAINT fk_item_product FOREIGN KEY (product_id) REFERENCES product (product_id) ON DELETE RESTRICT
);

CREATE TABLE loyalty_card (
    card_no     INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL UNIQUE,
    issued_date DATE NOT NULL,
    CONSTRAINT fk_card_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE CASCADE
);

CREATE TABLE ticket (
    ticket_id   INTEGER PRIMARY KEY,
    customer_id INTEGER,
    subject     TEXT NOT NULL,
    CONSTRAINT fk_ticket_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE SET NULL
);

-- 2. Rows.
INSERT INTO customer VALUES
    (1, 'Alice Chen', 'alice@example.com'), (2, 'Bob Smith', 'bob@example.com'), (3, 'Carol Jones', 'carol@example.com');
INSERT INTO product VALUES (10, 'Laptop', 999.00), (11, 'Mouse', 19.90), (12, 'Keyboard', 49.50);
INSERT INTO orders VALUES (101, 1, '2026-01-05'), (102, 2, '2026-01-07'), (103, 1, '2026-02-11');
INSERT INTO order_item VALUES (101, 10, 1), (101, 11, 2), (102, 12, 1), (103, 11, 1);
INSERT INTO loyalty_card VALUES (5001, 1, '2025-11-30');
INSERT INTO ticket VALUES (1, 1, 'Where is my parcel?'), (2, 1, 'Thank you'), (3, 2, 'Wrong size');

-- 3. What breaks a relationship is refused, with the constraint, the tables, the key, and what to do.
INSERT INTO orders VALUES (104, 42, '2026-03-01'), (105, 43, '2026-03-01');
DELETE FROM product WHERE product_id = 11;
INSERT INTO loyalty_card VALUES (5002, 1, '2026-01-01');

-- 4. What would this delete take with it? EXPLAIN answers and changes nothing.
EXPLAIN DELETE FROM customer WHERE customer_id = 1;
SELECT count(*) AS customers FROM customer;

-- 5. Done, it is exactly what was shown.
DELETE FROM customer WHERE customer_id = 1;
SELECT order_id, customer_id, order_date FROM orders ORDER BY order_id;
SELECT ticket_id, customer_id, subject FROM ticket ORDER BY ticket_id;

-- 6. The relationships of the schema, read back; and the full check, which finds nothing.
SELECT constraint_name, referencing_table, referenced_table, cardinality, mandatory, on_delete
FROM bowline.relationships ORDER BY constraint_name;
SELECT count(*) AS violations FROM bowline.violations;
