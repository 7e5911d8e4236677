-- Shows what a foreign key cannot be over: columns twice, columns of the system, views and sequences, types that do not compare.

CREATE TABLE parent (a INTEGER, b INTEGER, c INTEGER, PRIMARY KEY (a, b));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES parent (a, a));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x) REFERENCES parent (a, a));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x) REFERENCES parent (tableoid));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (ctid) REFERENCES parent (a));
CREATE TABLE child (x INTEGER, y INTEGER, FOREIGN KEY (x, xmin) REFERENCES parent);
CREATE VIEW seen AS SELECT a, b FROM parent;
CREATE TABLE child (x INTEGER REFERENCES seen);
CREATE SEQUENCE counted;
CREATE TABLE child (x INTEGER REFERENCES counted (last_value));
CREATE TABLE child (x VARCHAR(7), y NUMERIC(4,2), FOREIGN KEY (x, y) REFERENCES parent);
CREATE TABLE child (x JSON, PRIMARY KEY (x));

-- Names are in quotes where they need them.
CREATE SCHEMA "S 2";
CREATE TABLE "S 2"."My Parent" (id INTEGER PRIMARY KEY);
CREATE TABLE "My Child" (id INTEGER REFERENCES "S 2"."My Parent");
DROP TABLE "S 2"."My Parent";
ALTER TABLE "S 2"."My Parent" DROP CONSTRAINT "My Parent_pkey";
DROP SCHEMA "S 2" CASCADE;
