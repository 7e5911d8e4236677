-- Shows IN with subqueries: as a value, with NULLs, and correlated over two levels.

CREATE TABLE t (k INTEGER PRIMARY KEY, v INTEGER);
CREATE TABLE u (k INTEGER, v INTEGER);
INSERT INTO t VALUES (1, 11), (2, 22), (3, 33);
INSERT INTO u VALUES (1, 11), (2, 33), (5, 11), (NULL, 22);
SELECT k FROM t WHERE k IN (SELECT u.k FROM u WHERE u.v IN (SELECT x.v FROM t AS x WHERE x.k = t.k)) ORDER BY k;
SELECT k FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k IN (SELECT x.k + 4 FROM t AS x WHERE x.k = t.k)) ORDER BY k;
SELECT k FROM t WHERE k IN (SELECT u.k FROM u WHERE EXISTS (SELECT 1 FROM t AS x WHERE x.k = t.k AND x.v = u.v)) ORDER BY k;
SELECT k FROM t WHERE k NOT IN (SELECT u.k FROM u WHERE u.v IN (SELECT x.v FROM t AS x WHERE x.k = t.k)) ORDER BY k;
SELECT k FROM t WHERE k IN (SELECT u.k FROM u WHERE u.v > t.k + 5 AND u.v < 30) ORDER BY k;
SELECT k FROM t WHERE v IN (SELECT max(u.v) FROM u WHERE u.k <= t.k) ORDER BY k;
SELECT k FROM t WHERE k IN (SELECT u.k FROM u WHERE u.v IN (SELECT x.v FROM t AS x WHERE x.k IN (SELECT y.k FROM t AS y WHERE y.v = t.v))) ORDER BY k;
SELECT k, k IN (SELECT u.k FROM u) AS a, k IN (SELECT u.k FROM u WHERE u.k IS NOT NULL) AS b, k NOT IN (SELECT u.k FROM u WHERE u.v = t.v) AS c
    FROM t ORDER BY k;
SELECT 1 IN (SELECT 1) AS a, NULL IN (SELECT 1) AS b, NULL IN (SELECT 1 WHERE false) AS c, 2 NOT IN (SELECT NULL::integer) AS d;
SELECT sum(CASE WHEN k IN (SELECT u.k FROM u) THEN 1 ELSE 0 END) AS found FROM t;
SELECT k, (SELECT count(*) FROM u WHERE u.k IN (SELECT x.k FROM t AS x WHERE x.k <= t.k)) AS below FROM t ORDER BY k;
SELECT count(*) AS all_rows, EXISTS (SELECT 1 FROM u) AND true AS any_row FROM t;
UPDATE t SET v = v + 1 WHERE k = 2 RETURNING k, k IN (SELECT u.k FROM u) AS held, EXISTS (SELECT 1 FROM u WHERE u.k = t.k) AS held_too;
INSERT INTO t VALUES (9, 99) RETURNING k, k + 112 IN (SELECT 121) AS sum_held, k NOT IN (SELECT u.k FROM u WHERE u.k IS NOT NULL) AS alone;
DELETE FROM t WHERE k IN (SELECT u.k FROM u WHERE u.v IN (SELECT x.v - 1 FROM t AS x WHERE x.k = t.k)) RETURNING k;
