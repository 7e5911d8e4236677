-- Shows that only what holds at commit counts: rows that go and come back, references that move away and back, several keys told.

CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    p  INTEGER CONSTRAINT child_p REFERENCES parent DEFERRABLE INITIALLY DEFERRED,
    n  INTEGER
);
INSERT INTO parent VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO child VALUES (10, 1), (20, 2), (30, 3);

-- Deleted and inserted again.
BEGIN;
DELETE FROM parent WHERE id = 1;
INSERT INTO parent VALUES (1, 'one again');
COMMIT;
-- The key changes twice and is back.
BEGIN;
UPDATE parent SET id = 9 WHERE id = 1;
UPDATE parent SET id = 1 WHERE id = 9;
COMMIT;
-- It changes twice and is gone.
BEGIN;
UPDATE parent SET id = 8 WHERE id = 1;
UPDATE parent SET id = 9 WHERE id = 8;
COMMIT;
-- It changes and the row is deleted.
BEGIN;
UPDATE parent SET id = 8 WHERE id = 1;
DELETE FROM parent WHERE id = 8;
COMMIT;
-- Another row takes the key.
BEGIN;
DELETE FROM parent WHERE id = 1;
UPDATE parent SET id = 1 WHERE id = 2;
UPDATE child SET p = 1 WHERE p = 2;
COMMIT;
SELECT * FROM parent ORDER BY id;
SELECT id, p FROM child ORDER BY id;
-- The reference changes and is changed again.
BEGIN;
UPDATE child SET p = 77 WHERE id = 10;
UPDATE child SET n = 1 WHERE id = 10;
UPDATE child SET p = 3 WHERE id = 10;
COMMIT;
-- The orphan is deleted.
BEGIN;
INSERT INTO child VALUES (40, 4);
DELETE FROM child WHERE id = 40;
COMMIT;
-- Every key that is missing is told, and the constraints that fail with it.
CREATE TABLE other (p INTEGER CONSTRAINT other_p REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
BEGIN;
INSERT INTO child VALUES (50, 5), (60, 6), (70, 6);
INSERT INTO other VALUES (7);
COMMIT;
-- A row that no statement of the transaction touched may be the one that is left behind.
BEGIN;
DELETE FROM parent;
UPDATE child SET n = 5 WHERE id = 20;
COMMIT;
SELECT id, p, n FROM child ORDER BY id;
