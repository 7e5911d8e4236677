-- Shows the chain of a repair: rows that would become orphans of keys nobody enforces yet are repaired too, to the fixpoint.
-- bowline only: CALL bowline.repair.

-- A self-reference: an orphan takes the whole tree below it along.
CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER);
INSERT INTO node VALUES (1, NULL), (2, 1), (10, 9), (11, 10), (12, 11), (13, 11), (20, 20);
ALTER TABLE node ADD CONSTRAINT node_up_fkey FOREIGN KEY (up) REFERENCES node NOT VALID;
EXPLAIN CALL bowline.repair('node_up_fkey', 'delete');
CALL bowline.repair('node_up_fkey', 'delete');
SELECT id, up FROM node ORDER BY id;

-- Keys that are NOT ENFORCED or NOT VALID, one behind the other; orphans they had before stay.
CREATE TABLE region (id INTEGER PRIMARY KEY);
CREATE TABLE store (id INTEGER PRIMARY KEY, region_id INTEGER);
CREATE TABLE shelf (id INTEGER PRIMARY KEY, store_id INTEGER);
CREATE TABLE book (id INTEGER PRIMARY KEY, shelf_id INTEGER);
INSERT INTO region VALUES (1);
INSERT INTO store VALUES (10, 1), (11, 5);
INSERT INTO shelf VALUES (100, 10), (101, 11), (102, 77);
INSERT INTO book VALUES (1000, 100), (1001, 101), (1002, 88);
ALTER TABLE store ADD CONSTRAINT store_region_fkey FOREIGN KEY (region_id) REFERENCES region NOT ENFORCED;
ALTER TABLE shelf ADD CONSTRAINT shelf_store_fkey FOREIGN KEY (store_id) REFERENCES store ON DELETE RESTRICT NOT ENFORCED;
ALTER TABLE book ADD CONSTRAINT book_shelf_fkey FOREIGN KEY (shelf_id) REFERENCES shelf NOT VALID;
EXPLAIN CALL bowline.repair('store_region_fkey', 'delete');
CALL bowline.repair('store_region_fkey', 'delete');
SELECT constraint_name, key FROM bowline.violations ORDER BY constraint_name;
SELECT (SELECT count(*) FROM store) AS store, (SELECT count(*) FROM shelf) AS shelf, (SELECT count(*) FROM book) AS book;

-- A cycle that comes back to the repaired key.
CREATE TABLE head (id INTEGER PRIMARY KEY, tail_id INTEGER);
CREATE TABLE tail (id INTEGER PRIMARY KEY, head_id INTEGER);
INSERT INTO head VALUES (1, 1), (2, 3), (3, 2), (4, 4);
INSERT INTO tail VALUES (1, 1), (2, 9), (3, 3), (4, 4);
ALTER TABLE tail ADD CONSTRAINT tail_head_fkey FOREIGN KEY (head_id) REFERENCES head NOT VALID;
ALTER TABLE head ADD CONSTRAINT head_tail_fkey FOREIGN KEY (tail_id) REFERENCES tail ON DELETE CASCADE;
EXPLAIN CALL bowline.repair('tail_head_fkey', 'delete');
CALL bowline.repair('tail_head_fkey', 'delete');
SELECT id, tail_id FROM head ORDER BY id;
SELECT id, head_id FROM tail ORDER BY id;

-- Set null goes along a chain of changed keys.
CREATE TABLE origin (code TEXT PRIMARY KEY);
CREATE TABLE copy_one (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE copy_two (id INTEGER PRIMARY KEY, code TEXT);
INSERT INTO origin VALUES ('a');
INSERT INTO copy_one VALUES (1, 'a'), (2, 'b');
INSERT INTO copy_two VALUES (1, 'a'), (2, 'b'), (3, 'c');
ALTER TABLE copy_one ADD CONSTRAINT copy_one_fkey FOREIGN KEY (code) REFERENCES origin NOT VALID;
ALTER TABLE copy_two ADD CONSTRAINT copy_two_fkey FOREIGN KEY (code) REFERENCES copy_one (code) NOT ENFORCED;
EXPLAIN CALL bowline.repair('copy_one_fkey', 'set null');
CALL bowline.repair('copy_one_fkey', 'set null');
SELECT id, code FROM copy_one ORDER BY id;
SELECT id, code FROM copy_two ORDER BY id;
-- What copy_two had of its own is another repair.
CALL bowline.repair('copy_two_fkey', 'set null');
SELECT count(*) FROM bowline.violations WHERE constraint_name LIKE 'copy%';
