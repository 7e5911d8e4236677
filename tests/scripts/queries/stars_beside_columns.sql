-- Shows a star beside other columns, also those it stands for: in SELECT and in RETURNING, with the names that they have.

CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER);
CREATE TABLE s (a INTEGER, c TEXT);
INSERT INTO t VALUES (1, 2), (3, 4);
INSERT INTO s VALUES (1, 'x');
SELECT t.b, t.* FROM t ORDER BY a;
SELECT b, * FROM t ORDER BY t.a;
SELECT *, * FROM t ORDER BY t.a;
SELECT *, b + 1 AS b FROM t WHERE a > 1;
SELECT t.*, s.*, t.a FROM t JOIN s ON s.a = t.a;
SELECT x.*, x.b AS a FROM (SELECT * FROM t) AS x ORDER BY x.a;
SELECT t.*, public.t.b, u.c FROM public.t JOIN public.s AS u ON u.a = t.a;
WITH w AS (SELECT * FROM t) SELECT a, w.* FROM w ORDER BY w.b;
SELECT b, *, count(*) AS b FROM t GROUP BY a, b ORDER BY 1;
INSERT INTO t VALUES (5, 6) RETURNING b, *;
INSERT INTO t VALUES (1, 7) ON CONFLICT (a) DO UPDATE SET b = 9 RETURNING old.b, *;
INSERT INTO t VALUES (1, 7), (8, 8) ON CONFLICT (a) DO UPDATE SET b = 10 RETURNING t.*, old.*, new.*;
UPDATE t SET b = b + 1 RETURNING old.b, new.b, t.*;
UPDATE t SET b = b + 1 RETURNING old.b AS was, *;
UPDATE t SET b = 1 FROM s WHERE s.a = t.a RETURNING b, t.*;
DELETE FROM t WHERE a = 5 RETURNING b, *;
CREATE VIEW v AS SELECT b, * FROM t;
CREATE VIEW v AS SELECT b, b FROM t;
CREATE TABLE u AS SELECT b, * FROM t;

-- Several stars.
CREATE SCHEMA other;
CREATE TABLE other.p (id INTEGER, w TEXT);
INSERT INTO other.p VALUES (1, 'w');
CREATE TABLE p (id INTEGER, x TEXT);
CREATE TABLE q (id INTEGER, p_id INTEGER, y TEXT);
INSERT INTO p VALUES (1, 'a'), (2, 'b');
INSERT INTO q VALUES (10, 1, 'c'), (11, 2, 'd');
SELECT p.*, q.* FROM p JOIN q ON q.p_id = p.id ORDER BY 1;
SELECT *, p.* FROM p JOIN q ON q.p_id = p.id ORDER BY 1;
SELECT *, * FROM p ORDER BY 1;
SELECT p.*, q.* FROM other.p JOIN q ON q.p_id = p.id;
SELECT s.*, p.* FROM p JOIN (SELECT p_id AS id, y FROM q) s USING (id) ORDER BY 1;
SELECT *, p.* FROM p JOIN (SELECT p_id AS id, y FROM q) s USING (id) ORDER BY 1;
WITH s AS (SELECT id, x FROM p) SELECT s.*, l.* FROM s, LATERAL (SELECT q.id, q.y FROM q WHERE q.p_id = s.id) l ORDER BY 1;
