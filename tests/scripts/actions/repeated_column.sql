-- A foreign key that names a referencing column twice: both referenced columns must have its value.
CREATE TABLE p (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
INSERT INTO p VALUES (1, 1), (2, 2), (3, 3), (1, 2);
CREATE TABLE c (x INTEGER, FOREIGN KEY (x, x) REFERENCES p (a, b));
INSERT INTO c VALUES (1), (2), (NULL);
INSERT INTO c VALUES (4);
UPDATE c SET x = 3 WHERE x = 2;
DELETE FROM p WHERE a = 3;
UPDATE p SET b = 5 WHERE a = 1 AND b = 1;
DELETE FROM p WHERE a = 2;
DELETE FROM p WHERE b = 2;
SELECT conname, conkey, confkey, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'c'::regclass;
SELECT column_name, ordinal_position, position_in_unique_constraint FROM information_schema.key_column_usage
    WHERE table_name = 'c' ORDER BY 2;
TRUNCATE c;

-- Deleting takes the rows along.
CREATE TABLE d (x INTEGER, FOREIGN KEY (x, x) REFERENCES p (b, a) ON DELETE CASCADE);
INSERT INTO d VALUES (1), (3);
DELETE FROM p WHERE a = 3;
SELECT * FROM d;
DROP TABLE d;

-- The types of both pairs must go together, and the numbers of columns.
CREATE TABLE q (a INTEGER, b TEXT, UNIQUE (a, b));
CREATE TABLE e (x INTEGER, FOREIGN KEY (x, x) REFERENCES q (a, b));
CREATE TABLE e (x INTEGER, y INTEGER, FOREIGN KEY (x, x, y) REFERENCES p);
CREATE TABLE e (x INTEGER, FOREIGN KEY (x, x) REFERENCES p (a, a));
CREATE TABLE e (x INTEGER, y INTEGER, FOREIGN KEY (x, x) REFERENCES p MATCH FULL);
INSERT INTO e VALUES (NULL), (8);
INSERT INTO e VALUES (NULL), (1);
DROP TABLE e;

-- Actions that write.
INSERT INTO p VALUES (5, 5), (6, 6), (7, 7);
CREATE TABLE listed (x INTEGER, FOREIGN KEY (x, x) REFERENCES p ON DELETE SET NULL (x, x));
SELECT confdelsetcols FROM pg_constraint WHERE conrelid = 'listed'::regclass;
INSERT INTO listed VALUES (5), (6);
DELETE FROM p WHERE a = 5;
SELECT * FROM listed ORDER BY x;
DROP TABLE listed;
CREATE TABLE n (x INTEGER, FOREIGN KEY (x, x) REFERENCES p ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO n VALUES (6), (7);
-- differs: PostgreSQL takes the foreign key, and refuses its action
DELETE FROM p WHERE a = 6;
-- differs: PostgreSQL takes the foreign key, and refuses its action
SELECT * FROM n ORDER BY x;
-- differs: PostgreSQL takes the foreign key, and refuses its action
UPDATE p SET a = 9, b = 9 WHERE a = 7;
-- differs: PostgreSQL takes the foreign key, and refuses its action
SELECT * FROM n ORDER BY x;
-- differs: PostgreSQL takes the foreign key, and refuses its action
UPDATE p SET a = 10, b = 11 WHERE a = 9;
-- differs: PostgreSQL takes the foreign key, and refuses its action
UPDATE p SET a = 10 WHERE a = 9;
-- differs: PostgreSQL takes the foreign key, and refuses its action
SELECT * FROM n ORDER BY x;
