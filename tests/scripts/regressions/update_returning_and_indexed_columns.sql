-- Shows updates of referenced and referencing rows that a delete followed by an insert would get wrong: with RETURNING, over indexed columns, over
-- keys that keep their value. DuckDB reports these as violations.

CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT UNIQUE, note TEXT, rank INTEGER);
CREATE INDEX parent_rank ON parent (rank);
CREATE UNIQUE INDEX parent_note ON parent (note);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent ON UPDATE CASCADE, code TEXT REFERENCES parent (code), label TEXT);
CREATE INDEX child_parent ON child (parent_id);
INSERT INTO parent VALUES (1, 'a', 'n1', 1), (2, 'b', 'n2', 2), (3, 'c', 'n3', 3);
INSERT INTO child VALUES (10, 1, 'a', 'x'), (11, 1, NULL, 'y'), (12, 2, 'b', 'z');
UPDATE parent SET note = note || '!' RETURNING id, note;
UPDATE parent SET rank = rank * 2, note = upper(note) WHERE id < 3 RETURNING *;
UPDATE parent SET id = id, code = code RETURNING id, code;
UPDATE child SET label = label || label RETURNING id, label;
UPDATE child SET parent_id = parent_id, code = code WHERE id = 10 RETURNING *;
UPDATE parent SET id = id + 100 WHERE id = 1 RETURNING id;
UPDATE child SET parent_id = 2, code = 'b' WHERE id = 10 RETURNING id, parent_id, code;
UPDATE parent SET code = 'q' WHERE id = 2 RETURNING *;
UPDATE parent SET code = 'q' WHERE id = 3 RETURNING id, code;
SELECT id, parent_id, code FROM child ORDER BY id;
