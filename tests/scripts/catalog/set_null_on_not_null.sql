-- Shows what is accepted though it can never work: SET NULL on columns that refuse NULL draws a warning, and then each such delete is refused.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent ON DELETE SET NULL);
CREATE TABLE shared (id INTEGER PRIMARY KEY REFERENCES parent ON UPDATE SET NULL);
CREATE TABLE fine (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE SET NULL);
INSERT INTO parent VALUES (1), (2), (3);
INSERT INTO child VALUES (10, 1);
INSERT INTO shared VALUES (2);
INSERT INTO fine VALUES (30, 3);
DELETE FROM parent WHERE id = 1;
UPDATE parent SET id = 20 WHERE id = 2;
DELETE FROM parent WHERE id = 3;
SELECT id, parent_id FROM fine ORDER BY id;
SELECT id FROM parent ORDER BY id;
