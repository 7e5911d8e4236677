-- Shows a table that references itself under each rule, deep chains included.

CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER REFERENCES node ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO node VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, 1), (6, 6);
UPDATE node SET id = 20 WHERE id = 2;
UPDATE node SET id = 60 WHERE id = 6;
SELECT id, up FROM node ORDER BY id;
DELETE FROM node WHERE id = 20;
SELECT id, up FROM node ORDER BY id;
DELETE FROM node;

-- A chain of a thousand, deleted at its head.
INSERT INTO node SELECT n, nullif(n - 1, 0) FROM generate_series(1, 1000) AS t (n);
SELECT count(*) FROM node;
DELETE FROM node WHERE id = 500;
SELECT count(*), max(id) FROM node;
DELETE FROM node WHERE up IS NULL;
SELECT count(*) FROM node;

CREATE TABLE held (id INTEGER PRIMARY KEY, up INTEGER REFERENCES held ON DELETE RESTRICT);
INSERT INTO held VALUES (1, NULL), (2, 1), (3, 3);
DELETE FROM held WHERE id = 1;
DELETE FROM held WHERE id = 2;
DELETE FROM held WHERE id = 1;
SELECT id, up FROM held ORDER BY id;

CREATE TABLE boss (id INTEGER PRIMARY KEY, up INTEGER DEFAULT 1 REFERENCES boss ON DELETE SET DEFAULT);
INSERT INTO boss VALUES (1, NULL), (2, 1), (3, 2), (4, 2);
DELETE FROM boss WHERE id = 2;
SELECT id, up FROM boss ORDER BY id;
DELETE FROM boss WHERE id = 1;
SELECT id, up FROM boss ORDER BY id;
