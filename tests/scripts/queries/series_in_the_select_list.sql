-- A series in a select list is a row for each of its values.

SELECT generate_series(1, 3);
SELECT generate_series(1, 3) * 2 AS doubled, 'x' AS other;
SELECT generate_series FROM (SELECT generate_series(1, 2)) x;
SELECT generate_series(1, 10, 4) ORDER BY 1 DESC LIMIT 2;
SELECT unnest(ARRAY[1, 2]) AS a, generate_series(1, 3) AS b;
CREATE TABLE t (id INTEGER PRIMARY KEY);
INSERT INTO t SELECT generate_series(1, 3);
SELECT id, generate_series(1, id) AS n FROM t ORDER BY id, n;
