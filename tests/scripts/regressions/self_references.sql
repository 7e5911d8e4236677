-- Shows self-references under cascades. MySQL treats ON UPDATE CASCADE of a table to itself as RESTRICT; DuckDB cannot export such a table; a
-- parent deleted with its children in one statement is a false violation where rows are judged one by one.

CREATE TABLE category (id INTEGER PRIMARY KEY, up INTEGER REFERENCES category ON DELETE CASCADE ON UPDATE CASCADE, name TEXT);
INSERT INTO category VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'aa'), (5, 4, 'aaa'), (6, 6, 'loop');
UPDATE category SET id = 10 WHERE id = 1;
UPDATE category SET id = 60 WHERE id = 6;
UPDATE category SET id = id + 1000;
SELECT id, up, name FROM category ORDER BY id;
DELETE FROM category WHERE name = 'a';
DELETE FROM category WHERE name = 'loop';
SELECT id, up, name FROM category ORDER BY id;
-- Parent and child in one statement, both ways, in both orders.
INSERT INTO category VALUES (1, 2, 'x'), (2, 3, 'y'), (3, NULL, 'z');
DELETE FROM category WHERE id < 1000;
SELECT count(*) FROM category;

CREATE TABLE held (id INTEGER PRIMARY KEY, up INTEGER REFERENCES held);
INSERT INTO held VALUES (1, NULL), (2, 1), (3, 2);
DELETE FROM held WHERE id IN (1, 2);
DELETE FROM held WHERE id IN (1, 2, 3);
INSERT INTO held VALUES (5, 5);
UPDATE held SET id = 6, up = 6;
DELETE FROM held;
SELECT count(*) FROM held;
