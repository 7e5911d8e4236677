-- Shows the messages of a missing key: the constraint, both tables, the columns, the values, how many more, and what to do.

CREATE TABLE customer (id INTEGER PRIMARY KEY, "Full Name" TEXT UNIQUE);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER CONSTRAINT orders_customer_fkey REFERENCES customer,
    who TEXT NOT NULL DEFAULT 'Ann' CONSTRAINT orders_who_fkey REFERENCES customer ("Full Name")
);
INSERT INTO customer VALUES (1, 'Ann'), (2, 'O''Brien');
-- One key, one row; one key, several rows; several keys; very many keys.
INSERT INTO orders VALUES (1, 42);
INSERT INTO orders VALUES (1, 42), (2, 42), (3, 1);
INSERT INTO orders VALUES (1, 44), (2, 42), (3, 1), (4, 43);
INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) AS t (n);
-- Several constraints at once: the first by name is shown.
INSERT INTO orders VALUES (1, 42, 'Zoe');
-- Text keys and columns that cannot be NULL.
INSERT INTO orders VALUES (1, 1, 'Zoe''s');
INSERT INTO orders VALUES (1, 1), (2, 2);
UPDATE orders SET customer_id = id + 40;
UPDATE orders SET who = 'Bob' WHERE id = 2;
SELECT id, customer_id, who FROM orders ORDER BY id;
