-- Shows CREATE TABLE (LIKE ...), CREATE TABLE AS and SELECT INTO.

CREATE TABLE p (id INTEGER PRIMARY KEY);
INSERT INTO p VALUES (1), (2);
CREATE TABLE t (
    id INTEGER GENERATED ALWAYS AS IDENTITY (START WITH 10) PRIMARY KEY,
    p INTEGER NOT NULL DEFAULT 1 REFERENCES p,
    name VARCHAR(5) UNIQUE CHECK (name <> ''),
    twice INTEGER GENERATED ALWAYS AS (p * 2) STORED
);
CREATE INDEX ON t (p DESC);
CREATE UNIQUE INDEX ON t (twice, name);

-- Names, types and NOT NULL alone.
CREATE TABLE bare (LIKE t);
INSERT INTO bare VALUES (1, 99, '', 5), (1, 99, '', 5);
INSERT INTO bare VALUES (1, NULL, '', 5);
INSERT INTO bare VALUES (1, 1, 'longer', 5);
INSERT INTO bare (p) VALUES (1);
SELECT id, p, name, twice FROM bare ORDER BY id;

-- Everything; foreign keys are never copied.
CREATE TABLE whole (extra INTEGER, LIKE t INCLUDING ALL, last TEXT);
INSERT INTO whole (extra, name) VALUES (1, 'a'), (2, 'b');
INSERT INTO whole (name) VALUES ('');
INSERT INTO whole (name) VALUES ('a');
INSERT INTO whole (p, name) VALUES (99, 'c');
SELECT id, p, name, twice, extra FROM whole ORDER BY id;
INSERT INTO t (name) VALUES ('t');
SELECT id FROM t;
SELECT constraint_name FROM information_schema.table_constraints
WHERE table_name = 'whole' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;

-- Parts, in and out.
CREATE TABLE parts (LIKE t INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
INSERT INTO parts (id, name) VALUES (1, '');
INSERT INTO parts (id, name) VALUES (1, 'x');
SELECT id, p, name, twice FROM parts;
CREATE TABLE partly (LIKE t INCLUDING ALL EXCLUDING INDEXES EXCLUDING IDENTITY EXCLUDING GENERATED, PRIMARY KEY (name));
INSERT INTO partly (id, name) VALUES (1, 'x'), (1, 'y');
INSERT INTO partly (id, name) VALUES (1, 'x');
CREATE TABLE two (LIKE p, LIKE p);
CREATE TABLE two (LIKE nothing);
CREATE TABLE two (LIKE p INCLUDING NONSENSE);
CREATE TABLE IF NOT EXISTS partly (LIKE p);

-- A query's columns and rows.
CREATE TABLE copy AS SELECT id, id * 10 AS tenfold, 'text' AS word FROM p;
SELECT id, tenfold, word FROM copy ORDER BY id;
CREATE TABLE named (a, b) AS SELECT id, id + 1, 1.5 AS c FROM p WITH DATA;
SELECT a, b, c FROM named ORDER BY a;
CREATE TABLE empty AS SELECT id, name FROM whole WITH NO DATA;
SELECT count(*) FROM empty;
INSERT INTO empty VALUES (1, 'longer');
SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'empty' ORDER BY ordinal_position;
CREATE TABLE copy AS SELECT 1 AS a;
CREATE TABLE IF NOT EXISTS copy AS SELECT 1 AS a;
CREATE TABLE wrong AS SELECT 1 AS a, 2 AS a;
CREATE TABLE wrong (a, b) AS SELECT 1;
CREATE TABLE wrong (a INTEGER) AS SELECT 1;
CREATE TABLE wrong (a);
CREATE TABLE wrong AS SELECT nothing FROM p;
CREATE TABLE valued (a, b) AS VALUES (1, 'x'), (2, 'y');
ALTER TABLE valued ADD PRIMARY KEY (a), ADD FOREIGN KEY (a) REFERENCES p;
DELETE FROM p WHERE id = 1;
SELECT id INTO chosen FROM p WHERE id > 1;
SELECT id FROM chosen;
BEGIN;
CREATE TABLE gone AS SELECT id FROM p;
INSERT INTO gone VALUES (7);
SELECT id FROM gone ORDER BY id;
ROLLBACK;
SELECT id FROM gone;
