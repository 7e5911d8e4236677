-- Shows a shop: customers, orders, products, a junction table with a quantity, a 1:1 loyalty card, and a delete previewed before it is done.
-- bowline only: EXPLAIN of a cascade, bowline.relationships.

CREATE TABLE customer (
    customer_id INTEGER PRIMARY KEY,
    full_name   VARCHAR(100) NOT NULL,
    email       VARCHAR(255) NOT NULL UNIQUE
);

-- ORDER is a reserved word, so it is quoted.
CREATE TABLE "order" (
    order_id    INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customer (customer_id) ON DELETE RESTRICT,
    order_date  DATE NOT NULL
);

CREATE TABLE product (
    product_id INTEGER PRIMARY KEY,
    sku        VARCHAR(20) NOT NULL UNIQUE,
    name       VARCHAR(100) NOT NULL,
    unit_price NUMERIC(10,2) NOT NULL
);

CREATE TABLE order_item (
    order_id   INTEGER NOT NULL REFERENCES "order" (order_id) ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES product (product_id) ON DELETE RESTRICT,
    quantity   INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, product_id)
);

CREATE TABLE loyalty_card (
    card_no     INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL UNIQUE REFERENCES customer (customer_id) ON DELETE CASCADE,
    issued_date DATE NOT NULL
);

INSERT INTO customer VALUES (1, 'Alice', 'alice@example.com'), (2, 'Bob', 'bob@example.com');
INSERT INTO "order" VALUES (101, 1, '2026-03-01'), (102, 1, '2026-03-05');
INSERT INTO product VALUES (1, 'LAP-1', 'Laptop', 999.00), (2, 'MOU-1', 'Mouse', 19.90), (3, 'KEY-1', 'Keyboard', 49.50);
INSERT INTO order_item VALUES (101, 1, 1), (101, 2, 2), (102, 2, 5);
INSERT INTO loyalty_card VALUES (7001, 1, '2026-01-15'), (7002, 2, '2026-02-20');

-- Refused: the same product twice in one order, a second card, an item of no product.
INSERT INTO order_item VALUES (101, 2, 1);
INSERT INTO loyalty_card VALUES (7003, 1, '2026-03-01');
INSERT INTO order_item VALUES (102, 99, 1);

-- Refused: a product on an order, and a customer with orders.
DELETE FROM product WHERE product_id = 2;
EXPLAIN DELETE FROM customer WHERE customer_id = 1;
DELETE FROM customer WHERE customer_id = 1;

-- An order owns its items.
EXPLAIN DELETE FROM "order" WHERE order_id = 101;
DELETE FROM "order" WHERE order_id = 101;
SELECT order_id, product_id, quantity FROM order_item ORDER BY order_id, product_id;

-- Bob has no orders: he goes, and his card with him.
EXPLAIN DELETE FROM customer WHERE customer_id = 2;
DELETE FROM customer WHERE customer_id = 2;
SELECT card_no, customer_id FROM loyalty_card ORDER BY card_no;

SELECT constraint_name, cardinality, mandatory, on_delete FROM bowline.relationships ORDER BY constraint_name;
