-- Shows that an error inside a transaction aborts it: every statement is refused until ROLLBACK, and COMMIT rolls back.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
BEGIN;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 99);
INSERT INTO child VALUES (10, 1);
SELECT 1;
CREATE TABLE t (a INTEGER);
ROLLBACK;
SELECT count(*) FROM parent;

BEGIN;
INSERT INTO parent VALUES (1);
SELECT nothing FROM parent;
COMMIT;
SELECT count(*) FROM parent;

BEGIN;
INSERT INTO parent VALUES (1);
SAVEPOINT s;
INSERT INTO child VALUES (10, 99);
INSERT INTO child VALUES (10, 1);
ROLLBACK TO s;
INSERT INTO child VALUES (10, 1);
COMMIT;
SELECT id, parent_id FROM child ORDER BY id;
