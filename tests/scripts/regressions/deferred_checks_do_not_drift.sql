-- Shows deferred foreign keys that are broken and mended in many ways before commit. Engines that count violations instead of remembering keys lose
-- count: Turso has committed orphans after an upsert or a nested savepoint that way, and refused commits that were sound.

CREATE TABLE parent (id INTEGER PRIMARY KEY, note TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER CONSTRAINT child_fkey REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent VALUES (1, 'a');
-- Mended by the parent, by deletion, by an update, by NULL.
BEGIN;
INSERT INTO child VALUES (10, 2), (11, 3), (12, 4), (13, 5);
INSERT INTO parent VALUES (2, 'b');
DELETE FROM child WHERE id = 11;
UPDATE child SET parent_id = 1 WHERE id = 12;
UPDATE child SET parent_id = NULL WHERE id = 13;
COMMIT;
-- Broken twice, mended once: one row is left over.
BEGIN;
INSERT INTO child VALUES (20, 8), (21, 9);
INSERT INTO parent VALUES (8, 'h');
COMMIT;
-- A parent deleted and put back, deleted again by a statement that is rolled back.
BEGIN;
DELETE FROM parent WHERE id = 2;
INSERT INTO parent VALUES (2, 'again');
SAVEPOINT s;
DELETE FROM parent WHERE id = 2;
DELETE FROM parent WHERE id = 1;
ROLLBACK TO s;
COMMIT;
-- The breach is older than the savepoint, the mending is rolled back with it.
BEGIN;
INSERT INTO child VALUES (30, 6);
SAVEPOINT s;
INSERT INTO parent VALUES (6, 'f');
ROLLBACK TO s;
COMMIT;
-- A statement that fails leaves nothing to count.
BEGIN;
SAVEPOINT s;
INSERT INTO child VALUES (31, 7), (10, 7);
ROLLBACK TO s;
INSERT INTO child VALUES (31, 1);
COMMIT;
-- Upserts, and updates that change nothing.
BEGIN;
INSERT INTO child VALUES (10, 77) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
INSERT INTO child VALUES (10, 2) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
UPDATE child SET parent_id = parent_id;
UPDATE parent SET id = id, note = upper(note);
COMMIT;
BEGIN;
INSERT INTO child VALUES (10, 77) ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id;
UPDATE child SET parent_id = parent_id;
COMMIT;
-- Two rows exchange their keys by way of a third.
BEGIN;
UPDATE parent SET id = 100 WHERE id = 1;
UPDATE parent SET id = 1 WHERE id = 2;
UPDATE parent SET id = 2 WHERE id = 100;
SET CONSTRAINTS child_fkey IMMEDIATE;
COMMIT;
SELECT id, note FROM parent ORDER BY id;
SELECT id, parent_id FROM child ORDER BY id;
