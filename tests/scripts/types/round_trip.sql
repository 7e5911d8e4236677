-- Shows every type: what goes in, and the text it comes out as.

CREATE TABLE t (
    n INTEGER PRIMARY KEY, b BOOLEAN, s SMALLINT, i INTEGER, l BIGINT, d NUMERIC(10,3), r REAL, f DOUBLE PRECISION,
    x TEXT, v VARCHAR(10), c CHAR(5), y BYTEA, day DATE, h TIME, m TIMESTAMP, z TIMESTAMPTZ, p INTERVAL, u UUID, j JSON, k JSONB
);
INSERT INTO t (n, b, s, i, l) VALUES (1, true, 32767, 2147483647, 9223372036854775807), (2, false, -32768, -2147483648, -9223372036854775808), (3, 't', 0, 0, 0), (4, 'no', NULL, NULL, NULL);
SELECT n, b, s, i, l FROM t ORDER BY n;
INSERT INTO t (n, d, r, f) VALUES (10, 1.5, 1.5, 1.5), (11, -1234567.891, 0.1, 0.1), (12, 0, 1e10, 1e100), (13, 2.0005, -0.25, 1 / CAST(3 AS DOUBLE PRECISION));
SELECT n, d, r, f FROM t WHERE n BETWEEN 10 AND 13 ORDER BY n;
INSERT INTO t (n, x, v, c) VALUES (20, 'text', 'varchar', 'ab'), (21, '', '', ''), (22, 'größer 🪢', 'über', 'é'), (23, 'it''s', E'tab\there', 'abcde');
SELECT n, x, v, c FROM t WHERE n BETWEEN 20 AND 23 ORDER BY n;
INSERT INTO t (n, y) VALUES (30, '\xDEADBEEF'), (31, ''), (32, '\x00');
SELECT n, y FROM t WHERE n BETWEEN 30 AND 32 ORDER BY n;
INSERT INTO t (n, day, h, m, z) VALUES (40, '2026-02-28', '13:14:15', '2026-02-28 13:14:15.5', '2026-02-28 13:14:15+02'), (41, DATE '1999-12-31', TIME '00:00', TIMESTAMP '1999-12-31 23:59:59.999999', '1999-12-31 23:59:59Z');
SELECT n, day, h, m, z FROM t WHERE n BETWEEN 40 AND 41 ORDER BY n;
INSERT INTO t (n, p) VALUES (50, '1 day'), (51, '2 hours 30 minutes'), (52, '1 year 2 months');
SELECT n, p FROM t WHERE n BETWEEN 50 AND 52 ORDER BY n;
INSERT INTO t (n, u) VALUES (60, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');
SELECT n, u FROM t WHERE u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
INSERT INTO t (n, j, k) VALUES (70, '{"b": 1,  "a": [1, 2]}', '{"b": 1,  "a": [1, 2], "b": 3}');
SELECT n, j, k FROM t WHERE n = 70;

-- Refused.
INSERT INTO t (n, u) VALUES (99, 'not-a-uuid');
INSERT INTO t (n, j) VALUES (99, '{broken');
INSERT INTO t (n, k) VALUES (99, '{broken');
INSERT INTO t (n, day) VALUES (99, 'yesterday-ish');
INSERT INTO t (n, h) VALUES (99, '25:00');
INSERT INTO t (n, y) VALUES (99, '\xZZ');
INSERT INTO t (n, p) VALUES (99, 'a while');
INSERT INTO t (n, l) VALUES (99, 9223372036854775808);
INSERT INTO t (n, v) VALUES (99, 'much too long');
INSERT INTO t (n, d) VALUES (99, 12345678.0);
INSERT INTO t (n, b) VALUES (99, 5);
INSERT INTO t (n, i) VALUES (99, true);
SELECT count(*) FROM t WHERE n = 99;
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't' ORDER BY ordinal_position;
