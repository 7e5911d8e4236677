-- Shows cycles of foreign keys: tables that reference each other, deleted and updated through the cycle until nothing is left to do.

CREATE TABLE a (id INTEGER PRIMARY KEY, c_id INTEGER);
CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a ON DELETE CASCADE);
CREATE TABLE c (id INTEGER PRIMARY KEY, b_id INTEGER REFERENCES b ON DELETE CASCADE);
ALTER TABLE a ADD CONSTRAINT a_c_fkey FOREIGN KEY (c_id) REFERENCES c ON DELETE CASCADE;
INSERT INTO a VALUES (1, NULL), (2, NULL), (3, NULL);
INSERT INTO b VALUES (10, 1), (20, 2), (30, 3);
INSERT INTO c VALUES (100, 10), (200, 20), (300, 30);
UPDATE a SET c_id = 100 WHERE id = 1;
-- 2 and 3 hold each other.
UPDATE a SET c_id = 300 WHERE id = 2;
UPDATE a SET c_id = 200 WHERE id = 3;
DELETE FROM a WHERE id = 1;
SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b, (SELECT count(*) FROM c) AS c;
DELETE FROM a WHERE id = 2;
SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b, (SELECT count(*) FROM c) AS c;

-- Two rows that reference each other hold each other under NO ACTION, and go together.
CREATE TABLE pair (id INTEGER PRIMARY KEY, partner INTEGER REFERENCES pair);
INSERT INTO pair VALUES (1, 2), (2, 1), (3, 3);
DELETE FROM pair WHERE id = 1;
DELETE FROM pair WHERE id IN (1, 2);
DELETE FROM pair WHERE id = 3;
SELECT count(*) FROM pair;
