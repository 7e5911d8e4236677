-- Shows that a row is changed by one part of a statement alone: the part written first; later ones leave it.
-- bowline only: PostgreSQL says that it is unpredictable which of the parts wins.

CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
CREATE TABLE u (id INTEGER PRIMARY KEY, t_id INTEGER CONSTRAINT fk_t REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE);
INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO u VALUES (10, 1), (20, 2), (30, 3);
WITH one AS (UPDATE t SET v = 'first' WHERE id = 1 RETURNING id) UPDATE t SET v = 'second' WHERE id <= 2 RETURNING id, v;
WITH one AS (UPDATE t SET v = 'updated' WHERE id = 1) DELETE FROM t RETURNING id;
SELECT id, v FROM t ORDER BY id;
SELECT id, t_id FROM u ORDER BY id;
WITH one AS (DELETE FROM t WHERE id = 1) UPDATE t SET v = 'too late' RETURNING id;
WITH one AS (INSERT INTO t VALUES (5, 'new')) DELETE FROM t RETURNING id;
SELECT id, v FROM t ORDER BY id;
-- ON CONFLICT does not meet the row that an earlier part removed.
WITH one AS (DELETE FROM t WHERE id = 5) INSERT INTO t VALUES (5, 'anew') ON CONFLICT DO NOTHING;
WITH one AS (DELETE FROM t WHERE id = 5) INSERT INTO t VALUES (5, 'once more') ON CONFLICT (id) DO UPDATE SET v = 'held';
SELECT id, v FROM t ORDER BY id;
-- MERGE refuses, as for a row that two rows of the source match.
WITH one AS (UPDATE t SET v = 'x' WHERE id = 5) MERGE INTO t USING (SELECT 5 AS id) AS s ON t.id = s.id WHEN MATCHED THEN DELETE;
-- EXPLAIN shows every part.
INSERT INTO t VALUES (6, 'f'), (7, 'g');
INSERT INTO u VALUES (60, 6), (70, 7);
EXPLAIN WITH d AS (DELETE FROM t WHERE id = 6 RETURNING id) INSERT INTO u SELECT 61, 5 FROM d;
EXPLAIN WITH d AS (DELETE FROM t WHERE id = 6), i AS (INSERT INTO t VALUES (8, 'h')) SELECT 1;
EXPLAIN WITH d AS (DELETE FROM t WHERE id = 99) UPDATE u SET id = 62 WHERE id = 60;
EXPLAIN MERGE INTO t USING (VALUES (5), (6), (9)) AS s (id) ON t.id = s.id
  WHEN MATCHED AND t.id = 6 THEN DELETE WHEN MATCHED THEN UPDATE SET v = 'm' WHEN NOT MATCHED THEN INSERT VALUES (id, 'n');
SELECT id, v FROM t ORDER BY id;
SELECT id, t_id FROM u ORDER BY id;
