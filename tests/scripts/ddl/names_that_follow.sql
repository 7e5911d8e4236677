-- Renamed and moved: tables, columns, views, indexes, sequences and schemas, and what names them goes on.
CREATE SCHEMA s;
CREATE TABLE t (id SERIAL PRIMARY KEY, a INTEGER, b TEXT);
CREATE TABLE c (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t ON DELETE CASCADE);
INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y');
INSERT INTO c VALUES (10, 1), (20, 2);
CREATE VIEW plain AS SELECT a, b FROM t WHERE a > 0;
CREATE VIEW qualified AS SELECT t.a + 1 AS more, public.c.id FROM t JOIN public.c ON c.t = t.id;
CREATE VIEW parts AS WITH p AS (SELECT a FROM t) SELECT p.a, (SELECT max(a) FROM t AS other) AS most FROM p;
CREATE VIEW over AS SELECT a FROM plain;

-- A table that views read.
ALTER TABLE t RENAME TO renamed;
SELECT * FROM plain ORDER BY a;
SELECT * FROM qualified ORDER BY more;
SELECT * FROM parts ORDER BY a;
INSERT INTO renamed (a, b) VALUES (3, 'z') RETURNING id;
SELECT * FROM t;

-- A column that views read keeps its name in them.
ALTER TABLE renamed RENAME COLUMN a TO aa;
ALTER TABLE renamed RENAME b TO bb;
SELECT * FROM plain ORDER BY a;
SELECT * FROM qualified ORDER BY more;
SELECT * FROM parts ORDER BY a;
SELECT * FROM over ORDER BY a;
ALTER TABLE renamed RENAME COLUMN aa TO aaa;
SELECT * FROM plain ORDER BY a;
SELECT * FROM parts ORDER BY a;
DROP TABLE renamed;
ALTER TABLE renamed DROP COLUMN bb;
SELECT aaa, bb FROM renamed ORDER BY aaa;

-- Views, indexes and sequences.
ALTER VIEW plain RENAME TO simple;
SELECT * FROM over ORDER BY a;
SELECT * FROM plain;
ALTER VIEW renamed RENAME TO x;
ALTER VIEW nowhere RENAME TO x;
ALTER VIEW IF EXISTS nowhere RENAME TO x;
ALTER TABLE simple RENAME TO plain;
ALTER VIEW plain RENAME TO over;
ALTER INDEX t_pkey RENAME TO renamed_pkey;
INSERT INTO renamed (id) VALUES (1) ON CONFLICT ON CONSTRAINT renamed_pkey DO NOTHING;
SELECT conname FROM pg_constraint WHERE conrelid = 'renamed'::regclass AND contype = 'p';
ALTER SEQUENCE t_id_seq RENAME TO counter;
INSERT INTO renamed (aaa) VALUES (4) RETURNING id;
SELECT column_default FROM information_schema.columns WHERE table_name = 'renamed' AND column_name = 'id';
SELECT nextval('counter');

-- To another schema and back.
ALTER TABLE renamed SET SCHEMA nowhere;
ALTER TABLE renamed SET SCHEMA s;
SELECT * FROM plain ORDER BY a;
SELECT * FROM qualified ORDER BY more;
INSERT INTO s.renamed (aaa) VALUES (5) RETURNING id;
INSERT INTO c VALUES (30, 99);
DELETE FROM s.renamed WHERE id = 1;
SELECT * FROM c ORDER BY id;
SELECT currval('s.counter');
ALTER SEQUENCE s.counter SET SCHEMA public;
CREATE TABLE renamed (a INTEGER);
ALTER TABLE s.renamed SET SCHEMA public;
DROP TABLE renamed;
ALTER VIEW plain SET SCHEMA s;
SELECT * FROM over ORDER BY a;
ALTER SCHEMA s RENAME TO moved;
SELECT count(*) FROM moved.plain;
SELECT * FROM over ORDER BY a;
INSERT INTO moved.renamed (aaa) VALUES (6) RETURNING id;
SELECT * FROM s.renamed;
ALTER SCHEMA s RENAME TO x;
ALTER SCHEMA moved RENAME TO public;
ALTER SCHEMA moved RENAME TO pg_own;
ALTER TABLE moved.renamed SET SCHEMA public;
SELECT count(*) FROM renamed;

-- Temporary tables stay where they are.
CREATE TEMP TABLE own (a INTEGER);
ALTER TABLE own SET SCHEMA public;
ALTER TABLE renamed SET SCHEMA pg_temp;
ALTER TABLE own RENAME TO still_own;
SELECT count(*) FROM pg_temp.still_own;

-- The options of a sequence.
CREATE SEQUENCE q START 5;
SELECT nextval('q');
ALTER SEQUENCE q RESTART;
SELECT nextval('q');
ALTER SEQUENCE q INCREMENT BY 10 MAXVALUE 30 RESTART WITH 20 CYCLE;
SELECT nextval('q'), nextval('q'), nextval('q');
ALTER SEQUENCE q NO CYCLE NO MAXVALUE START WITH 7;
ALTER SEQUENCE q RESTART WITH -5;
ALTER SEQUENCE q MINVALUE 10 MAXVALUE 5;
ALTER SEQUENCE q OWNED BY renamed.aaa;
DROP TABLE renamed CASCADE;
SELECT nextval('q');
CREATE SEQUENCE r OWNED BY c.t;
ALTER SEQUENCE r OWNED BY NONE;
ALTER SEQUENCE r OWNED BY c.nowhere;
DROP TABLE c;
SELECT nextval('r');
BEGIN;
ALTER SEQUENCE r RESTART WITH 100;
SELECT nextval('r');
ROLLBACK;
SELECT nextval('r');
ALTER SEQUENCE IF EXISTS nowhere RESTART;
ALTER SEQUENCE nowhere RESTART;
CREATE TABLE i (a INTEGER GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE i_a_seq OWNED BY NONE;
ALTER SEQUENCE i_a_seq RESTART WITH 9;
INSERT INTO i DEFAULT VALUES RETURNING a;
