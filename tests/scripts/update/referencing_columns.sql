-- Shows UPDATE of referencing columns: the new value must be there, NULL is no reference, and what did not change is not judged.

CREATE TABLE parent (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE child (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, note TEXT, FOREIGN KEY (a, b) REFERENCES parent);
INSERT INTO parent VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO child VALUES (10, 1, 1), (11, 1, 2), (12, NULL, 7);
UPDATE child SET b = 2 WHERE id = 10;
UPDATE child SET a = 2 WHERE id = 10;
UPDATE child SET a = 2, b = 1 WHERE id = 10;
UPDATE child SET a = 7 WHERE id = 12;
UPDATE child SET a = NULL WHERE id = 11;
UPDATE child SET note = 'n', a = a, b = b;
UPDATE child SET a = b, b = a WHERE id = 10;
SELECT id, a, b, note FROM child ORDER BY id;
