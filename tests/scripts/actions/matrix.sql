-- Shows all five actions for deletes and updates side by side: ten referencing tables of one parent, one statement each.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
INSERT INTO parent VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10);
CREATE TABLE d_no_action (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE NO ACTION);
CREATE TABLE d_restrict (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE RESTRICT);
CREATE TABLE d_cascade (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE CASCADE);
CREATE TABLE d_set_null (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE SET NULL);
CREATE TABLE d_set_default (id INTEGER PRIMARY KEY, parent_id INTEGER DEFAULT 0 REFERENCES parent ON DELETE SET DEFAULT);
CREATE TABLE u_no_action (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON UPDATE NO ACTION);
CREATE TABLE u_restrict (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON UPDATE RESTRICT);
CREATE TABLE u_cascade (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON UPDATE CASCADE);
CREATE TABLE u_set_null (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON UPDATE SET NULL);
CREATE TABLE u_set_default (id INTEGER PRIMARY KEY, parent_id INTEGER DEFAULT 0 REFERENCES parent ON UPDATE SET DEFAULT);
INSERT INTO d_no_action VALUES (1, 1), (2, 1), (3, NULL);
INSERT INTO d_restrict VALUES (1, 2), (2, 2), (3, NULL);
INSERT INTO d_cascade VALUES (1, 3), (2, 3), (3, NULL);
INSERT INTO d_set_null VALUES (1, 4), (2, 4), (3, NULL);
INSERT INTO d_set_default VALUES (1, 5), (2, 5), (3, NULL);
INSERT INTO u_no_action VALUES (1, 6), (2, 6), (3, NULL);
INSERT INTO u_restrict VALUES (1, 7), (2, 7), (3, NULL);
INSERT INTO u_cascade VALUES (1, 8), (2, 8), (3, NULL);
INSERT INTO u_set_null VALUES (1, 9), (2, 9), (3, NULL);
INSERT INTO u_set_default VALUES (1, 10), (2, 10), (3, NULL);

DELETE FROM parent WHERE id = 1;
DELETE FROM parent WHERE id = 2;
DELETE FROM parent WHERE id = 3;
DELETE FROM parent WHERE id = 4;
DELETE FROM parent WHERE id = 5;
UPDATE parent SET id = 60 WHERE id = 6;
UPDATE parent SET id = 70 WHERE id = 7;
UPDATE parent SET id = 80 WHERE id = 8;
UPDATE parent SET id = 90 WHERE id = 9;
UPDATE parent SET id = 100 WHERE id = 10;
-- An event whose rule was not chosen has NO ACTION.
UPDATE parent SET id = 20 WHERE id = 2;
DELETE FROM parent WHERE id = 80;

SELECT id FROM parent ORDER BY id;
SELECT 'd_no_action' AS name, id, parent_id FROM d_no_action
UNION ALL SELECT 'd_restrict', id, parent_id FROM d_restrict
UNION ALL SELECT 'd_cascade', id, parent_id FROM d_cascade
UNION ALL SELECT 'd_set_null', id, parent_id FROM d_set_null
UNION ALL SELECT 'd_set_default', id, parent_id FROM d_set_default
UNION ALL SELECT 'u_no_action', id, parent_id FROM u_no_action
UNION ALL SELECT 'u_restrict', id, parent_id FROM u_restrict
UNION ALL SELECT 'u_cascade', id, parent_id FROM u_cascade
UNION ALL SELECT 'u_set_null', id, parent_id FROM u_set_null
UNION ALL SELECT 'u_set_default', id, parent_id FROM u_set_default
ORDER BY name, id;
