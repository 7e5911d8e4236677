-- Shows that a composite foreign key is judged as a whole, in its own pairing, and with text that could run together.

CREATE TABLE parent (a TEXT, b TEXT, PRIMARY KEY (a, b));
CREATE TABLE child (id INTEGER PRIMARY KEY, x TEXT, y TEXT, FOREIGN KEY (y, x) REFERENCES parent (b, a) ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO parent VALUES ('ab', 'c'), ('a', 'bc'), ('', 'abc'), ('abc', '');
INSERT INTO child VALUES (1, 'ab', 'c'), (2, 'a', 'bc'), (3, '', 'abc'), (4, 'abc', '');
INSERT INTO child VALUES (5, 'c', 'ab');
INSERT INTO child VALUES (5, 'abc', 'abc');
DELETE FROM parent WHERE a = 'ab';
UPDATE parent SET a = 'changed' WHERE b = 'bc';
UPDATE parent SET a = b, b = a WHERE a = 'abc';
SELECT id, x, y FROM child ORDER BY id;
