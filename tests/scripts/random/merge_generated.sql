-- Shows that MERGE refuses to insert a value into a computed column, also where no row comes to it; and INSERT, before it reads
-- any value.

CREATE TABLE t (a INTEGER PRIMARY KEY, g INTEGER GENERATED ALWAYS AS (a + 1) STORED);
MERGE INTO t USING t AS u ON u.a = t.a WHEN NOT MATCHED THEN INSERT (a, g) VALUES (u.a, u.a);
MERGE INTO t USING (VALUES (1)) AS u (a) ON u.a = t.a WHEN NOT MATCHED THEN INSERT (a, g) VALUES (u.a, DEFAULT);
SELECT a, g FROM t;
CREATE TABLE s (a VARCHAR(3), b INTEGER, g BIGINT GENERATED ALWAYS AS (b + 1) STORED);
INSERT INTO s (a, b, g) VALUES ('abcd', 1, 5);
INSERT INTO s (a, b, g) VALUES ('abcd', 1, DEFAULT);
INSERT INTO s SELECT 'abcd', 1, 5;
