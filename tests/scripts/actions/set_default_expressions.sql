-- Shows SET DEFAULT with defaults of several kinds: a constant, an expression, none (which is NULL).

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    a INTEGER DEFAULT 0 REFERENCES parent ON DELETE SET DEFAULT,
    b INTEGER DEFAULT 5 * 2 - 10 REFERENCES parent ON DELETE SET DEFAULT,
    c INTEGER REFERENCES parent ON DELETE SET DEFAULT
);
INSERT INTO parent VALUES (0), (1), (2);
INSERT INTO child VALUES (1, 1, 1, 1), (2, 1, 2, NULL), (3, 2, 2, 2);
DELETE FROM parent WHERE id = 1;
SELECT id, a, b, c FROM child ORDER BY id;
ALTER TABLE child ALTER COLUMN a SET DEFAULT 99;
DELETE FROM parent WHERE id = 2;
DELETE FROM parent WHERE id = 0;
SELECT id, a, b, c FROM child ORDER BY id;
