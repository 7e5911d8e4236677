-- Temporary tables: made, filled, altered, truncated and dropped like any other, in a schema of the session's own.
CREATE TEMP TABLE t (id SERIAL PRIMARY KEY, v TEXT NOT NULL DEFAULT 'x', CHECK (v <> ''));
INSERT INTO t (v) VALUES ('a'), ('b') RETURNING id, v;
INSERT INTO t DEFAULT VALUES RETURNING id, v;
INSERT INTO t (v) VALUES ('');
INSERT INTO t VALUES (1, 'again');
INSERT INTO t VALUES (1, 'again') ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING v;
UPDATE t SET v = v || '!' WHERE id > 1;
DELETE FROM t WHERE id = 3;
SELECT * FROM t ORDER BY id;
SELECT currval('t_id_seq'), nextval('pg_temp.t_id_seq');

-- Under its schema's name, which stands for the session's own.
SELECT count(*) FROM pg_temp.t;
CREATE TABLE pg_temp.u (a INTEGER);
SELECT count(*) FROM u;
CREATE TEMP TABLE public.u (a INTEGER);
CREATE TEMPORARY TABLE u (a INTEGER);
CREATE TEMPORARY TABLE IF NOT EXISTS u (b INTEGER);
CREATE LOCAL TEMPORARY TABLE w (a INTEGER);
CREATE LOCAL TEMP TABLE x (a INTEGER GENERATED ALWAYS AS IDENTITY, b INTEGER);
INSERT INTO x (b) VALUES (10), (20) RETURNING a;
TRUNCATE x RESTART IDENTITY;
INSERT INTO x (b) VALUES (30) RETURNING a;

-- Altered like any other.
ALTER TABLE t ADD COLUMN n INTEGER DEFAULT 7;
ALTER TABLE t ALTER COLUMN v TYPE VARCHAR(20);
ALTER TABLE t ADD CONSTRAINT t_n UNIQUE (id, n);
CREATE INDEX t_v ON t (v);
CREATE UNIQUE INDEX ON t (v, n);
ALTER TABLE t RENAME COLUMN n TO m;
SELECT * FROM t ORDER BY id;
ALTER TABLE t RENAME TO renamed;
SELECT count(*) FROM t;
SELECT count(*) FROM pg_temp.renamed;
COMMENT ON TABLE renamed IS 'for now';
DROP INDEX t_v;
DROP TABLE renamed;
SELECT nextval('t_id_seq');

-- Made from queries.
CREATE TEMP TABLE q AS SELECT 1 AS a, 'one' AS b;
CREATE TEMPORARY TABLE IF NOT EXISTS q AS SELECT 2 AS a;
SELECT * FROM q;
CREATE TEMP TABLE empty (k) AS SELECT a FROM q WITH NO DATA;
SELECT count(k) FROM empty;
SELECT a, b INTO TEMP r FROM q;
SELECT 5 AS five INTO TEMPORARY TABLE s;
SELECT r.a, five FROM r, s;
CREATE TEMP TABLE l (LIKE q, PRIMARY KEY (a));
INSERT INTO l VALUES (1, 'x'), (1, 'y');

-- A temporary table hides a permanent one of its name; views go on to read what they were made over.
CREATE TABLE pair (a INTEGER PRIMARY KEY);
INSERT INTO pair VALUES (1), (2);
CREATE VIEW over_pair AS SELECT count(*) AS n FROM pair;
CREATE TEMP TABLE pair (b TEXT);
INSERT INTO pair VALUES ('mine');
SELECT * FROM pair;
SELECT * FROM public.pair ORDER BY a;
SELECT * FROM over_pair;
DELETE FROM public.pair WHERE a = 1;
SELECT * FROM over_pair;
ALTER TABLE pair ADD COLUMN c INTEGER;
SELECT b, c FROM pair;
DROP TABLE pair;
SELECT * FROM pair;
SELECT * FROM over_pair;

-- The sequence of a permanent table goes on under one of the same name.
CREATE TABLE counted (id SERIAL, v INTEGER);
INSERT INTO counted (v) VALUES (1) RETURNING id;
CREATE TEMP TABLE counted (id SERIAL, v INTEGER);
INSERT INTO counted (v) VALUES (1), (2), (3) RETURNING id;
INSERT INTO public.counted (v) VALUES (2) RETURNING id;
DROP TABLE counted;
INSERT INTO counted (v) VALUES (3) RETURNING id;

-- Temporary views and sequences; a view over a temporary table is one.
CREATE TEMP VIEW tv AS SELECT count(*) AS n FROM counted;
SELECT * FROM tv;
CREATE VIEW rv AS SELECT a FROM r;
SELECT * FROM pg_temp.rv;
DROP TABLE r;
DROP TABLE r CASCADE;
SELECT * FROM rv;
CREATE TEMP SEQUENCE ts START 5;
SELECT nextval('ts'), nextval('pg_temp.ts'), lastval();
DROP SEQUENCE ts;
DROP VIEW tv;

-- DISCARD TEMP drops them all, and can be rolled back.
BEGIN;
DISCARD TEMP;
SELECT count(*) FROM q;
ROLLBACK;
SELECT count(*) FROM q;
DISCARD TEMP;
SELECT count(*) FROM q;
SELECT count(*) FROM counted;
CREATE TEMP TABLE q (a INTEGER);
DISCARD ALL;
SELECT count(*) FROM q;
