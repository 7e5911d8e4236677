-- Shows that a temporary declaration means what it meant when it was made, though a temporary relation of the same name is made later.

CREATE SEQUENCE s START 100;
CREATE TABLE t (a INTEGER);
INSERT INTO t VALUES (1);
CREATE TEMPORARY TABLE temp_t (a INTEGER DEFAULT nextval('s'::regclass), b INTEGER);
CREATE TEMPORARY VIEW temp_v AS SELECT a FROM t;
INSERT INTO temp_t (b) VALUES (1) RETURNING *;
CREATE TEMPORARY SEQUENCE s START 5;
CREATE TEMPORARY TABLE t (a INTEGER);
INSERT INTO temp_t (b) VALUES (2) RETURNING *;
SELECT nextval('s') AS own, nextval('public.s') AS other;
SELECT * FROM temp_v;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'temp_t'::regclass;
DROP SEQUENCE public.s;
DROP SEQUENCE s;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'temp_t'::regclass;
INSERT INTO temp_t (b) VALUES (3) RETURNING *;
CREATE TEMPORARY TABLE temp_own (a INTEGER DEFAULT nextval('s'));
ALTER SEQUENCE s RENAME TO q;
INSERT INTO temp_own DEFAULT VALUES RETURNING *;
