-- Dates with intervals are timestamps; ORDER BY tells a column from a result of its name.
SELECT pg_typeof(DATE '2024-01-31' + INTERVAL '1 month');
SELECT DATE '2024-01-31' + INTERVAL '1 month';
SELECT DATE '2024-01-31' - INTERVAL '1 day' AS a, INTERVAL '1 hour' + DATE '2024-01-31' AS b;
CREATE TABLE d (d DATE, ts TIMESTAMP GENERATED ALWAYS AS (d + INTERVAL '90 minutes'), CHECK (d + INTERVAL '12 hours' > '2024-01-01'));
INSERT INTO d VALUES ('2024-02-29');
SELECT d + INTERVAL '1 day' AS a, d + INTERVAL '12 hours' AS b, d + 1 AS c, pg_typeof(d + 1) AS t, ts FROM d;
SELECT d FROM d WHERE d + INTERVAL '1 day' > '2024-02-29 12:00';
SELECT d FROM d WHERE d + INTERVAL '12 hours' = '2024-02-29 12:00' AND d - INTERVAL '1 hour' < d;
UPDATE d SET d = d + INTERVAL '36 hours' RETURNING d;
CREATE VIEW shown AS SELECT d - INTERVAL '1 hour' AS early FROM d;
SELECT data_type FROM information_schema.columns WHERE table_name = 'shown';

CREATE TABLE u (x TEXT, y INTEGER);
INSERT INTO u VALUES ('b', 1), ('a', 2);
SELECT x || '|' AS x FROM u ORDER BY u.x;
SELECT x || '|' AS x FROM u ORDER BY x;
SELECT x || '|' AS x FROM u ORDER BY u.x DESC, x;
SELECT x AS y, y AS x FROM u ORDER BY u.y;
SELECT x AS y, y AS x FROM u ORDER BY y;
SELECT -y AS y, x FROM u ORDER BY u.y, y;
SELECT max(x) AS x FROM u GROUP BY y ORDER BY u.y;
CREATE VIEW by_x AS SELECT x || '!' AS x FROM u ORDER BY u.x;
SELECT * FROM by_x ORDER BY x;

-- Default of a permanent table: the sequence that there was.
CREATE SEQUENCE s;
CREATE TABLE t (id BIGINT DEFAULT nextval('s'), v INTEGER);
CREATE TEMPORARY SEQUENCE s START 100;
INSERT INTO t (v) VALUES (1) RETURNING id;
SELECT nextval('s');
CREATE TEMPORARY TABLE own (id BIGINT DEFAULT nextval('s'), v INTEGER);
INSERT INTO own (v) VALUES (1) RETURNING id;
INSERT INTO t (v) VALUES (2) RETURNING id;
DROP SEQUENCE pg_temp.s CASCADE;
INSERT INTO t (v) VALUES (3) RETURNING id;

-- What the engine fills itself is referenced by nothing.
CREATE TABLE p (a BIGINT REFERENCES pg_catalog.pg_class (oid));
CREATE TABLE p (a BIGINT REFERENCES pg_class (oid));
CREATE TABLE p (a BIGINT REFERENCES pg_class);
CREATE TABLE p (a TEXT REFERENCES information_schema.tables (table_name));
