-- Shows emptying both tables in one transaction. DuckDB still finds the rows of the child that the same transaction removed.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1), (20, 2);
BEGIN;
DELETE FROM child;
DELETE FROM parent;
COMMIT;
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1), (20, 2);
BEGIN;
TRUNCATE child;
DELETE FROM parent;
COMMIT;
SELECT (SELECT count(*) FROM parent) AS parent, (SELECT count(*) FROM child) AS child;
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1), (20, 2);
-- TRUNCATE asks for the declaration, not for rows.
BEGIN;
TRUNCATE child;
SAVEPOINT emptied;
TRUNCATE parent;
ROLLBACK TO emptied;
TRUNCATE parent, child;
INSERT INTO parent VALUES (3);
INSERT INTO child VALUES (30, 3);
COMMIT;
TRUNCATE parent;
TRUNCATE parent CASCADE;
SELECT (SELECT count(*) FROM parent) AS parent, (SELECT count(*) FROM child) AS child;
