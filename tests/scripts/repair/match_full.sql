-- Shows repairs of a MATCH FULL key, whose orphans are also rows that are NULL in part.
-- bowline only: CALL bowline.repair.

CREATE TABLE parent (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE child (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 1, b INTEGER DEFAULT 1);
INSERT INTO parent VALUES (1, 1);
INSERT INTO child VALUES (10, 1, 1), (11, 1, NULL), (12, NULL, 1), (13, NULL, NULL), (14, 2, 2), (15, 2, 2);
ALTER TABLE child ADD CONSTRAINT child_fkey FOREIGN KEY (a, b) REFERENCES parent MATCH FULL;
ALTER TABLE child ADD CONSTRAINT child_fkey FOREIGN KEY (a, b) REFERENCES parent MATCH FULL NOT VALID;
SELECT row_key, key, reason FROM bowline.violations ORDER BY row_key;
-- No row could be inserted that a partly NULL key references.
CALL bowline.repair('child_fkey', 'insert parent');
BEGIN;
CALL bowline.repair('child_fkey', 'set null');
SELECT id, a, b FROM child ORDER BY id;
ROLLBACK;
BEGIN;
CALL bowline.repair('child_fkey', 'set default');
SELECT id, a, b FROM child ORDER BY id;
ROLLBACK;
BEGIN;
CALL bowline.repair('child_fkey', 'quarantine');
SELECT id, a, b, reason FROM child_quarantine ORDER BY id;
ROLLBACK;
DELETE FROM child WHERE a = 2;
ALTER TABLE child VALIDATE CONSTRAINT child_fkey;
CALL bowline.repair('child_fkey', 'insert parent');
CALL bowline.repair('child_fkey', 'delete');
SELECT id, a, b FROM child ORDER BY id;
ALTER TABLE child VALIDATE CONSTRAINT child_fkey;
