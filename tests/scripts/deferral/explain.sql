-- Shows EXPLAIN of a write that violates a deferred constraint as things are: it is not refused, and commit will judge.
-- bowline only: PostgreSQL's EXPLAIN shows a plan.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER CONSTRAINT child_p REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1), (11, 1);
-- Alone, the statement would be refused.
EXPLAIN DELETE FROM parent;
EXPLAIN INSERT INTO child VALUES (20, 2);
BEGIN;
EXPLAIN DELETE FROM parent;
EXPLAIN INSERT INTO child VALUES (20, 2);
EXPLAIN (FORMAT JSON) INSERT INTO child VALUES (20, 2);
SET CONSTRAINTS ALL IMMEDIATE;
EXPLAIN DELETE FROM parent;
ROLLBACK;
