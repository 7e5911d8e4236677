-- Shows keys that are shifted in a table that references itself ON UPDATE CASCADE: to shift the key is enough. A statement that
-- shifts the references too moves them twice, as in PostgreSQL: actions look at the rows as the statement leaves them, and the
-- new reference is a key that has moved on.

CREATE TABLE node (id INTEGER, up INTEGER);
INSERT INTO node VALUES (3, 2), (2, 1), (1, NULL);
ALTER TABLE node ADD CONSTRAINT node_key UNIQUE (id);
ALTER TABLE node ADD CONSTRAINT node_up_fkey FOREIGN KEY (up) REFERENCES node (id) ON UPDATE CASCADE;
UPDATE node SET id = id + 1;
SELECT id, up FROM node ORDER BY id;

CREATE TABLE tree (id INTEGER, up INTEGER);
INSERT INTO tree VALUES (3, 2), (2, 1), (1, NULL);
ALTER TABLE tree ADD CONSTRAINT tree_key UNIQUE (id);
ALTER TABLE tree ADD CONSTRAINT tree_up_fkey FOREIGN KEY (up) REFERENCES tree (id) ON UPDATE CASCADE;
UPDATE tree SET id = id + 1, up = up + 1;
SELECT id, up FROM tree ORDER BY id;

-- Where no new key is an old one, both say the same.
UPDATE node SET id = id + 10, up = up + 10;
SELECT id, up FROM node ORDER BY id;
UPDATE node SET id = -id, up = -up;
SELECT id, up FROM node ORDER BY id;
