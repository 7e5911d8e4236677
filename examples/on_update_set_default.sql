-- Shows ON UPDATE SET DEFAULT: it gives the orders of the customer to the default customer (customer 0, who must exist).

CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE orders (
    order_id    INTEGER PRIMARY KEY,
    customer_id INTEGER DEFAULT 0,
    order_date  DATE NOT NULL,
    CONSTRAINT fk_order_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON UPDATE SET DEFAULT
);
INSERT INTO customer VALUES (0, 'Nobody'), (1, 'Alice'), (2, 'Bob'), (3, 'Carol');
INSERT INTO orders VALUES (101, 1, '2026-01-05'), (102, 2, '2026-01-06'), (103, 1, '2026-01-07');

UPDATE customer SET customer_id = 10 WHERE customer_id = 1;
SELECT order_id, customer_id FROM orders ORDER BY order_id;

-- Nothing references customer 3.
UPDATE customer SET customer_id = 30 WHERE customer_id = 3;

-- A column that is not part of the key may change at any time.
UPDATE customer SET name = 'Robert' WHERE customer_id = 2;

-- The default is a reference like any other: without customer 0 there is nothing to fall back on.
UPDATE orders SET customer_id = 2;
DELETE FROM customer WHERE customer_id = 0;
UPDATE customer SET customer_id = 20 WHERE customer_id = 2;

SELECT customer_id, name FROM customer ORDER BY customer_id;
SELECT order_id, customer_id FROM orders ORDER BY order_id;
