-- The columns of a view stay what they were when it was made, are renamed on their own, and are described by their types.
CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c NUMERIC(8, 2));
CREATE TABLE u (a INTEGER, d INTEGER);
INSERT INTO t VALUES (1, 'one', 1.5), (2, 'two', 2.5);
INSERT INTO u VALUES (1, 10), (2, 20);
CREATE VIEW every AS SELECT * FROM t;
CREATE VIEW inner_star AS SELECT * FROM (SELECT * FROM t) AS s;
CREATE VIEW joined AS SELECT * FROM t NATURAL JOIN u;
CREATE VIEW over_view AS SELECT * FROM every;
CREATE VIEW counted AS SELECT count(*) FROM t;

-- A column added later does not show up.
ALTER TABLE t ADD d INTEGER DEFAULT 7;
SELECT * FROM every ORDER BY a;
SELECT * FROM inner_star ORDER BY a;
SELECT * FROM joined ORDER BY a;
SELECT * FROM over_view ORDER BY a;
SELECT * FROM counted;
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'joined' ORDER BY ordinal_position;

-- Nor does one that is dropped and added again.
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t DROP COLUMN c CASCADE;
CREATE VIEW every AS SELECT * FROM t;
CREATE VIEW two AS SELECT a, b FROM t;
ALTER TABLE t ADD c INTEGER;
SELECT * FROM every ORDER BY a;
ALTER TABLE t DROP COLUMN c;
ALTER TABLE t DROP COLUMN d;
SELECT * FROM two ORDER BY a;

-- Names of a view's columns.
CREATE VIEW over_two AS SELECT * FROM two;
CREATE VIEW over_b AS SELECT length(b) AS l FROM two;
ALTER VIEW two RENAME COLUMN b TO words;
ALTER VIEW two RENAME a TO id;
SELECT * FROM two ORDER BY id;
SELECT * FROM over_two ORDER BY a;
SELECT * FROM over_b ORDER BY l;
SELECT b FROM two;
ALTER VIEW two RENAME COLUMN b TO x;
ALTER VIEW two RENAME COLUMN words TO id;
ALTER VIEW nowhere RENAME COLUMN a TO b;
ALTER VIEW IF EXISTS nowhere RENAME COLUMN a TO b;
ALTER VIEW t RENAME COLUMN a TO b;
ALTER TABLE two RENAME COLUMN words TO b;
SELECT * FROM two ORDER BY id;
ALTER VIEW every RENAME COLUMN b TO "B b";
SELECT "B b" FROM every ORDER BY 1;
ALTER TABLE t RENAME COLUMN b TO text;
SELECT * FROM every ORDER BY a;
SELECT * FROM two ORDER BY id;
SELECT * FROM over_two ORDER BY a;
BEGIN;
ALTER VIEW two RENAME COLUMN id TO key;
SELECT key FROM two ORDER BY key;
ROLLBACK;
SELECT id FROM two ORDER BY id;
-- differs: defaults of a view's columns are refused
ALTER VIEW two ALTER COLUMN id SET DEFAULT 3;

-- CREATE OR REPLACE keeps the columns, and may add some.
CREATE OR REPLACE VIEW two AS SELECT a AS id FROM t;
CREATE OR REPLACE VIEW two AS SELECT a AS id, text AS c FROM t;
CREATE OR REPLACE VIEW two AS SELECT a AS id, a AS b FROM t;
CREATE OR REPLACE VIEW two AS SELECT a AS id, upper(text) AS b, a + 1 AS more FROM t;
SELECT * FROM two ORDER BY id;
SELECT * FROM over_two ORDER BY a;
CREATE OR REPLACE VIEW twice AS SELECT count(*), count(a) FROM t;

-- Types.
CREATE VIEW typed AS SELECT
    CASE WHEN a > 1 THEN 1 ELSE 2.5 END AS n,
    CASE WHEN a > 1 THEN a ELSE 3::BIGINT END AS big,
    coalesce(a, 2.5) AS c,
    ARRAY[a, 2] AS list,
    array_agg(text) AS texts,
    count(*) AS k,
    a / 2.0 AS q,
    now() AS t
    FROM t GROUP BY a, text;
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'typed'::regclass ORDER BY attnum;
SELECT column_name, data_type, udt_name FROM information_schema.columns WHERE table_name = 'typed' ORDER BY ordinal_position;
