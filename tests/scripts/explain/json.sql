-- Shows EXPLAIN (FORMAT JSON) of writes: the same trace as data.
-- bowline only: no other engine shows this.

CREATE TABLE customer (id INTEGER PRIMARY KEY);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_order_customer REFERENCES customer ON DELETE CASCADE);
CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_invoice_customer REFERENCES customer ON DELETE RESTRICT);
INSERT INTO customer VALUES (1), (2);
INSERT INTO orders VALUES (10, 1), (11, 1), (20, 2);
INSERT INTO invoice VALUES (9, 1);
EXPLAIN (FORMAT JSON) DELETE FROM customer WHERE id = 2;
EXPLAIN (FORMAT JSON) DELETE FROM customer WHERE id = 1;
EXPLAIN (FORMAT JSON) INSERT INTO orders VALUES (30, 3);
EXPLAIN (FORMAT JSON) UPDATE customer SET id = 3 WHERE id = 1;
EXPLAIN (FORMAT XML) DELETE FROM customer;
