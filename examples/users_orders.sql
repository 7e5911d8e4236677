-- Shows a foreign key for the first time: users, their orders, and what the link between them refuses.

CREATE TABLE users (
    id   SERIAL PRIMARY KEY,
    name VARCHAR(100)
);

CREATE TABLE orders (
    order_id SERIAL PRIMARY KEY,
    user_id  INTEGER REFERENCES users (id),
    product  VARCHAR(100)
);

INSERT INTO users (name) VALUES ('Alice'), ('Bob'), ('Charlie');
INSERT INTO orders (order_id, user_id, product) VALUES
    (101, 1, 'Laptop'), (102, 2, 'Phone'), (103, 1, 'Mouse'), (104, 3, 'Keyboard');

-- Valid: user 1 exists. The key comes from the sequence of the column.
INSERT INTO orders (user_id, product) VALUES (1, 'Laptop') RETURNING order_id, user_id;

-- Invalid: there is no user 999.
INSERT INTO orders (user_id, product) VALUES (999, 'Laptop');

-- Optional: an order may have no user at all.
INSERT INTO orders (order_id, user_id, product) VALUES (105, NULL, 'Gift card');

SELECT u.name, o.order_id, o.product
FROM users u JOIN orders o ON o.user_id = u.id ORDER BY u.name, o.order_id;

-- Nobody can be removed who still has orders.
DELETE FROM users WHERE id = 2;
DROP TABLE users;
