-- Shows ALTER TABLE ADD CONSTRAINT on tables with rows: what is there is validated, and the offending keys are listed.

CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER, code TEXT);
INSERT INTO parent VALUES (1, 'a'), (2, 'b'), (3, 'b');
INSERT INTO child VALUES (10, 1, 'a'), (11, 2, 'b'), (12, 42, 'x'), (13, 43, 'y'), (14, 42, 'z'), (15, NULL, NULL);

ALTER TABLE child ADD CONSTRAINT fk_child_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE;
DELETE FROM child WHERE parent_id IN (42, 43);
ALTER TABLE child ADD CONSTRAINT fk_child_parent FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE;
ALTER TABLE child ADD CONSTRAINT fk_child_parent FOREIGN KEY (parent_id) REFERENCES parent (id);

-- A key is validated too, and so is a check.
ALTER TABLE parent ADD CONSTRAINT parent_code_key UNIQUE (code);
UPDATE parent SET code = 'c' WHERE id = 3;
ALTER TABLE parent ADD CONSTRAINT parent_code_key UNIQUE (code);
ALTER TABLE child ADD FOREIGN KEY (code) REFERENCES parent (code);
ALTER TABLE child ADD CONSTRAINT small CHECK (id < 12);
ALTER TABLE child ADD CONSTRAINT small CHECK (id < 100);
INSERT INTO child VALUES (100, 1, 'a');
INSERT INTO child VALUES (16, 1, 'q');

-- A key that is referenced is held.
ALTER TABLE parent DROP CONSTRAINT parent_code_key;
ALTER TABLE parent DROP CONSTRAINT parent_pkey RESTRICT;
ALTER TABLE parent DROP CONSTRAINT parent_code_key CASCADE;
INSERT INTO child VALUES (16, 1, 'q');
ALTER TABLE child DROP CONSTRAINT fk_child_parent;
ALTER TABLE child DROP CONSTRAINT fk_child_parent;
ALTER TABLE child DROP CONSTRAINT IF EXISTS fk_child_parent;
DELETE FROM parent WHERE id = 1;
SELECT id, parent_id FROM child ORDER BY id;
ALTER TABLE child DROP CONSTRAINT small;
SELECT constraint_name FROM information_schema.table_constraints
WHERE table_schema = 'public' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;
ALTER TABLE nowhere ADD UNIQUE (a);
ALTER TABLE IF EXISTS nowhere ADD UNIQUE (a);
