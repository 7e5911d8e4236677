-- Shows one column that two cascades would set to two values in one statement: refused, naming both paths.
-- bowline only: PostgreSQL lets the last action win.

CREATE TABLE x (id INTEGER PRIMARY KEY, a INTEGER UNIQUE, b INTEGER UNIQUE);
CREATE TABLE y (
    id INTEGER PRIMARY KEY,
    v  INTEGER,
    CONSTRAINT y_a FOREIGN KEY (v) REFERENCES x (a) ON UPDATE CASCADE,
    CONSTRAINT y_b FOREIGN KEY (v) REFERENCES x (b) ON UPDATE CASCADE
);
INSERT INTO x VALUES (1, 5, 5), (2, 6, 6);
INSERT INTO y VALUES (1, 5), (2, 6);
UPDATE x SET a = 7, b = 8 WHERE id = 1;
SELECT id, v FROM y ORDER BY id;
-- The same value from both sides is no conflict.
UPDATE x SET a = 7, b = 7 WHERE id = 1;
SELECT id, v FROM y ORDER BY id;
