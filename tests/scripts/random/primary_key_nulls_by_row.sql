-- Shows which column a primary key over columns with NULLs is refused for: the first that is NULL in the first row with one.

CREATE TABLE t (a INTEGER, b INTEGER);
INSERT INTO t VALUES (1, 1), (2, NULL), (NULL, 3), (NULL, NULL);
ALTER TABLE t ADD PRIMARY KEY (b, a);
DELETE FROM t WHERE a = 2;
ALTER TABLE t ADD PRIMARY KEY (b, a);
UPDATE t SET a = 9 WHERE b = 3;
ALTER TABLE t ADD PRIMARY KEY (b, a);
UPDATE t SET a = 0 WHERE a IS NULL;
ALTER TABLE t ADD PRIMARY KEY (b, a);
DELETE FROM t WHERE b IS NULL;
ALTER TABLE t ADD PRIMARY KEY (b, a);
