-- Shows EXPLAIN of DELETE, UPDATE and INSERT: the trace as a tree, and that nothing changes; the last one equals what is then done.
-- bowline only: no other engine shows this.

CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_order_customer REFERENCES customer ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE order_item (item_id INTEGER PRIMARY KEY, order_id INTEGER CONSTRAINT fk_item_order REFERENCES orders ON DELETE CASCADE);
CREATE TABLE ticket (ticket_id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_ticket_customer REFERENCES customer ON DELETE SET NULL);
CREATE TABLE invoice (invoice_id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_invoice_customer REFERENCES customer ON DELETE RESTRICT);
CREATE TABLE visit (visit_id INTEGER PRIMARY KEY, customer_id INTEGER DEFAULT 0 CONSTRAINT fk_visit_customer REFERENCES customer ON DELETE SET DEFAULT);
INSERT INTO customer VALUES (0, 'nobody'), (1, 'Ann'), (2, 'Ben'), (3, 'Cid');
INSERT INTO orders VALUES (10, 1), (11, 1), (12, 1), (20, 2);
INSERT INTO order_item SELECT n, 10 + n % 3 FROM generate_series(1, 12) AS t (n);
INSERT INTO ticket VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO invoice VALUES (9, 1);
INSERT INTO visit VALUES (1, 1), (2, 2);

EXPLAIN DELETE FROM customer WHERE customer_id = 1;
EXPLAIN DELETE FROM customer WHERE customer_id IN (1, 2);
EXPLAIN DELETE FROM customer WHERE customer_id = 3;
EXPLAIN DELETE FROM customer WHERE customer_id = 99;
EXPLAIN DELETE FROM orders;
EXPLAIN UPDATE customer SET customer_id = 50 WHERE customer_id = 1;
EXPLAIN UPDATE customer SET customer_id = 60 WHERE customer_id = 3;
EXPLAIN UPDATE customer SET name = 'x';
EXPLAIN UPDATE orders SET customer_id = 99 WHERE order_id < 12;
EXPLAIN INSERT INTO orders VALUES (30, 1), (31, 2);
EXPLAIN INSERT INTO orders VALUES (30, 98), (31, 99), (32, 98);
EXPLAIN INSERT INTO customer VALUES (1, 'Again');
EXPLAIN DELETE FROM nowhere;
SELECT (SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_item) AS items;

DELETE FROM invoice;
EXPLAIN DELETE FROM customer WHERE customer_id = 1;
DELETE FROM customer WHERE customer_id = 1;
SELECT (SELECT count(*) FROM customer) AS customers, (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_item) AS items;
SELECT ticket_id, customer_id FROM ticket ORDER BY ticket_id;
SELECT visit_id, customer_id FROM visit ORDER BY visit_id;

-- A deep self-reference is one line for each table and rule.
CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER CONSTRAINT fk_up REFERENCES node ON DELETE CASCADE);
INSERT INTO node SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20) AS t (n);
EXPLAIN DELETE FROM node WHERE id = 5;
EXPLAIN SELECT 1;
