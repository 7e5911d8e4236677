-- Shows actions that lead to actions: cascades through four tables, ending in each kind of rule; all or nothing.

CREATE TABLE region (id INTEGER PRIMARY KEY);
CREATE TABLE store (id INTEGER PRIMARY KEY, region_id INTEGER REFERENCES region ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE shelf (id INTEGER PRIMARY KEY, store_id INTEGER REFERENCES store ON DELETE CASCADE);
CREATE TABLE book (id INTEGER PRIMARY KEY, shelf_id INTEGER REFERENCES shelf ON DELETE SET NULL);
CREATE TABLE loan (id INTEGER PRIMARY KEY, store_id INTEGER REFERENCES store ON DELETE RESTRICT);
INSERT INTO region VALUES (1), (2), (3);
INSERT INTO store VALUES (10, 1), (11, 1), (20, 2), (30, 3);
INSERT INTO shelf VALUES (100, 10), (101, 10), (110, 11), (200, 20);
INSERT INTO book VALUES (1000, 100), (1001, 101), (1002, 110), (1003, 200), (1004, NULL);
INSERT INTO loan VALUES (5000, 20);

DELETE FROM region WHERE id = 1;
SELECT id, region_id FROM store ORDER BY id;
SELECT id, shelf_id FROM book ORDER BY id;

-- Blocked two levels down: nothing at all happens.
DELETE FROM region WHERE id IN (2, 3);
SELECT id FROM region ORDER BY id;
SELECT id FROM shelf ORDER BY id;
SELECT id, shelf_id FROM book ORDER BY id;

UPDATE region SET id = id * 10;
SELECT id, region_id FROM store ORDER BY id;
DELETE FROM loan;
DELETE FROM region;
SELECT id, shelf_id FROM book ORDER BY id;
