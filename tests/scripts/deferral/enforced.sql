-- Shows ALTER CONSTRAINT ENFORCED and NOT ENFORCED: rows that are there are judged when it is enforced again.
-- bowline only: NOT ENFORCED foreign keys came with PostgreSQL 18.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER CONSTRAINT child_p REFERENCES parent ON DELETE CASCADE);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (10, 1);
ALTER TABLE child ALTER CONSTRAINT child_p NOT ENFORCED;
SELECT validated, enforced FROM bowline.relationships;
INSERT INTO child VALUES (20, 2);
DELETE FROM parent WHERE id = 1;
SELECT * FROM child ORDER BY id;
ALTER TABLE child VALIDATE CONSTRAINT child_p;
ALTER TABLE child ALTER CONSTRAINT child_p ENFORCED;
SELECT validated, enforced FROM bowline.relationships;
INSERT INTO parent VALUES (1), (2);
ALTER TABLE child ALTER CONSTRAINT child_p ENFORCED DEFERRABLE;
SELECT validated, enforced, deferrable, initially_deferred FROM bowline.relationships;
INSERT INTO child VALUES (30, 3);
ALTER TABLE child ALTER CONSTRAINT child_pkey NOT ENFORCED;
ALTER TABLE child ALTER CONSTRAINT child_p;
-- What was put off stays to be judged at commit, though the constraint is not deferrable any more.
ALTER TABLE child ALTER CONSTRAINT child_p DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO child VALUES (30, 3);
ALTER TABLE child ALTER CONSTRAINT child_p NOT DEFERRABLE;
INSERT INTO child VALUES (40, 4);
ROLLBACK;
BEGIN;
INSERT INTO child VALUES (30, 3);
ALTER TABLE child ALTER CONSTRAINT child_p NOT DEFERRABLE;
COMMIT;
BEGIN;
INSERT INTO child VALUES (30, 3);
ALTER TABLE child DROP CONSTRAINT child_p;
DELETE FROM child WHERE id = 30;
COMMIT;
SELECT * FROM child ORDER BY id;
