-- Shows that a CHECK, a computed column and CASE compare a CHAR as queries do: blanks at the end do not count.

CREATE TABLE t (
    id INTEGER PRIMARY KEY,
    a CHAR(3) DEFAULT 'd' CONSTRAINT not_d CHECK (a <> 'd '),
    is_e BOOLEAN GENERATED ALWAYS AS (a = 'e ') STORED
);
INSERT INTO t VALUES (1, 'd');
INSERT INTO t VALUES (1, DEFAULT);
INSERT INTO t (id) VALUES (1);
INSERT INTO t VALUES (1, 'e'), (2, 'f');
UPDATE t SET a = 'd' WHERE id = 1;
SELECT id, is_e, CASE a WHEN 'e ' THEN 1 WHEN 'f' THEN 2 END AS number FROM t ORDER BY id;
CREATE TABLE v (a VARCHAR(3) CONSTRAINT not_d CHECK (a <> 'd '));
INSERT INTO v VALUES ('d');
INSERT INTO v VALUES ('d ');
