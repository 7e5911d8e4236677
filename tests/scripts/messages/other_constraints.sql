-- Shows the messages of the constraints beside foreign keys: duplicate keys, NULL, CHECK, values that do not fit.

CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a INTEGER, b TEXT,
    small SMALLINT, price NUMERIC(5,2), code VARCHAR(3), fixed CHAR(3), flag BOOLEAN, day DATE,
    CONSTRAINT t_a_b UNIQUE (a, b),
    CONSTRAINT a_is_positive CHECK (a > 0)
);
INSERT INTO t (id, a, b) VALUES (1, 1, 'x');
INSERT INTO t (id, a, b) VALUES (2, 1, 'x');
INSERT INTO t (id) VALUES (2), (2), (3), (3);
INSERT INTO t (id) VALUES (1);
INSERT INTO t (id, a) VALUES (2, 0);
INSERT INTO t (id, a) VALUES (2, NULL);
INSERT INTO t (a) VALUES (5);
UPDATE t SET id = NULL;
UPDATE t SET a = -1;
INSERT INTO t (id, small) VALUES (9, 40000);
INSERT INTO t (id, price) VALUES (9, 1000);
INSERT INTO t (id, price) VALUES (9, 999.999);
INSERT INTO t (id, code) VALUES (9, 'abcd');
INSERT INTO t (id, fixed) VALUES (9, 'abcd');
INSERT INTO t (id, flag) VALUES (9, 'maybe');
INSERT INTO t (id, day) VALUES (9, '2026-02-30');
INSERT INTO t (id, small) VALUES (9, 'x');
INSERT INTO t (id) VALUES (3000000000);
-- Blanks at the end are cut off, and a number is rounded.
INSERT INTO t (id, code, fixed, price) VALUES (9, 'abc  ', 'ab', 1.005);
SELECT id, a, b, code, fixed, price FROM t ORDER BY id;
