-- Shows deletes and inserts in both orders within one transaction, truncation included.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1), (20, 2);
BEGIN;
DELETE FROM child WHERE id = 10;
DELETE FROM parent WHERE id = 1;
COMMIT;
BEGIN;
DELETE FROM parent WHERE id = 2;
ROLLBACK;
BEGIN;
TRUNCATE child;
DELETE FROM parent;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1);
DELETE FROM child;
INSERT INTO child VALUES (10, 1);
COMMIT;
SELECT id, parent_id FROM child ORDER BY id;
BEGIN;
DELETE FROM child;
DELETE FROM parent;
INSERT INTO child VALUES (10, 1);
COMMIT;
SELECT id, parent_id FROM child ORDER BY id;
