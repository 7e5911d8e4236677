-- Shows subqueries in the condition of a join that refer to the rows it joins.

CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers, total INTEGER);
INSERT INTO customers VALUES (1, 'Ann'), (2, 'Ben'), (3, 'Cid');
INSERT INTO orders VALUES (10, 1, 5), (11, 1, 7), (12, 2, 9);
-- Of the left side: each customer with the last order.
SELECT c.name, o.id, o.total FROM customers c
    LEFT JOIN orders o ON o.id = (SELECT max(x.id) FROM orders x WHERE x.customer_id = c.id) ORDER BY c.id;
SELECT c.name, o.id FROM customers c
    JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE x.customer_id = c.id AND x.total > 6) ORDER BY c.id;
SELECT c.name, o.id FROM customers c
    JOIN orders o ON o.id = (SELECT x.id FROM orders x WHERE x.customer_id = c.id) ORDER BY c.id;
-- Of the right side.
SELECT c.name, o.id FROM customers c
    LEFT JOIN orders o ON c.id = o.customer_id AND EXISTS (SELECT FROM orders x WHERE x.customer_id = o.customer_id AND x.id > o.id)
    ORDER BY c.id, o.id;
SELECT c.name, o.id FROM customers c
    RIGHT JOIN orders o ON c.id = (SELECT y.id FROM customers y WHERE y.id = o.customer_id + 1) ORDER BY o.id;
-- Of both.
SELECT c.name, o.id FROM customers c
    JOIN orders o ON (SELECT count(*) FROM orders x WHERE x.customer_id = c.id AND x.total <= o.total) = 2 ORDER BY c.id, o.id;
