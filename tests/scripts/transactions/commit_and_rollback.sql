-- Shows BEGIN, COMMIT and ROLLBACK: own writes are seen, nothing stays of what was rolled back, DDL included.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE CASCADE);
BEGIN;
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1), (20, 2);
SELECT count(*) FROM child;
DELETE FROM parent WHERE id = 1;
SELECT id FROM child ORDER BY id;
COMMIT;
SELECT id FROM child ORDER BY id;

BEGIN;
DELETE FROM parent;
CREATE TABLE extra (id INTEGER PRIMARY KEY REFERENCES parent);
ALTER TABLE child ADD COLUMN note TEXT;
SELECT count(*) FROM child;
ROLLBACK;
SELECT * FROM child ORDER BY id;
SELECT * FROM extra;

-- Outside a transaction, the commands warn; inside one, BEGIN warns.
COMMIT;
ROLLBACK;
BEGIN;
BEGIN;
COMMIT;
START TRANSACTION;
INSERT INTO parent VALUES (3);
END;
SELECT id FROM parent ORDER BY id;

-- A sequence does not roll back.
CREATE TABLE numbered (id SERIAL PRIMARY KEY, note TEXT);
BEGIN;
INSERT INTO numbered (note) VALUES ('lost') RETURNING id;
ROLLBACK;
INSERT INTO numbered (note) VALUES ('kept') RETURNING id;
