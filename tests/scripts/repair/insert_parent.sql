-- Shows repair by insert parent: the missing keys become rows, each once, with the defaults of the other columns.
-- bowline only: CALL bowline.repair.

CREATE TABLE customer (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, since DATE DEFAULT '2026-01-01');
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER);
INSERT INTO orders VALUES (10, 42), (11, 42), (12, 43), (13, NULL);
ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer NOT VALID;
CALL bowline.repair('orders_customer_fkey', 'insert parent');
ALTER TABLE customer ALTER COLUMN name SET DEFAULT 'unknown';
EXPLAIN CALL bowline.repair('orders_customer_fkey', 'insert parent');
CALL bowline.repair('orders_customer_fkey', 'insert parent');
SELECT id, name, since FROM customer ORDER BY id;
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fkey;

-- A table that references itself: the new rows reference nothing, or what their default says.
CREATE TABLE employee (id INTEGER PRIMARY KEY, boss INTEGER);
INSERT INTO employee VALUES (1, NULL), (2, 7), (3, 8), (4, 7);
ALTER TABLE employee ADD CONSTRAINT employee_boss_fkey FOREIGN KEY (boss) REFERENCES employee NOT VALID;
CALL bowline.repair('employee_boss_fkey', 'insert parent');
SELECT id, boss FROM employee ORDER BY id;
ALTER TABLE employee DROP CONSTRAINT employee_boss_fkey;
INSERT INTO employee VALUES (5, 9);
ALTER TABLE employee ALTER COLUMN boss SET DEFAULT 99;
ALTER TABLE employee ADD CONSTRAINT employee_boss_fkey FOREIGN KEY (boss) REFERENCES employee NOT ENFORCED;
CALL bowline.repair('employee_boss_fkey', 'insert parent');
ALTER TABLE employee ALTER COLUMN boss SET DEFAULT 1;
CALL bowline.repair('employee_boss_fkey', 'insert parent');
SELECT id, boss FROM employee ORDER BY id;

-- Composite keys, in another order; other constraints of the new rows hold.
CREATE TABLE shelf (aisle INTEGER, number INTEGER, label TEXT DEFAULT 'new' UNIQUE, PRIMARY KEY (aisle, number));
CREATE TABLE box (id INTEGER PRIMARY KEY, number SMALLINT, aisle BIGINT);
INSERT INTO shelf VALUES (1, 1, 'a');
INSERT INTO box VALUES (1, 1, 1), (2, 2, 1), (3, 2, 1), (4, 1, NULL);
ALTER TABLE box ADD CONSTRAINT box_shelf_fkey FOREIGN KEY (number, aisle) REFERENCES shelf (number, aisle) NOT VALID;
CALL bowline.repair('box_shelf_fkey', 'insert parent');
SELECT aisle, number, label FROM shelf ORDER BY aisle, number;
ALTER TABLE box DROP CONSTRAINT box_shelf_fkey;
INSERT INTO box VALUES (5, 5, 5), (6, 6, 6);
ALTER TABLE box ADD CONSTRAINT box_shelf_fkey FOREIGN KEY (number, aisle) REFERENCES shelf (number, aisle) NOT VALID;
CALL bowline.repair('box_shelf_fkey', 'insert parent');
SELECT aisle, number, label FROM shelf ORDER BY aisle, number;

-- A key the referenced column cannot hold.
UPDATE shelf SET label = label || number;
DELETE FROM box WHERE id = 6;
ALTER TABLE box DROP CONSTRAINT box_shelf_fkey;
INSERT INTO box VALUES (7, 7, 5000000000);
ALTER TABLE box ADD CONSTRAINT box_shelf_fkey FOREIGN KEY (number, aisle) REFERENCES shelf (number, aisle) NOT VALID;
CALL bowline.repair('box_shelf_fkey', 'insert parent');
