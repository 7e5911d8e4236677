-- Shows ONLY before a table that is read, and operators that are named with their schema before ANY and ALL.

CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE u (id INTEGER PRIMARY KEY);
INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO u VALUES (2);
SELECT id FROM ONLY t ORDER BY id;
SELECT x.id, name FROM ONLY public.t x JOIN ONLY u ON u.id = x.id;
SELECT name FROM t WHERE id IN (SELECT id FROM ONLY u);
SELECT id FROM t WHERE name OPERATOR(pg_catalog.=) ANY (ARRAY['a', 'c']) ORDER BY id;
SELECT id FROM t WHERE id OPERATOR(pg_catalog.<>) ALL (ARRAY[1, 2]);
SELECT id FROM t WHERE id OPERATOR(pg_catalog.>) SOME (ARRAY[1, 2]) ORDER BY id;
