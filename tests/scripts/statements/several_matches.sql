-- Shows writes whose FROM or USING joins a row several times: it is changed once, and RETURNING gives it once.

CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER);
CREATE TABLE u (t_id INTEGER REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE, w INTEGER);
CREATE TABLE pick (t_id INTEGER, n INTEGER);
INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);
INSERT INTO u VALUES (1, 1), (1, 2), (2, 3);
INSERT INTO pick VALUES (1, 7), (1, 7), (2, 8);
UPDATE t SET v = n FROM pick WHERE pick.t_id = t.id RETURNING id, v;
UPDATE t SET id = id + 10 FROM u WHERE u.t_id = t.id;
SELECT t_id, w FROM u ORDER BY w;
DELETE FROM t USING u WHERE u.t_id = t.id AND t.id = 11 RETURNING t.id;
SELECT t_id, w FROM u ORDER BY w;
DELETE FROM t USING pick p JOIN pick q ON q.n >= p.n WHERE t.id = 3 RETURNING t.id;
DELETE FROM t USING t AS other WHERE other.id = t.id;
SELECT count(*) FROM u;
