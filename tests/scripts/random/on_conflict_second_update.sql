-- Shows that ON CONFLICT DO UPDATE refuses to change a row twice, but not to leave it alone twice: a new row whose WHERE is
-- not true changes nothing.

CREATE TABLE t (a INTEGER, b VARCHAR(3) PRIMARY KEY);
INSERT INTO t VALUES (1, 'b');
INSERT INTO t VALUES (3, 'b'), (4, 'b') ON CONFLICT (b) DO UPDATE SET a = excluded.a WHERE t.a = 2;
INSERT INTO t VALUES (3, 'b'), (4, 'b') ON CONFLICT (b) DO UPDATE SET a = excluded.a WHERE excluded.a = 4;
INSERT INTO t VALUES (5, 'b'), (6, 'b') ON CONFLICT (b) DO UPDATE SET a = excluded.a;
INSERT INTO t VALUES (5, 'c'), (6, 'c') ON CONFLICT (b) DO UPDATE SET a = excluded.a WHERE t.a = 0;
SELECT * FROM t ORDER BY b;
