-- Shows order items keyed by order and line number, so that one product can stand on several lines of an order.

CREATE TABLE "order" (order_id INTEGER PRIMARY KEY, order_date DATE NOT NULL);
CREATE TABLE product (product_id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, unit_price NUMERIC(10,2) NOT NULL);
CREATE TABLE order_item (
    order_id   INTEGER NOT NULL REFERENCES "order" ON DELETE CASCADE,
    line_no    SMALLINT NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product ON DELETE RESTRICT,
    quantity   INTEGER NOT NULL,
    discount   NUMERIC(3,2) NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, line_no)
);

INSERT INTO "order" VALUES (1, '2026-05-01'), (2, '2026-05-02');
INSERT INTO product VALUES (10, 'Pen', 1.20), (11, 'Notebook', 4.00);
INSERT INTO order_item VALUES (1, 1, 10, 100, 0), (1, 2, 10, 50, 0.25), (1, 3, 11, 10, 0);
INSERT INTO order_item (order_id, line_no, product_id, quantity) VALUES (2, 1, 11, 3);

-- The line number identifies the line within its order.
INSERT INTO order_item VALUES (1, 2, 11, 1, 0);

SELECT i.order_id, i.line_no, p.name, i.quantity, i.quantity * p.unit_price * (1 - i.discount) AS amount
FROM order_item i JOIN product p ON p.product_id = i.product_id
ORDER BY i.order_id, i.line_no;

-- Renumbering the lines of an order shifts a key onto values still in use; judged as a set, it is fine.
-- differs: PostgreSQL judges a key that is not deferrable row by row.
UPDATE order_item SET line_no = line_no + 1 WHERE order_id = 1;
-- differs: it was not renumbered there.
SELECT order_id, line_no, product_id FROM order_item ORDER BY order_id, line_no;

DELETE FROM "order" WHERE order_id = 1;
-- differs: the row above was not renumbered there.
SELECT order_id, line_no FROM order_item ORDER BY order_id, line_no;
