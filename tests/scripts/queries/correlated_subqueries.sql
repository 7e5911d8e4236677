-- Subqueries that refer to the query around them, in every place and from within every operator.

CREATE TABLE t (id INTEGER PRIMARY KEY, g INTEGER, name TEXT);
CREATE TABLE u (id INTEGER PRIMARY KEY, t_id INTEGER, v INTEGER);
INSERT INTO t VALUES (1, 1, 'one'), (2, 1, 'two'), (3, 2, 'three'), (4, NULL, NULL);
INSERT INTO u VALUES (10, 1, 5), (11, 1, 7), (12, 2, 7), (13, NULL, 9), (14, 3, NULL);

-- One value, no row is NULL.
SELECT id, (SELECT v FROM u WHERE u.t_id = t.id AND u.v > 5) AS v FROM t ORDER BY id;

-- Two rows are an error.
SELECT id, (SELECT v FROM u WHERE u.t_id = t.id) AS v FROM t ORDER BY id;

-- Aggregates of nothing.
SELECT id, (SELECT count(*) FROM u WHERE u.t_id >= t.id) AS c, (SELECT coalesce(max(v), -1) FROM u WHERE u.t_id > t.id) AS m
FROM t ORDER BY id;

-- A condition on the outer row alone, and no equality.
SELECT id, (SELECT max(v) FROM u WHERE t.id < 3) AS m, (SELECT min(u.id) FROM u WHERE u.v <> t.g) AS n FROM t ORDER BY id;

-- LIMIT counts for each outer row.
SELECT id, (SELECT v FROM u WHERE u.t_id <= t.id ORDER BY v DESC, u.id LIMIT 1) AS largest,
  (SELECT u.id FROM u WHERE u.t_id <= t.id ORDER BY u.id OFFSET 1 LIMIT 1) AS second
FROM t ORDER BY id;

-- In CASE, in WHERE under OR, in an aggregate.
SELECT id, CASE WHEN g = 1 THEN (SELECT max(v) + t.id FROM u WHERE u.t_id = t.id) ELSE 0 END AS c FROM t ORDER BY id;
SELECT id FROM t WHERE g IS NULL OR (SELECT count(*) FROM u WHERE u.t_id = t.id AND u.v > t.g) > 1 ORDER BY id;
SELECT sum((SELECT count(*) FROM u WHERE u.t_id <= t.id)) AS s FROM (SELECT id FROM t) AS t;

-- EXISTS as a value, and with something it cannot be joined by.
SELECT id, EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id) AS e, NOT EXISTS (SELECT 1 FROM u WHERE u.v > t.id * 3) AS n
FROM t ORDER BY id;
SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.v BETWEEN t.id AND t.id + 3) ORDER BY id;
SELECT id, (EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)) AND g = 1 AS both FROM t ORDER BY id;

-- Joins and unions inside.
SELECT id, (SELECT count(*) FROM u JOIN t AS o ON o.id = u.t_id AND o.g = t.g) AS c FROM t ORDER BY id;
SELECT id, (SELECT max(x) FROM (SELECT v AS x FROM u WHERE u.t_id = t.id UNION ALL SELECT t.g) AS both_sides) AS m FROM t ORDER BY id;
SELECT id, (SELECT count(o.id) FROM u LEFT JOIN t AS o ON o.id = u.t_id AND o.id = t.id) AS c FROM t ORDER BY id;

-- A subquery in a subquery that refers to the outermost.
SELECT id, (SELECT count(*) FROM u WHERE u.v > (SELECT min(w.v) FROM u AS w WHERE w.t_id >= t.id)) AS c FROM t ORDER BY id;
SELECT id, (SELECT count(*) FROM u WHERE EXISTS (SELECT 1 FROM u AS w WHERE w.v = u.v AND w.id <> u.id AND w.t_id = t.id)) AS c
FROM t ORDER BY id;

-- Arrays of a query.
SELECT id, ARRAY(SELECT v FROM u WHERE u.t_id = t.id ORDER BY v DESC) AS a FROM t ORDER BY id;
SELECT ARRAY(SELECT name FROM t WHERE name IS NOT NULL ORDER BY 1) AS names;

-- LATERAL.
SELECT t.id, x.v FROM t, LATERAL (SELECT v FROM u WHERE u.t_id <= t.id ORDER BY v DESC NULLS LAST, u.id LIMIT 2) AS x ORDER BY 1, 2;
SELECT t.id, x.v FROM t LEFT JOIN LATERAL (SELECT v + t.g AS v FROM u WHERE u.t_id = t.id) AS x ON x.v > 6 ORDER BY 1, 2;

-- Rows of arrays.
SELECT t.id, k, o FROM t, unnest(ARRAY[t.id, t.g]) WITH ORDINALITY AS x(k, o) ORDER BY t.id, o;
SELECT id, (SELECT sum(k * o) FROM unnest(ARRAY[t.id, 5]) WITH ORDINALITY AS x(k, o)) AS s FROM t ORDER BY id;
SELECT a, b, n FROM unnest(ARRAY[1, 2, 3], ARRAY['x', 'y']) WITH ORDINALITY AS z(a, b, n) ORDER BY n;
SELECT (ARRAY[10, 20, 30])[2] AS second, (ARRAY[10, 20, 30])[4] AS none;
SELECT id FROM t WHERE name = ANY ('{one,three}') ORDER BY id;
SELECT id FROM t WHERE id <> ALL (ARRAY[1, 2]) ORDER BY id;
SELECT id FROM t WHERE name OPERATOR(pg_catalog.~) '^t' COLLATE pg_catalog."default" ORDER BY id;
