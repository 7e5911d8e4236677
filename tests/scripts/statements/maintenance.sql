-- VACUUM, ANALYZE and CHECKPOINT; parameters of how rows are kept that are so anyway.
CREATE TABLE parent (id INT PRIMARY KEY, name TEXT) WITH (fillfactor = 100);
CREATE TABLE child (id INT PRIMARY KEY, parent INT REFERENCES parent ON DELETE CASCADE) WITH (fillfactor=100, oids=false);
CREATE VIEW children AS SELECT * FROM child;
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
INSERT INTO child VALUES (1, 1), (2, 2);
DELETE FROM parent WHERE id = 1;
CHECKPOINT;
VACUUM;
VACUUM parent, public.child;
VACUUM ANALYZE parent;
VACUUM FREEZE ANALYZE child;
VACUUM (ANALYZE, FREEZE off) parent (id, name), child;
vacuum (analyze true) parent;
ANALYZE;
ANALYZE parent (name);
SELECT * FROM child;
-- Wrong names and options.
VACUUM nowhere;
ANALYZE parent (nothing);
VACUUM parent (id);
VACUUM parent child;
VACUUM (fast) parent;
ANALYZE children;
VACUUM children;
-- Not within a transaction.
BEGIN;
ANALYZE parent;
CHECKPOINT;
VACUUM parent;
ROLLBACK;
SELECT count(*) FROM parent;
-- Parameters that are no parameters.
CREATE TABLE other (id INT) WITH (fill = 3);
SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1;
