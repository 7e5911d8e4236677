-- Shows CREATE and DROP INDEX, unique indexes as candidate keys, views, and COMMENT ON.

CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT);
INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'), (3, 20, 'z');
CREATE INDEX t_a ON t (a);
CREATE INDEX t_a ON t (b);
CREATE INDEX IF NOT EXISTS t_a ON t (b);
CREATE UNIQUE INDEX t_a_unique ON t (a);
CREATE UNIQUE INDEX t_b_unique ON t (b);
INSERT INTO t VALUES (4, 30, 'x');
CREATE INDEX t_c ON t (c);
CREATE INDEX t_n ON nowhere (a);
CREATE TABLE r (b TEXT REFERENCES t (b));
DROP INDEX t_b_unique;
DROP TABLE r;
DROP INDEX t_b_unique;
INSERT INTO t VALUES (4, 30, 'x');
DROP INDEX t_a;
DROP INDEX t_a;
DROP INDEX IF EXISTS t_a;
DROP INDEX t_pkey;

CREATE VIEW big AS SELECT id, a FROM t WHERE a >= 20;
SELECT id, a FROM big ORDER BY id;
CREATE VIEW big AS SELECT 1;
CREATE VIEW wrong AS SELECT nothing FROM t;
SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name;
DROP TABLE t;
DROP VIEW big;
DROP VIEW big;
DROP VIEW IF EXISTS big;
DROP TABLE big;

COMMENT ON TABLE t IS 'A table';
COMMENT ON COLUMN t.a IS 'A column';
COMMENT ON CONSTRAINT t_pkey ON t IS 'A key';
COMMENT ON TABLE t IS NULL;
COMMENT ON TABLE nowhere IS 'x';
COMMENT ON COLUMN t.nothing IS 'x';
COMMENT ON CONSTRAINT nothing ON t IS 'x';
DROP TABLE t;
