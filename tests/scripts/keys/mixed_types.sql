-- Shows keys whose two sides differ in type but compare: integers of any width, numeric with integer, text with varchar and char.

CREATE TABLE ints (id INTEGER PRIMARY KEY, big BIGINT UNIQUE, name VARCHAR(10) UNIQUE, code CHAR(4) UNIQUE, day DATE UNIQUE, u UUID UNIQUE);
CREATE TABLE refs (
    n SERIAL PRIMARY KEY,
    s SMALLINT REFERENCES ints ON UPDATE CASCADE,
    b BIGINT REFERENCES ints (id),
    i INTEGER REFERENCES ints (big),
    t TEXT REFERENCES ints (name) ON UPDATE CASCADE,
    c CHAR(4) REFERENCES ints (code),
    d DATE REFERENCES ints (day) ON DELETE CASCADE,
    u UUID REFERENCES ints (u)
);
INSERT INTO ints VALUES (1, 5000000000, 'one', 'ab', '2026-01-01', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (2, 7, 'two', 'cd', '2026-01-02', NULL), (70000, NULL, NULL, NULL, NULL, NULL);
INSERT INTO refs (s) VALUES (1), (3);
INSERT INTO refs (s) VALUES (1);
INSERT INTO refs (b) VALUES (70000);
INSERT INTO refs (b) VALUES (5000000001);
INSERT INTO refs (i) VALUES (7);
INSERT INTO refs (t) VALUES ('one');
INSERT INTO refs (t) VALUES ('one ');
INSERT INTO refs (c) VALUES ('ab  ');
INSERT INTO refs (c) VALUES ('ab c');
INSERT INTO refs (d) VALUES ('2026-01-02');
INSERT INTO refs (d) VALUES ('2026-01-03');
INSERT INTO refs (u) VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
UPDATE ints SET name = 'eins' WHERE id = 1;
-- A cascaded value must fit the referencing column.
UPDATE ints SET id = 40000 WHERE id = 1;
UPDATE ints SET id = 30000 WHERE id = 1;
SELECT s, b, i, t, c, d, u FROM refs ORDER BY n;

CREATE TABLE money (amount NUMERIC(10,2) PRIMARY KEY);
CREATE TABLE owed (n INTEGER PRIMARY KEY, amount INTEGER REFERENCES money);
INSERT INTO money VALUES (5.00), (5.50);
INSERT INTO owed VALUES (1, 5);
INSERT INTO owed VALUES (2, 6);
DELETE FROM money WHERE amount = 5;
DELETE FROM money WHERE amount = 5.5;
SELECT amount FROM money;
