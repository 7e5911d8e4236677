-- Shows that uniqueness is judged on the set at the end of the statement: keys shift, swap and rotate.
-- bowline only: PostgreSQL judges a key that is not deferrable row by row.

CREATE TABLE t (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE r (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t ON UPDATE CASCADE);
INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO r VALUES (10, 1), (20, 2), (30, 3);
UPDATE t SET id = id + 1;
SELECT t.id, t.code, r.id AS r FROM t JOIN r ON r.t_id = t.id ORDER BY t.id;
UPDATE t SET id = id - 1;
UPDATE t SET id = CASE id WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE id END;
SELECT t.id, t.code, r.id AS r FROM t JOIN r ON r.t_id = t.id ORDER BY t.id;
UPDATE t SET code = CASE code WHEN 'a' THEN 'b' WHEN 'b' THEN 'c' ELSE 'a' END;
SELECT id, code FROM t ORDER BY id;
-- Still a set: two rows of one key are refused.
UPDATE t SET id = id / 2;
UPDATE t SET id = 1;
SELECT id, code FROM t ORDER BY id;

-- Under NO ACTION a swap leaves every key in place, so nothing is broken.
CREATE TABLE s (id INTEGER PRIMARY KEY, t_id INTEGER REFERENCES t);
INSERT INTO s VALUES (1, 1), (2, 2);
DELETE FROM r;
UPDATE t SET id = 3 - id WHERE id < 3;
UPDATE t SET id = id + 1;
SELECT t.id, t.code, s.id AS s FROM t LEFT JOIN s ON s.t_id = t.id ORDER BY t.id;
