-- Shows that constraints cannot be deferred: what asks for it is refused, and an order of statements that works is told.
-- bowline only: PostgreSQL has deferrable constraints.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent DEFERRABLE);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER UNIQUE DEFERRABLE);
-- What says the default is fine.
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent NOT DEFERRABLE INITIALLY IMMEDIATE);
SET CONSTRAINTS ALL DEFERRED;
BEGIN;
SET CONSTRAINTS child_parent_id_fkey IMMEDIATE;
ROLLBACK;
-- Judged with its own statement, also inside a transaction.
BEGIN;
INSERT INTO child VALUES (10, 1);
ROLLBACK;
BEGIN;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1);
COMMIT;
SELECT id, parent_id FROM child;
