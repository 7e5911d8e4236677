-- Shows rows that reference rows of the same statement, and themselves.

CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER CONSTRAINT fk_up REFERENCES node);
CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER CONSTRAINT fk_tree REFERENCES tree ON DELETE CASCADE ON UPDATE CASCADE);
-- The referencing row may stand first.
INSERT INTO node VALUES (2, 1), (1, NULL), (3, 3);
INSERT INTO node VALUES (5, 4);
INSERT INTO node SELECT n, n + 1 FROM generate_series(10, 12) AS g (n) UNION ALL SELECT 13, 13;
INSERT INTO node (id, up) VALUES (20, 21), (21, 20);
UPDATE node SET up = id WHERE id = 1;
UPDATE node SET up = NULL WHERE id = 3;
UPDATE node SET id = 30 WHERE id = 3;
-- A row that references itself changes both columns, or none.
UPDATE node SET id = 14 WHERE id = 13;
UPDATE node SET id = 14, up = 14 WHERE id = 13;
UPDATE node SET id = CASE id WHEN 20 THEN 22 ELSE 23 END, up = CASE up WHEN 20 THEN 22 ELSE 23 END WHERE id IN (20, 21);
DELETE FROM node WHERE id = 13;
DELETE FROM node WHERE id = 22;
DELETE FROM node WHERE id IN (22, 23);
DELETE FROM node WHERE id = 1;
SELECT id, up FROM node ORDER BY id;
INSERT INTO tree VALUES (1, 1), (2, 1), (3, 2), (4, 4), (5, NULL);
UPDATE tree SET id = 10 WHERE id = 1;
UPDATE tree SET id = 40 WHERE id = 4 RETURNING id, up;
SELECT id, up FROM tree ORDER BY id;
-- RETURNING gives the rows the statement names, not those that actions take with them.
DELETE FROM tree WHERE id = 10 RETURNING id, up;
WITH gone AS (DELETE FROM tree RETURNING id) SELECT id FROM gone ORDER BY id;
SELECT count(*) FROM tree;
WITH gone AS (DELETE FROM node RETURNING id) SELECT id FROM gone ORDER BY id;
