-- Shows that ON CONFLICT DO NOTHING leaves out a new row only for a row that is there: one that was itself left out is not.

CREATE TABLE t (b INTEGER UNIQUE, d INTEGER PRIMARY KEY);
INSERT INTO t VALUES (NULL, 5);
INSERT INTO t VALUES (2, 5), (5, 1), (2, 8), (2, 9), (7, 8), (7, 10) ON CONFLICT DO NOTHING;
SELECT * FROM t ORDER BY d;
