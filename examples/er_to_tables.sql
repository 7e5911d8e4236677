-- Shows how an entity-relationship model becomes tables, step by step, and reads the relationships back at the end.
-- bowline only: bowline.relationships.

-- Step 1: a table for each entity.
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, full_name VARCHAR(100) NOT NULL, email VARCHAR(255) NOT NULL);
CREATE TABLE "order" (order_id INTEGER PRIMARY KEY, order_date DATE NOT NULL);
CREATE TABLE product (product_id INTEGER PRIMARY KEY, sku VARCHAR(20) NOT NULL, name VARCHAR(100) NOT NULL, unit_price NUMERIC(10,2) NOT NULL);
CREATE TABLE loyalty_card (card_no INTEGER PRIMARY KEY, issued_date DATE NOT NULL);

-- Step 2: customer places order, 1:N. The foreign key goes to the many side, NOT NULL because the relationship is mandatory.
ALTER TABLE "order" ADD COLUMN customer_id INTEGER NOT NULL;
ALTER TABLE "order" ADD CONSTRAINT fk_order_customer
    FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE RESTRICT;

-- Step 3: order contains product, M:N with a quantity. A junction table holds the pairs.
CREATE TABLE order_item (
    order_id   INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    quantity   INTEGER NOT NULL,
    PRIMARY KEY (order_id, product_id),
    CONSTRAINT fk_item_order FOREIGN KEY (order_id) REFERENCES "order" (order_id) ON DELETE CASCADE,
    CONSTRAINT fk_item_product FOREIGN KEY (product_id) REFERENCES product (product_id) ON DELETE RESTRICT
);

-- Step 4: customer has loyalty card, 1:1. The foreign key is unique.
ALTER TABLE loyalty_card ADD COLUMN customer_id INTEGER NOT NULL;
ALTER TABLE loyalty_card ADD CONSTRAINT loyalty_card_one_each UNIQUE (customer_id);
ALTER TABLE loyalty_card ADD CONSTRAINT fk_card_customer
    FOREIGN KEY (customer_id) REFERENCES customer (customer_id) ON DELETE CASCADE;

-- Two more kinds of relationship: an optional one, and one of a table with itself.
CREATE TABLE agent (
    agent_id INTEGER PRIMARY KEY,
    lead_id  INTEGER CONSTRAINT fk_agent_lead REFERENCES agent ON DELETE SET NULL
);
CREATE TABLE ticket (
    ticket_id INTEGER PRIMARY KEY,
    agent_id  INTEGER CONSTRAINT fk_ticket_agent REFERENCES agent ON DELETE SET NULL
);

-- The tables are enforceable.
INSERT INTO customer VALUES (1, 'Alice', 'alice@example.com');
INSERT INTO product VALUES (10, 'PEN', 'Pen', 1.20);
INSERT INTO "order" (order_id, order_date, customer_id) VALUES (100, '2026-04-01', 1);
INSERT INTO order_item VALUES (100, 10, 12);
INSERT INTO loyalty_card (card_no, issued_date, customer_id) VALUES (1, '2026-04-01', 1);
INSERT INTO "order" (order_id, order_date) VALUES (101, '2026-04-02');
INSERT INTO loyalty_card (card_no, issued_date, customer_id) VALUES (2, '2026-04-02', 1);

-- And the model can be read back from them.
SELECT constraint_name, referencing_table, referencing_columns, referenced_table, referenced_columns, cardinality, mandatory, on_delete, on_update
FROM bowline.relationships ORDER BY constraint_name;
