-- Shows updates that move keys among the rows of one statement without a collision on the way, and keys written as they were.

CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER CONSTRAINT fk_c REFERENCES t ON UPDATE CASCADE);
CREATE TABLE r (id INTEGER PRIMARY KEY, t_id INTEGER CONSTRAINT fk_r REFERENCES t ON UPDATE RESTRICT);
CREATE TABLE n (id INTEGER PRIMARY KEY, t_id INTEGER CONSTRAINT fk_n REFERENCES t);
INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e');
INSERT INTO c VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO r VALUES (1, 4);
INSERT INTO n VALUES (1, 5);
-- The largest first, so that also a key judged row by row does not collide.
UPDATE t SET id = -id WHERE id <= 3;
SELECT c.id, t_id, v FROM c JOIN t ON t.id = t_id ORDER BY c.id;
UPDATE t SET id = -id WHERE id < 0 RETURNING id, v;
SELECT c.id, t_id, v FROM c JOIN t ON t.id = t_id ORDER BY c.id;
-- differs: PostgreSQL judges a key row by row.
UPDATE t SET id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 3 ELSE 1 END WHERE id <= 3;
-- differs: the statement before.
SELECT c.id, t_id, v FROM c JOIN t ON t.id = t_id ORDER BY c.id;
UPDATE t SET id = id, v = upper(v);
UPDATE t SET id = id + 0 WHERE id >= 4 RETURNING id;
UPDATE t SET id = 40 WHERE id = 4;
UPDATE t SET id = 50 WHERE id = 5;
UPDATE t SET id = 6, v = v || '!' WHERE id = 5;
UPDATE c SET t_id = t_id;
UPDATE c SET t_id = 4 WHERE id = 1;
UPDATE c SET id = id + 100, t_id = 5;
SELECT id, t_id FROM c ORDER BY id;
