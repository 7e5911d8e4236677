-- Shows that a primary key over columns with NULLs is refused for the first of them in the table's order.

CREATE TABLE t (a INTEGER, b INTEGER);
INSERT INTO t VALUES (NULL, NULL), (1, NULL);
ALTER TABLE t ADD PRIMARY KEY (b, a);
DELETE FROM t WHERE a IS NULL;
ALTER TABLE t ADD PRIMARY KEY (b, a);
