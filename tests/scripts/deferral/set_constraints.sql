-- Shows SET CONSTRAINTS: modes of this transaction, judged at once on the way back to IMMEDIATE, undone with savepoints.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (
    id    INTEGER PRIMARY KEY,
    p     INTEGER CONSTRAINT child_p REFERENCES parent DEFERRABLE,
    q     INTEGER CONSTRAINT child_q REFERENCES parent DEFERRABLE INITIALLY DEFERRED,
    fixed INTEGER CONSTRAINT child_fixed REFERENCES parent,
    CONSTRAINT child_positive CHECK (id > 0)
);

-- Outside a transaction it does nothing.
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO child (id, p) VALUES (1, 1);
SET CONSTRAINTS nope DEFERRED;
-- Initially immediate, then deferred.
BEGIN;
INSERT INTO child (id, p) VALUES (1, 1);
ROLLBACK;
BEGIN;
SET CONSTRAINTS child_p DEFERRED;
INSERT INTO child (id, p) VALUES (1, 1);
INSERT INTO parent VALUES (1);
COMMIT;
-- The mode is the transaction's: in the next it is as declared.
BEGIN;
INSERT INTO child (id, p) VALUES (2, 2);
ROLLBACK;
-- All at once, those that are not deferrable excepted.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO child (id, p, q) VALUES (2, 2, 2);
INSERT INTO child (id, fixed) VALUES (3, 2);
ROLLBACK;
-- IMMEDIATE judges at once what was put off, of the constraints named.
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO child (id, p, q) VALUES (2, 2, 1);
SET CONSTRAINTS child_q IMMEDIATE;
SET CONSTRAINTS child_p IMMEDIATE;
ROLLBACK;
BEGIN;
SET CONSTRAINTS child_p, public.child_q DEFERRED;
INSERT INTO child (id, p, q) VALUES (2, 2, 3);
INSERT INTO parent VALUES (2);
SET CONSTRAINTS child_p IMMEDIATE;
-- From here on it is immediate again.
INSERT INTO child (id, p) VALUES (4, 4);
ROLLBACK;
-- A refused SET CONSTRAINTS fails the transaction; back at the savepoint the mode is the one from before.
BEGIN;
INSERT INTO child (id, q) VALUES (5, 5);
SAVEPOINT before;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT count(*) FROM child;
ROLLBACK TO before;
INSERT INTO child (id, q) VALUES (6, 5);
INSERT INTO parent VALUES (5);
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO child (id, q) VALUES (7, 7);
ROLLBACK;
-- ROLLBACK TO undoes modes too.
BEGIN;
SAVEPOINT before;
SET CONSTRAINTS child_p DEFERRED;
ROLLBACK TO before;
INSERT INTO child (id, p) VALUES (8, 8);
ROLLBACK;
-- Names.
BEGIN;
SET CONSTRAINTS nope DEFERRED;
ROLLBACK;
BEGIN;
SET CONSTRAINTS child_fixed DEFERRED;
ROLLBACK;
BEGIN;
SET CONSTRAINTS child_positive DEFERRED;
ROLLBACK;
BEGIN;
SET CONSTRAINTS child_fixed IMMEDIATE;
SET CONSTRAINTS nowhere.child_p DEFERRED;
ROLLBACK;
BEGIN;
SET CONSTRAINTS ALL;
ROLLBACK;
SELECT id, p, q FROM child ORDER BY id;
