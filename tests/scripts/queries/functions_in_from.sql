-- Shows functions in FROM that return one value, which is a row of it, and functions in the select list that return rows.

SELECT * FROM lower('ABC');
SELECT * FROM upper('abc') AS u;
SELECT u.big FROM upper('abc') AS u (big);
SELECT * FROM lower('ABC') WITH ORDINALITY;
SELECT x.* FROM abs(-3.5) AS x;
SELECT count(*) FROM now(), pg_catalog.version();

-- Their arguments may be columns of what stands before them.
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
INSERT INTO t VALUES (1, 'Ann'), (2, 'Benjamin');
SELECT id, big, len FROM t, upper(name) AS big, length(big) AS len WHERE len > 3;
SELECT t.id, u FROM t LEFT JOIN LATERAL upper(t.name) AS u ON u LIKE 'B%' ORDER BY id;

-- What makes one value of many rows has no place there.
-- differs: the error's words
SELECT * FROM sum(1);

-- A series is rows wherever it stands. (A whole number is a bigint where it is not a column of the outermost query.)
SELECT generate_series(1, 3);
SELECT generate_series(1, 2) * 10 AS n ORDER BY n DESC;
SELECT id, generate_series(1, id) AS n FROM t ORDER BY id, n;
SELECT n, place FROM generate_series(5, 7) WITH ORDINALITY AS s (n, place);
SELECT count(*) FROM (SELECT generate_series(1, 1000)) AS s;
INSERT INTO t (id) SELECT generate_series(10, 12);
SELECT id FROM t ORDER BY id;

SELECT mod(7, 3), mod(-7, 3), mod(7.5, 2), mod(id, 2) AS odd FROM t WHERE id = 1;
SELECT mod(1, 0);
