-- Shows that EXPLAIN sees what the transaction has written, and that a refusal it shows does not abort the transaction.
-- bowline only: no other engine shows this.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER CONSTRAINT fk_parent REFERENCES parent ON DELETE CASCADE);
CREATE TABLE held (id INTEGER PRIMARY KEY, child_id INTEGER CONSTRAINT fk_child REFERENCES child);
BEGIN;
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1), (11, 1);
EXPLAIN DELETE FROM parent;
INSERT INTO held VALUES (100, 10);
EXPLAIN DELETE FROM parent;
SELECT count(*) FROM child;
DELETE FROM held;
EXPLAIN DELETE FROM parent;
DELETE FROM parent;
SELECT count(*) FROM child;
COMMIT;
EXPLAIN DELETE FROM parent;
