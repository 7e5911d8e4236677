-- Shows that deferral puts off judging, never acting: CASCADE, SET NULL and RESTRICT of deferrable foreign keys act at once.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE by_cascade (p INTEGER CONSTRAINT by_cascade_p REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE by_null (p INTEGER CONSTRAINT by_null_p REFERENCES parent ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE by_default (p INTEGER DEFAULT 9 CONSTRAINT by_default_p REFERENCES parent ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE by_restrict (p INTEGER CONSTRAINT by_restrict_p REFERENCES parent ON DELETE RESTRICT ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED);
INSERT INTO parent VALUES (1), (2), (3), (4);
INSERT INTO by_cascade VALUES (1);
INSERT INTO by_null VALUES (2);
INSERT INTO by_default VALUES (3);
INSERT INTO by_restrict VALUES (4);

BEGIN;
DELETE FROM parent WHERE id IN (1, 2);
SELECT count(*) FROM by_cascade;
SELECT * FROM by_null;
INSERT INTO parent VALUES (1), (2);
COMMIT;
SELECT count(*) FROM by_cascade;
SELECT * FROM by_null;
-- The default is judged at commit, and may come until then.
BEGIN;
DELETE FROM parent WHERE id = 3;
SELECT * FROM by_default;
COMMIT;
BEGIN;
DELETE FROM parent WHERE id = 3;
INSERT INTO parent VALUES (9);
COMMIT;
SELECT * FROM by_default;
-- RESTRICT waits for nothing.
BEGIN;
-- differs: RESTRICT is 23001, as in PostgreSQL 18.
DELETE FROM parent WHERE id = 4;
ROLLBACK;
BEGIN;
-- differs: RESTRICT is 23001, as in PostgreSQL 18.
UPDATE parent SET id = 5 WHERE id = 4;
ROLLBACK;
-- What takes the key again after it has gone is told as a row that references nothing.
BEGIN;
UPDATE by_restrict SET p = 1;
DELETE FROM parent WHERE id = 4;
UPDATE by_restrict SET p = 4;
COMMIT;
-- Actions reach what the transaction inserted before its parent.
BEGIN;
INSERT INTO by_cascade VALUES (6);
INSERT INTO parent VALUES (6);
UPDATE parent SET id = 7 WHERE id = 6;
COMMIT;
SELECT * FROM by_cascade;
SELECT * FROM parent ORDER BY id;
