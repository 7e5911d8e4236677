-- Shows ON UPDATE CASCADE around a cycle of three tables that share one key: each row is changed once, and it ends.
-- bowline only: PostgreSQL judges the referencing side before the action has come round.

CREATE TABLE a (id INTEGER PRIMARY KEY);
CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a ON UPDATE CASCADE ON DELETE CASCADE);
CREATE TABLE c (id INTEGER PRIMARY KEY REFERENCES b ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1), (2);
INSERT INTO c VALUES (1), (2);
ALTER TABLE a ADD CONSTRAINT a_c_fkey FOREIGN KEY (id) REFERENCES c ON UPDATE CASCADE ON DELETE CASCADE;
UPDATE a SET id = 10 WHERE id = 1;
SELECT a.id AS a, b.id AS b, c.id AS c FROM a FULL JOIN b ON b.id = a.id FULL JOIN c ON c.id = a.id ORDER BY a.id;
UPDATE a SET id = id + 100;
SELECT a.id AS a, b.id AS b, c.id AS c FROM a FULL JOIN b ON b.id = a.id FULL JOIN c ON c.id = a.id ORDER BY a.id;
DELETE FROM b WHERE id = 110;
SELECT a.id AS a, b.id AS b, c.id AS c FROM a FULL JOIN b ON b.id = a.id FULL JOIN c ON c.id = a.id ORDER BY a.id;
