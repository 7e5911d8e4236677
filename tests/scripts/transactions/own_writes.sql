-- Shows that constraints are judged on what the transaction itself has written: delete child then parent, insert parent then child.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1);

BEGIN;
DELETE FROM child WHERE parent_id = 1;
DELETE FROM parent WHERE id = 1;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1);
COMMIT;
SELECT id, parent_id FROM child ORDER BY id;

BEGIN;
DELETE FROM parent WHERE id = 2;
INSERT INTO child VALUES (20, 2);
ROLLBACK;

BEGIN;
UPDATE child SET parent_id = 2;
DELETE FROM parent WHERE id = 1;
INSERT INTO parent VALUES (3);
UPDATE child SET parent_id = 3;
DELETE FROM parent WHERE id = 2;
COMMIT;
SELECT id, parent_id FROM child ORDER BY id;
SELECT id FROM parent ORDER BY id;
