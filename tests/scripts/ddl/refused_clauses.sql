-- Shows that no clause is accepted and then ignored: what bowline does not have is refused, with a hint.
-- bowline only: what it does not have is refused in its own words.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE UNLOGGED TABLE t (id INTEGER);
CREATE TABLE t (id INTEGER) PARTITION BY RANGE (id);
CREATE TABLE t (id INTEGER) INHERITS (parent);
CREATE TABLE t (id INTEGER, EXCLUDE USING gist (id WITH =));
CREATE TABLE t (id INTEGER) TABLESPACE fast;
CREATE TABLE t (id INTEGER) WITH (fillfactor = 70);
CREATE TABLE t (a INTEGER[]);
CREATE TABLE t (a INTEGER COLLATE "de_DE");
CREATE INDEX i ON parent (id) WHERE id > 0;
CREATE INDEX i ON parent ((id + 1));
CREATE INDEX i ON parent USING gin (id);
CREATE INDEX CONCURRENTLY i ON parent (id);
CREATE TRIGGER t AFTER DELETE ON parent EXECUTE FUNCTION f();
CREATE FUNCTION f() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE MATERIALIZED VIEW m AS SELECT 1;
ALTER TABLE parent ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON parent TO PUBLIC;
LOCK TABLE parent;
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public';
