-- Shows named constraints and indexes on referencing columns: good names make good messages, and bowline needs no index to check fast.

CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, email VARCHAR(255) NOT NULL);
CREATE TABLE product (product_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE order_optimized (
    order_id    INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL,
    product_id  INTEGER NOT NULL,
    order_date  DATE NOT NULL,
    quantity    INTEGER NOT NULL,
    CONSTRAINT fk_order_customer FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE RESTRICT,
    CONSTRAINT fk_order_product FOREIGN KEY (product_id) REFERENCES product (product_id) ON DELETE RESTRICT
);

-- Accepted for the schemas that have them. Referencing columns are indexed from the start.
CREATE INDEX idx_order_customer ON order_optimized (customer_id);
CREATE INDEX idx_order_product ON order_optimized (product_id);

-- A unique index is a candidate key: it refuses duplicates, and can be referenced.
CREATE UNIQUE INDEX customer_email ON customer (email);
CREATE TABLE newsletter (
    email VARCHAR(255) PRIMARY KEY CONSTRAINT fk_newsletter_customer REFERENCES customer (email) ON UPDATE CASCADE
);

INSERT INTO customer VALUES (1, 'Alice', 'alice@example.com'), (2, 'Bob', 'bob@example.com');
INSERT INTO customer VALUES (3, 'Alice again', 'alice@example.com');
INSERT INTO product VALUES (1, 'Laptop');
INSERT INTO order_optimized VALUES (1, 1, 1, '2026-06-01', 1);
INSERT INTO newsletter VALUES ('bob@example.com');
UPDATE customer SET email = 'robert@example.com' WHERE customer_id = 2;
SELECT email FROM newsletter ORDER BY email;

DELETE FROM customer WHERE customer_id = 1;
DELETE FROM product WHERE product_id = 1;

-- Unnamed constraints get PostgreSQL's names.
CREATE TABLE review (
    review_id   SERIAL PRIMARY KEY,
    customer_id INTEGER REFERENCES customer,
    product_id  INTEGER REFERENCES product,
    stars       SMALLINT CHECK (stars BETWEEN 1 AND 5),
    UNIQUE (customer_id, product_id)
);
SELECT constraint_name, constraint_type FROM information_schema.table_constraints
WHERE table_name = 'review' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;

DROP INDEX idx_order_customer;
DROP INDEX customer_email;
