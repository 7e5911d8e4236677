-- Shows SELECT over related tables: joins of every kind, grouping, subqueries, set operations.

CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer, placed DATE, total NUMERIC(10,2));
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Ben'), (3, 'Cid');
INSERT INTO orders VALUES (10, 1, '2026-01-01', 5.00), (11, 1, '2026-01-02', 7.50), (12, 2, '2026-01-03', 1.25), (13, NULL, NULL, NULL);

SELECT c.name, o.id FROM customer c JOIN orders o ON o.customer_id = c.id ORDER BY o.id;
SELECT c.name, o.id FROM customer c LEFT JOIN orders o ON o.customer_id = c.id ORDER BY c.name, o.id;
SELECT c.name, o.id FROM customer c RIGHT JOIN orders o ON o.customer_id = c.id ORDER BY o.id;
SELECT c.name, o.id FROM customer c FULL JOIN orders o ON o.customer_id = c.id ORDER BY c.name NULLS LAST, o.id;
SELECT c.name, o.id FROM customer c CROSS JOIN orders o WHERE o.id < 12 ORDER BY c.name, o.id;
SELECT c.name, count(o.id) AS orders, sum(o.total) AS total, max(o.placed) AS latest
FROM customer c LEFT JOIN orders o ON o.customer_id = c.id GROUP BY c.name HAVING count(o.id) <> 1 ORDER BY c.name;
SELECT name FROM customer c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 2) ORDER BY name;
SELECT name FROM customer WHERE id NOT IN (SELECT customer_id FROM orders WHERE customer_id IS NOT NULL) ORDER BY name;
SELECT name, (SELECT max(total) FROM orders o WHERE o.customer_id = c.id) AS best FROM customer c ORDER BY name;
SELECT id FROM customer UNION ALL SELECT customer_id FROM orders ORDER BY id NULLS LAST;
SELECT id FROM customer EXCEPT SELECT customer_id FROM orders ORDER BY id;
SELECT DISTINCT customer_id FROM orders ORDER BY customer_id NULLS FIRST LIMIT 2 OFFSET 1;
SELECT CASE WHEN total > 5 THEN 'big' WHEN total IS NULL THEN 'none' ELSE 'small' END AS size, count(*) FROM orders GROUP BY 1 ORDER BY 1;
-- differs: the numerics of one column have one scale.
WITH spent AS (SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id)
SELECT c.name, coalesce(s.total, 0) AS total FROM customer c LEFT JOIN spent s ON s.customer_id = c.id ORDER BY total DESC, c.name;
VALUES (1, 'a'), (2, 'b') ORDER BY 1;

-- Errors of queries.
SELECT nothing FROM customer;
SELECT id FROM customer JOIN orders ON customer.id = orders.customer_id;
SELECT * FROM nowhere;
SELECT name FROM customer GROUP BY id + 1;
SELECT 1 / 0;
SELECT no_such_function(1);
