-- Shows NULL in referencing columns under MATCH SIMPLE and MATCH FULL.

CREATE TABLE parent (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE simple (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES parent MATCH SIMPLE);
CREATE TABLE complete (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES parent MATCH FULL ON DELETE SET NULL);
INSERT INTO parent VALUES (1, 1), (1, 2);
INSERT INTO simple VALUES (1, 1, 1), (2, 1, NULL), (3, NULL, 9), (4, NULL, NULL);
INSERT INTO simple VALUES (5, 1, 3);
INSERT INTO complete VALUES (1, 1, 1), (2, NULL, NULL);
INSERT INTO complete VALUES (3, 1, NULL);
INSERT INTO complete VALUES (3, NULL, 1);
INSERT INTO complete VALUES (3, 2, 2);
UPDATE complete SET a = NULL WHERE id = 1;
UPDATE complete SET a = NULL, b = NULL WHERE id = 1;
INSERT INTO complete VALUES (4, 1, 2);
DELETE FROM parent WHERE b = 2;
SELECT id, a, b FROM complete ORDER BY id;
SELECT id, a, b FROM simple ORDER BY id;
-- A row with a NULL in the unique key it is referenced by is referenced by nobody.
CREATE TABLE loose (x INTEGER UNIQUE);
CREATE TABLE on_loose (x INTEGER REFERENCES loose (x));
INSERT INTO loose VALUES (NULL), (NULL), (1);
INSERT INTO on_loose VALUES (NULL), (1);
DELETE FROM loose WHERE x IS NULL;
SELECT x FROM on_loose ORDER BY x NULLS FIRST;
