-- Shows ON DELETE NO ACTION: it refuses the delete while orders reference the customer, judged at the end of the statement.

CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE orders (
    order_id    INTEGER PRIMARY KEY,
    customer_id INTEGER,
    order_date  DATE NOT NULL,
    CONSTRAINT fk_order_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE NO ACTION
);
INSERT INTO customer VALUES (0, 'Nobody'), (1, 'Alice'), (2, 'Bob'), (3, 'Carol');
INSERT INTO orders VALUES (101, 1, '2026-01-05'), (102, 2, '2026-01-06'), (103, 1, '2026-01-07');

DELETE FROM customer WHERE customer_id = 1;
SELECT order_id, customer_id FROM orders ORDER BY order_id;

-- Nothing references customer 3.
DELETE FROM customer WHERE customer_id = 3;

-- The orders go first, then the customer.
DELETE FROM orders WHERE customer_id = 1;
DELETE FROM customer WHERE customer_id = 1;

SELECT customer_id, name FROM customer ORDER BY customer_id;
SELECT order_id, customer_id FROM orders ORDER BY order_id;
