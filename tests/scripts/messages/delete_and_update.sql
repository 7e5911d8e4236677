-- Shows the messages of a key that is still referenced, under NO ACTION and RESTRICT, for one key and for many.

CREATE TABLE customer (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER CONSTRAINT fk_customer REFERENCES customer);
CREATE TABLE invoice (id INTEGER PRIMARY KEY, code TEXT CONSTRAINT fk_code REFERENCES customer (code) ON DELETE RESTRICT ON UPDATE RESTRICT);
INSERT INTO customer SELECT n, 'c' || CAST(n AS TEXT) FROM generate_series(1, 100) AS t (n);
INSERT INTO orders SELECT n, 1 + n % 50 FROM generate_series(1, 200) AS t (n);
INSERT INTO invoice VALUES (1, 'c60'), (2, 'c61'), (3, 'c60');
DELETE FROM customer WHERE id = 1;
DELETE FROM customer WHERE id BETWEEN 1 AND 3;
DELETE FROM customer WHERE id <= 50;
DELETE FROM customer WHERE id = 60;
DELETE FROM customer WHERE id >= 60;
-- differs: of several violations PostgreSQL shows the one it meets first
DELETE FROM customer;
UPDATE customer SET id = id + 1000 WHERE id < 3;
UPDATE customer SET code = 'new' WHERE id = 60;
SELECT count(*) FROM customer;
