-- Shows what CREATE INDEX declares beyond columns: order, INCLUDE, method, NULLS NOT DISTINCT. Each is kept; none changes an answer.

CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c INTEGER);
INSERT INTO t VALUES (1, 10, 'x', NULL), (2, 20, 'y', NULL), (3, 20, 'z', 7);
CREATE INDEX t_a ON t (a DESC, b ASC NULLS FIRST, c DESC NULLS LAST);
CREATE INDEX t_b ON t (b NULLS LAST) INCLUDE (a, c);
CREATE INDEX t_hash ON t USING hash (a);
CREATE INDEX t_btree ON t USING btree (a ASC);
CREATE INDEX CONCURRENTLY t_concurrent ON t (c);
CREATE INDEX IF NOT EXISTS t_a ON t (b);
CREATE INDEX ON t (a, b);
CREATE INDEX ON t (a, b);
CREATE UNIQUE INDEX t_unique ON t (b DESC) INCLUDE (a);
SELECT id FROM t ORDER BY a, id;
DROP INDEX CONCURRENTLY t_concurrent;

-- A unique index with INCLUDE is a key of its listed columns alone.
INSERT INTO t VALUES (4, 99, 'x', 1);
CREATE TABLE r (b TEXT REFERENCES t (b));
INSERT INTO r VALUES ('x'), ('nothing');
INSERT INTO r VALUES ('x');

-- What a hash index does not have.
CREATE UNIQUE INDEX ON t USING hash (a);
CREATE INDEX ON t USING hash (a, b);
CREATE INDEX ON t USING hash (a DESC);
CREATE INDEX ON t USING hash (a) INCLUDE (b);
CREATE INDEX public.t_qualified ON t (a);
CREATE INDEX ON t (nothing DESC);
CREATE INDEX ON t (a) INCLUDE (nothing);

-- Keys have no order.
CREATE TABLE u (a INTEGER, UNIQUE (a DESC));
ALTER TABLE t ADD UNIQUE (a NULLS FIRST);

-- NULLS NOT DISTINCT: NULL equals NULL.
CREATE UNIQUE INDEX t_c ON t (c) NULLS NOT DISTINCT;
UPDATE t SET c = 8 WHERE id = 2;
CREATE UNIQUE INDEX t_c ON t (c) NULLS NOT DISTINCT;
INSERT INTO t VALUES (5, 1, 'n', NULL);
INSERT INTO t VALUES (5, 1, 'n', 9);
UPDATE t SET c = NULL WHERE id = 5;
UPDATE t SET c = NULL WHERE id = 1;
-- differs: keys are judged at the end of the statement
UPDATE t SET c = CASE id WHEN 1 THEN 8 WHEN 2 THEN NULL ELSE c END;
-- differs: keys are judged at the end of the statement
SELECT id, c FROM t ORDER BY id;
CREATE TABLE n (a INTEGER UNIQUE NULLS NOT DISTINCT, b INTEGER, c INTEGER, UNIQUE NULLS NOT DISTINCT (b, c), UNIQUE NULLS DISTINCT (c));
INSERT INTO n VALUES (NULL, 1, NULL);
INSERT INTO n VALUES (NULL, 2, NULL);
INSERT INTO n VALUES (1, 1, NULL);
INSERT INTO n VALUES (1, 1, NULL) ON CONFLICT (b, c) DO NOTHING;
INSERT INTO n VALUES (NULL, 7, 7) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING a, b, c;
INSERT INTO n VALUES (2, NULL, NULL), (3, NULL, NULL);
-- differs: partial indexes are refused
CREATE INDEX ON n (a) WHERE a > 0;

-- A dropped column takes along every index that has it, also by INCLUDE.
ALTER TABLE t DROP COLUMN a;
DROP INDEX t_a;
DROP INDEX t_b;
INSERT INTO t VALUES (6, 'x', 100);
ALTER TABLE t DROP COLUMN a CASCADE;
INSERT INTO t VALUES (6, 'x', 100);
