-- Shows TRUNCATE: refused for a referenced table, fine for both together, and CASCADE empties the referencing tables too.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id SERIAL PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE SET NULL);
CREATE TABLE grandchild (id INTEGER PRIMARY KEY, child_id INTEGER REFERENCES child ON DELETE RESTRICT);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child (parent_id) VALUES (1), (2);
INSERT INTO grandchild VALUES (100, 1);

TRUNCATE parent;
TRUNCATE parent, child;
TRUNCATE grandchild;
SELECT count(*) FROM grandchild;
-- Refused whether or not there are rows.
TRUNCATE child;
INSERT INTO grandchild VALUES (100, 1);
TRUNCATE TABLE parent, child, grandchild;
SELECT (SELECT count(*) FROM parent) AS parents, (SELECT count(*) FROM child) AS children, (SELECT count(*) FROM grandchild) AS grandchildren;

INSERT INTO parent VALUES (1), (2);
INSERT INTO child (parent_id) VALUES (1) RETURNING id, parent_id;
TRUNCATE parent CASCADE;
SELECT count(*) FROM child;
INSERT INTO child (parent_id) VALUES (NULL) RETURNING id;
TRUNCATE child, grandchild RESTART IDENTITY;
INSERT INTO child (parent_id) VALUES (NULL) RETURNING id;
TRUNCATE nowhere;

-- It is transactional.
BEGIN;
TRUNCATE parent CASCADE;
SELECT count(*) FROM child;
ROLLBACK;
SELECT count(*) FROM child;

-- What CASCADE takes along is told in the order in which the tables were made.
CREATE TABLE root (id INTEGER PRIMARY KEY);
CREATE TABLE z_first (id INTEGER PRIMARY KEY REFERENCES root);
CREATE TABLE a_second (id INTEGER REFERENCES root);
CREATE TABLE b_third (id INTEGER REFERENCES z_first);
TRUNCATE root;
TRUNCATE root CASCADE;
