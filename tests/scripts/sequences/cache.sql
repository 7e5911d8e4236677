-- Shows CACHE: a session takes so many values at a time, and what it does not give is lost.

CREATE SEQUENCE s CACHE 10;
SELECT nextval('s'), nextval('s'), lastval();
SELECT last_value, cache_size FROM pg_sequences WHERE sequencename = 's';
SELECT seqcache FROM pg_sequence;
-- The session forgets what it took.
DISCARD SEQUENCES;
SELECT nextval('s');
SELECT nextval('s') FROM generate_series(1, 12);
SELECT last_value FROM pg_sequences WHERE sequencename = 's';

-- A value that is set, a restart and another step end what was taken before.
SELECT setval('s', 100);
SELECT nextval('s');
ALTER SEQUENCE s RESTART WITH 7;
SELECT nextval('s');
ALTER SEQUENCE s INCREMENT 5 CACHE 3;
SELECT nextval('s');
SELECT nextval('s');
BEGIN;
SELECT nextval('s');
ROLLBACK;
SELECT nextval('s');
SELECT last_value, cache_size FROM pg_sequences WHERE sequencename = 's';

-- At its end a sequence gives what there is.
CREATE SEQUENCE e MAXVALUE 5 CACHE 3;
SELECT nextval('e') FROM generate_series(1, 5);
SELECT nextval('e');
CREATE SEQUENCE c MAXVALUE 3 CYCLE CACHE 2;
SELECT nextval('c') FROM generate_series(1, 7);
CREATE SEQUENCE d INCREMENT -2 CACHE 20 MINVALUE -10;
SELECT nextval('d') FROM generate_series(1, 3);
SELECT last_value FROM pg_sequences WHERE sequencename = 'd';

-- Behind a column too.
CREATE TABLE t (id INTEGER GENERATED ALWAYS AS IDENTITY (CACHE 4) PRIMARY KEY, x INTEGER);
INSERT INTO t (x) VALUES (1), (2), (3) RETURNING id;
DISCARD SEQUENCES;
INSERT INTO t (x) VALUES (4), (5) RETURNING id;
ALTER TABLE t ALTER id SET CACHE 1;
INSERT INTO t (x) VALUES (6) RETURNING id;
TRUNCATE t RESTART IDENTITY;
INSERT INTO t (x) VALUES (7) RETURNING id;

CREATE SEQUENCE z CACHE 0;
ALTER SEQUENCE s CACHE -1;
