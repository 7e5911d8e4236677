-- Shows that blanks at the end of a literal do not count beside a CHAR(n) column, and do beside a text.

CREATE TABLE t (code CHAR(4) PRIMARY KEY, note TEXT);
INSERT INTO t VALUES ('ab', 'ab '), ('cd', 'cd');
SELECT code || '|' AS code FROM t WHERE code = 'ab   ';
SELECT code || '|' AS code FROM t WHERE code IN ('ab ', 'cd  ') ORDER BY code;
SELECT code || '|' AS code FROM t WHERE 'ab ' <> code;
SELECT code || '|' AS code FROM t WHERE note = 'ab';
SELECT code || '|' AS code FROM t WHERE note = 'ab ';
UPDATE t SET note = 'found' WHERE code = 'cd ' RETURNING code || '|' AS code;
DELETE FROM t WHERE code BETWEEN 'ab ' AND 'ab  ';
SELECT count(*) FROM t;

-- A VARCHAR column is compared as a CHAR too, a TEXT column as it is.
CREATE TABLE u (v VARCHAR(6), x TEXT);
INSERT INTO u VALUES ('cd  ', 'cd  '), ('cd', 'cd');
SELECT v || '|' AS one, x || '|' AS other FROM t JOIN u ON u.v = t.code ORDER BY other;
SELECT v || '|' AS one, x || '|' AS other FROM t JOIN u ON u.x = t.code ORDER BY other;
