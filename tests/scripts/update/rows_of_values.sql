-- Shows UPDATE that sets several columns at once: from a row of values, or from a query of one row.

CREATE TABLE parent (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE child (n INTEGER PRIMARY KEY, x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES parent ON UPDATE CASCADE);
INSERT INTO parent VALUES (1, 1), (2, 2);
INSERT INTO child VALUES (1, 1, 1), (2, 2, 2);
UPDATE parent SET (a, b) = (5, 6) WHERE a = 1;
UPDATE parent SET (a, b) = ROW (a + 10, b + 10) WHERE a = 5;
SELECT n, x, y FROM child ORDER BY n;
UPDATE parent SET (b, a) = (SELECT n + 20, n + 30 FROM child WHERE x = parent.a);
SELECT a, b FROM parent ORDER BY a;
SELECT n, x, y FROM child ORDER BY n;
-- No row gives NULLs, several are too many.
UPDATE child SET (x, y) = (SELECT a, b FROM parent WHERE a = 99) WHERE n = 1;
SELECT n, x, y FROM child ORDER BY n;
UPDATE child SET (x, y) = (SELECT a, b FROM parent) WHERE n = 1;
UPDATE child SET (x, y) = (SELECT a FROM parent WHERE a = 31) WHERE n = 1;
UPDATE child SET (x, y) = ROW (1, 2, 3) WHERE n = 1;
UPDATE child SET (x, y) = (SELECT a, b FROM parent WHERE a = 31), n = 7 WHERE n = 1 RETURNING n, x, y;
