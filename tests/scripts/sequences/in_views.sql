-- Shows that a view depends on the sequences its query names: they cannot be dropped without it, and follow when they are renamed.

CREATE SEQUENCE s;
CREATE SEQUENCE other;
CREATE VIEW w AS SELECT nextval('s') AS n, 's' AS text;
CREATE VIEW v AS SELECT w.n FROM w;
CREATE TABLE t (a INTEGER DEFAULT nextval('s'::regclass));
DROP SEQUENCE s;
DROP SEQUENCE other;
SELECT * FROM w;
ALTER SEQUENCE s RENAME TO q;
SELECT * FROM w;
CREATE SCHEMA shop;
ALTER SEQUENCE q SET SCHEMA shop;
SELECT * FROM v;
DROP SEQUENCE shop.q;
DROP SCHEMA shop;
DROP SEQUENCE shop.q CASCADE;
SELECT * FROM w;
INSERT INTO t DEFAULT VALUES RETURNING a;
CREATE TABLE owning (id SERIAL, x INTEGER);
CREATE VIEW last_id AS SELECT currval('owning_id_seq') AS id;
DROP TABLE owning;
ALTER TABLE owning DROP COLUMN id;
DROP TABLE owning CASCADE;
SELECT * FROM last_id;
