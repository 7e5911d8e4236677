-- Shows that updating other columns of a referenced row, indexed or returned, never reports a violation.

CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT, rank INTEGER, tag TEXT UNIQUE);
CREATE INDEX parent_rank ON parent (rank);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent);
INSERT INTO parent VALUES (1, 'a', 1, 'x'), (2, 'b', 2, 'y');
INSERT INTO child VALUES (10, 1), (11, 2);
UPDATE parent SET name = 'z' WHERE id = 1;
UPDATE parent SET rank = 9 WHERE id = 1 RETURNING id, rank;
UPDATE parent SET tag = 'q' WHERE id = 1 RETURNING *;
UPDATE parent SET name = upper(name), rank = rank + 1, tag = tag || '1' RETURNING id, name, rank, tag;
INSERT INTO parent VALUES (1, 'new', 0, 'new') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
SELECT p.id, p.name, c.id AS child FROM parent p JOIN child c ON c.parent_id = p.id ORDER BY p.id;
