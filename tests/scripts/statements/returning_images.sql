-- Shows old and new in RETURNING: each row as it was and as it is.
-- bowline only: they came with PostgreSQL 18, and the PostgreSQL that is compared with may be older.

CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n NUMERIC(6,2));
CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER CONSTRAINT fk_t REFERENCES t ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2) RETURNING old.id, new.id, new.v, v;
INSERT INTO c VALUES (10, 1), (20, 2);
UPDATE t SET v = upper(v), n = n + 1 RETURNING old.v, new.v, new.n - old.n AS more, id;
UPDATE t SET id = id + 100 WHERE id = 1 RETURNING old.id AS was, new.id AS is_now;
UPDATE t SET v = v || c.id FROM c WHERE c.t_id = t.id RETURNING old.v, new.v, c.id;
UPDATE t SET v = 'x' WHERE id = 2 RETURNING old.*, new.*;
INSERT INTO t VALUES (2, 'z', 9), (3, 'c', 3) ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING old.v, new.v;
INSERT INTO t VALUES (2, 'y', 9), (4, 'd', 4) ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING old.id IS NULL AS fresh, old.v, new.v;
DELETE FROM t WHERE id = 4 RETURNING old.v, new.v, v;
DELETE FROM t USING c WHERE c.t_id = t.id AND t.id = 2 RETURNING old.id, new.id, c.id;
MERGE INTO t USING (VALUES (101, 'm'), (5, 'n'), (3, NULL)) AS s (key, label) ON t.id = s.key
  WHEN MATCHED AND label IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET v = label WHEN NOT MATCHED THEN INSERT VALUES (key, label)
  RETURNING merge_action(), old.id, old.v, new.id, new.v;
-- A table that is called so hides them.
UPDATE t AS new SET v = 'own' WHERE new.id = 5 RETURNING new.v;
SELECT id, v, n FROM t ORDER BY id;
