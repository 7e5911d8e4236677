-- Shows that a repair is one statement: all or nothing, undone by ROLLBACK with the side table it made.
-- bowline only: CALL bowline.repair.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1), (11, 2), (12, 3);
ALTER TABLE child ADD CONSTRAINT child_fkey FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
BEGIN;
CALL bowline.repair('child_fkey', 'quarantine');
SELECT count(*) FROM child_quarantine;
SELECT count(*) FROM bowline.violations;
ROLLBACK;
SELECT count(*) FROM child_quarantine;
SELECT count(*) FROM bowline.violations;
BEGIN;
-- The repair sees what its transaction did.
INSERT INTO parent VALUES (2);
SAVEPOINT before;
CALL bowline.repair('child_fkey', 'delete');
ROLLBACK TO before;
CALL bowline.repair('child_fkey', 'set null');
ALTER TABLE child VALIDATE CONSTRAINT child_fkey;
COMMIT;
SELECT id, parent_id FROM child ORDER BY id;
BEGIN READ ONLY;
CALL bowline.repair('child_fkey', 'delete');
ROLLBACK;
ALTER TABLE child DROP CONSTRAINT child_fkey;
INSERT INTO child VALUES (13, 4);
ALTER TABLE child ADD CONSTRAINT child_fkey FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
BEGIN READ ONLY;
EXPLAIN CALL bowline.repair('child_fkey', 'delete');
CALL bowline.repair('child_fkey', 'delete');
ROLLBACK;
SELECT id, parent_id FROM child ORDER BY id;
