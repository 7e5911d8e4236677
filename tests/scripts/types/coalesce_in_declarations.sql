-- Shows coalesce in DEFAULT, CHECK and generated columns, values of two types included.

CREATE TABLE t (
    a INTEGER,
    b BIGINT DEFAULT coalesce(NULL, 5),
    c TEXT CHECK (coalesce(c, 'ok') <> 'bad'),
    d BIGINT GENERATED ALWAYS AS (coalesce(a, b, 0)) STORED
);
INSERT INTO t (a, c) VALUES (1, NULL), (NULL, 'x');
INSERT INTO t VALUES (NULL, NULL, NULL);
INSERT INTO t (c) VALUES ('bad');
UPDATE t SET a = b WHERE a IS NULL;
SELECT a, b, c, d FROM t ORDER BY a, b;
