-- RETURNING WITH (OLD AS ..., NEW AS ...): other names for a row as it was and as it is.
CREATE TABLE r (id INTEGER PRIMARY KEY, v INTEGER);
INSERT INTO r VALUES (1, 10), (2, 20);
UPDATE r SET v = v + 1 RETURNING WITH (OLD AS o, NEW AS n) o.v, n.v, n.v - o.v AS d;
UPDATE r SET v = v + 1 WHERE id = 1 RETURNING WITH (OLD AS o) o.v, new.v, v;
UPDATE r SET v = v + 1 WHERE id = 1 RETURNING WITH (OLD AS o) old.v;
DELETE FROM r WHERE id = 2 RETURNING WITH (OLD AS o, NEW AS n) o.*, n.*;
INSERT INTO r VALUES (3, 30) RETURNING WITH (NEW AS "The New") "The New".id, old.id;
INSERT INTO r VALUES (3, 31) ON CONFLICT (id) DO UPDATE SET v = excluded.v
    RETURNING WITH (OLD AS before, NEW AS after) before.v, after.v;
MERGE INTO r USING (VALUES (3, 1), (4, 2)) AS s (id, v) ON r.id = s.id
    WHEN MATCHED THEN UPDATE SET v = s.v
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)
    RETURNING WITH (OLD AS o, NEW AS n) merge_action(), o.v, n.v, s.id;
WITH x AS (UPDATE r SET v = v + 1 WHERE id = 1 RETURNING WITH (OLD AS o) o.v AS before, v) SELECT * FROM x;
UPDATE r SET v = v RETURNING WITH (OLD AS r) r.v;
UPDATE r SET v = v RETURNING WITH (OLD AS o, OLD AS p) o.v;
UPDATE r SET v = v WHERE id = 1 RETURNING WITH (OLD AS o, NEW AS o) o.v;
UPDATE r SET v = v RETURNING WITH (OTHER AS o) o.v;
UPDATE r SET v = v RETURNING WITH (OLD AS) v;
SELECT * FROM r ORDER BY id;
-- A table that goes by the name of an image.
CREATE TABLE old (id INTEGER PRIMARY KEY, v INTEGER);
INSERT INTO old VALUES (1, 1);
-- differs: the name means the table
UPDATE old SET v = 1 RETURNING WITH (OLD AS o) o.v;
UPDATE old AS t SET v = 2 RETURNING WITH (OLD AS o, NEW AS n) o.v, n.v;
