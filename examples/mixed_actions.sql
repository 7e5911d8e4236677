-- Shows a delete rule and an update rule chosen separately: deletes are refused, corrected keys are carried along.

CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE order_mixed (
    order_id    INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    order_date  DATE NOT NULL,
    CONSTRAINT fk_order_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id)
        ON DELETE RESTRICT
        ON UPDATE CASCADE
);
INSERT INTO customer VALUES (1, 'Alice'), (2, 'Bob');
INSERT INTO order_mixed VALUES (101, 1, '2026-01-05'), (102, 2, '2026-01-06'), (103, 1, '2026-01-07');

DELETE FROM customer WHERE customer_id = 1;
UPDATE customer SET customer_id = 1001 WHERE customer_id = 1;
SELECT order_id, customer_id FROM order_mixed ORDER BY order_id;

-- Every key at once.
UPDATE customer SET customer_id = customer_id + 5000;
SELECT customer_id, name FROM customer ORDER BY customer_id;
SELECT order_id, customer_id FROM order_mixed ORDER BY order_id;
