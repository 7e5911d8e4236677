-- Shows that ON UPDATE CASCADE around three tables comes to an end. Firebird runs such a statement for ever; MariaDB refuses to
-- declare it; PostgreSQL takes the declaration, and refuses the update before the new key has come round.

CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a ON UPDATE CASCADE);
CREATE TABLE c (id INTEGER PRIMARY KEY REFERENCES b ON UPDATE CASCADE);
INSERT INTO a VALUES (1, 'one'), (2, 'two');
INSERT INTO b VALUES (1), (2);
INSERT INTO c VALUES (1), (2);
ALTER TABLE a ADD CONSTRAINT a_c_fkey FOREIGN KEY (id) REFERENCES c ON UPDATE CASCADE;
-- A key set to itself goes nowhere.
UPDATE a SET id = id;
UPDATE a SET name = upper(name), id = id + 0;
-- differs: PostgreSQL judges the referencing side before the action has come round.
UPDATE a SET id = 100 WHERE id = 1;
-- differs: the same.
UPDATE b SET id = 200 WHERE id = 2;
-- differs: follows.
SELECT a.id AS a, a.name, b.id AS b, c.id AS c FROM a JOIN b ON b.id = a.id JOIN c ON c.id = b.id ORDER BY a.id;

-- A cycle that leads away from the key that changed: the second round finds nothing to do.
CREATE TABLE x (id INTEGER PRIMARY KEY, z_code TEXT);
CREATE TABLE y (id INTEGER PRIMARY KEY, x_id INTEGER REFERENCES x ON UPDATE CASCADE);
CREATE TABLE z (code TEXT PRIMARY KEY, y_id INTEGER REFERENCES y ON UPDATE CASCADE);
ALTER TABLE x ADD CONSTRAINT x_z_fkey FOREIGN KEY (z_code) REFERENCES z ON UPDATE CASCADE;
INSERT INTO x VALUES (1, NULL);
INSERT INTO y VALUES (10, 1);
INSERT INTO z VALUES ('k', 10);
UPDATE x SET z_code = 'k';
UPDATE x SET id = 2;
UPDATE y SET id = 20;
UPDATE z SET code = 'l';
SELECT x.id, x.z_code, y.id AS y, y.x_id, z.code, z.y_id FROM x, y, z;
