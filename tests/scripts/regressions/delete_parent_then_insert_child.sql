-- Shows that a row cannot be made to reference what its own transaction has deleted. DuckDB has committed such orphans, for it
-- looked for the key in an index that still held it.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
INSERT INTO parent VALUES (1), (2), (3);
BEGIN;
DELETE FROM parent WHERE id = 1;
INSERT INTO child VALUES (10, 1);
COMMIT;
SELECT count(*) FROM child;
BEGIN;
DELETE FROM parent WHERE id = 1;
SAVEPOINT gone;
INSERT INTO child VALUES (10, 1);
ROLLBACK TO gone;
INSERT INTO child VALUES (20, 2);
COMMIT;
BEGIN;
UPDATE parent SET id = 30 WHERE id = 3;
INSERT INTO child VALUES (30, 30);
SAVEPOINT moved;
INSERT INTO child VALUES (31, 3);
ROLLBACK TO moved;
COMMIT;
-- Deleted and put back: the key is there.
BEGIN;
DELETE FROM child WHERE id = 20;
DELETE FROM parent WHERE id = 2;
INSERT INTO parent VALUES (2);
INSERT INTO child VALUES (21, 2);
COMMIT;
SELECT id FROM parent ORDER BY id;
SELECT id, parent_id FROM child ORDER BY id;
