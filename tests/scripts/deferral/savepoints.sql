-- Shows that savepoints roll back what deferred constraints have to judge: it is the transaction's changes, and nothing else.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    p  INTEGER CONSTRAINT child_p REFERENCES parent DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1);

-- The violation is rolled back, the rest is committed.
BEGIN;
INSERT INTO child VALUES (20, 2);
SAVEPOINT s;
INSERT INTO child VALUES (30, 3);
DELETE FROM parent WHERE id = 1;
ROLLBACK TO s;
COMMIT;
-- The mending is rolled back.
BEGIN;
INSERT INTO child VALUES (30, 3);
SAVEPOINT s;
INSERT INTO parent VALUES (3);
ROLLBACK TO s;
COMMIT;
-- A savepoint that is released keeps both.
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (30, 3);
RELEASE s;
SAVEPOINT t;
INSERT INTO parent VALUES (3);
RELEASE t;
COMMIT;
-- A statement that fails for another reason leaves nothing to judge.
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (40, 4), (40, 5);
ROLLBACK TO s;
COMMIT;
SELECT * FROM child ORDER BY id;

-- A savepoint brings back the modes of constraints, also those set in one that was released since.
BEGIN;
SAVEPOINT s;
SET CONSTRAINTS child_p IMMEDIATE;
ROLLBACK TO s;
INSERT INTO child VALUES (50, 5);
ROLLBACK;
BEGIN;
SAVEPOINT s;
SAVEPOINT t;
SET CONSTRAINTS child_p IMMEDIATE;
RELEASE t;
ROLLBACK TO s;
-- differs: PostgreSQL forgets what to bring back when the inner savepoint is released.
INSERT INTO child VALUES (50, 5);
ROLLBACK;
