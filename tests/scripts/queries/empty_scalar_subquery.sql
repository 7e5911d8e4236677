-- Shows that a scalar subquery without a row is NULL, also where it selects a column that has no NULLs.

CREATE TABLE parent (id INTEGER PRIMARY KEY, x INTEGER NOT NULL);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent);
INSERT INTO parent VALUES (1, 10);
SELECT (SELECT id FROM parent WHERE id = 99) AS id, (SELECT x FROM parent WHERE id = 1) AS x;
INSERT INTO child VALUES (1, (SELECT id FROM parent WHERE x = 10)), (2, (SELECT id FROM parent WHERE x = 11));
SELECT id, parent_id FROM child ORDER BY id;
UPDATE child SET parent_id = (SELECT id FROM parent WHERE id = 99) WHERE id = 1;
SELECT id, parent_id, (SELECT x FROM parent WHERE parent.id = child.parent_id) AS x FROM child ORDER BY id;
SELECT id FROM child WHERE parent_id = (SELECT id FROM parent WHERE id = 99);
SELECT id FROM child WHERE (SELECT id FROM parent WHERE id = 99) IS NULL ORDER BY id;
SELECT coalesce((SELECT id FROM parent WHERE id = 99), 7) + 1 AS n;
INSERT INTO parent VALUES ((SELECT id FROM parent WHERE id = 99), 1);
