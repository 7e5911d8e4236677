-- Shows writes in WITH: all parts see the rows as they were, and what they change is judged once, at the end.

CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL CONSTRAINT fk_customer REFERENCES customer, total NUMERIC(10,2));
CREATE TABLE archive (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, total NUMERIC(10,2), reason TEXT);
INSERT INTO customer VALUES (1, 'Ada'), (2, 'Ben'), (3, 'Cem');
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7.50), (12, 2, 9);

-- Plain WITH in front of each write.
WITH big AS (SELECT id FROM orders WHERE total > 6) UPDATE orders SET total = total + 1 FROM big WHERE orders.id = big.id;
WITH named (who) AS (SELECT 4), twice AS (SELECT who + 1 AS who FROM named) INSERT INTO customer SELECT who, 'Dan' FROM twice RETURNING id, name;
WITH gone AS (SELECT 5 AS id) DELETE FROM customer WHERE id IN (SELECT id FROM gone) RETURNING id;
WITH v AS (SELECT 4 AS id) INSERT INTO customer VALUES ((SELECT id FROM v), 'Dee') RETURNING id, name;
WITH RECURSIVE n AS (SELECT 6 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 8) INSERT INTO customer SELECT i, 'row ' || i FROM n;
WITH RECURSIVE n AS (SELECT 6 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 8) DELETE FROM customer USING n WHERE id = i;
WITH x AS (SELECT 1 AS id) INSERT INTO customer WITH y AS (SELECT id + 8 AS id FROM x) SELECT id, 'nested' FROM y RETURNING id, name;
WITH c AS (SELECT 9 AS id) UPDATE customer SET name = upper(name) WHERE id = (SELECT id FROM c) RETURNING name, (SELECT count(*) FROM c);
WITH c AS (SELECT 9 AS id) INSERT INTO customer SELECT id, 'again' FROM c ON CONFLICT (id) DO UPDATE SET name = excluded.name || (SELECT id FROM c) RETURNING name;
DELETE FROM customer WHERE id = 9;

-- Rows move from one table to another.
WITH moved AS (DELETE FROM orders WHERE customer_id = 1 RETURNING *)
INSERT INTO archive SELECT id, customer_id, total, 'moved' FROM moved RETURNING id, total;
SELECT id FROM orders ORDER BY id;

-- Referenced and referencing rows in one statement, in either order.
WITH new_order AS (INSERT INTO orders VALUES (20, 7, 1) RETURNING customer_id)
INSERT INTO customer SELECT customer_id, 'Eve' FROM new_order RETURNING id;
WITH gone AS (DELETE FROM customer WHERE id = 7 RETURNING id) DELETE FROM orders USING gone WHERE customer_id = gone.id RETURNING orders.id;
WITH gone AS (DELETE FROM customer WHERE id = 2 RETURNING id) SELECT id FROM gone;

-- A key is given up and taken again in one statement.
WITH gone AS (DELETE FROM customer WHERE id = 4 RETURNING id) INSERT INTO customer SELECT id, 'Fay' FROM gone;
SELECT id, name FROM customer ORDER BY id;

-- All parts see the same rows; only RETURNING passes on what is new.
WITH up AS (UPDATE orders SET total = total * 10 RETURNING id, total)
SELECT up.id, orders.total AS before, up.total AS after FROM up JOIN orders ON orders.id = up.id ORDER BY up.id;
WITH made AS (INSERT INTO customer VALUES (30, 'Gil') RETURNING id) SELECT (SELECT count(*) FROM customer WHERE id = 30) AS seen, id FROM made;

-- Parts that nobody reads are carried out too, also without RETURNING.
WITH one AS (INSERT INTO customer VALUES (31, 'Hal')), two AS (DELETE FROM customer WHERE id = 30 RETURNING id) SELECT 1 AS answer;
SELECT id FROM customer WHERE id >= 30 ORDER BY id;
WITH one AS (INSERT INTO customer VALUES (32, 'Ida')) SELECT * FROM one;
WITH d AS (DELETE FROM customer WHERE id = 31 RETURNING id, name), i AS (INSERT INTO customer SELECT id + 1, name FROM d RETURNING id), j AS (UPDATE orders SET total = (SELECT id FROM i) WHERE id = 12 RETURNING total)
SELECT d.id AS d, i.id AS i, j.total AS j FROM d, i, j;
WITH d (key, label) AS (DELETE FROM customer WHERE id = 32 RETURNING id, name) SELECT label, key FROM d;
WITH c AS (WITH inner_one AS (SELECT 12 AS id) UPDATE orders SET total = 3 FROM inner_one WHERE orders.id = inner_one.id RETURNING orders.id, total) SELECT * FROM c;
WITH i AS (INSERT INTO archive VALUES (50, 3, 1, 'a') RETURNING *), j AS (INSERT INTO archive VALUES (51, 3, 2, 'b') RETURNING *)
SELECT id, reason FROM i UNION ALL SELECT id, reason FROM j ORDER BY id;

-- Violations are those of the whole statement; nothing of it stays.
WITH i AS (INSERT INTO customer VALUES (40, 'Jon') RETURNING id) INSERT INTO orders SELECT 60, id + 1, 1 FROM i;
SELECT count(*) FROM customer WHERE id = 40;
WITH i AS (INSERT INTO customer VALUES (40, 'Jon')), j AS (INSERT INTO customer VALUES (40, 'Kim')) SELECT 1 AS one;

-- What cannot be said.
SELECT * FROM (WITH d AS (DELETE FROM orders RETURNING id) SELECT id FROM d) AS q;
INSERT INTO archive (id) WITH d AS (DELETE FROM orders RETURNING id) SELECT id FROM d;
WITH outer_one AS (WITH d AS (DELETE FROM orders RETURNING id) SELECT id FROM d) SELECT id FROM outer_one;
WITH RECURSIVE d AS (DELETE FROM orders WHERE id IN (SELECT id FROM d) RETURNING id) SELECT id FROM d;
SELECT * FROM (DELETE FROM orders RETURNING id) AS q;
SELECT count(*) FROM orders;
SELECT id, customer_id, total, reason FROM archive ORDER BY id;
