-- Shows bowline.violations: every violating row of a foreign key that was added without looking at what is there.
-- bowline only: a table of its own, NOT ENFORCED.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER, other_id INTEGER);
INSERT INTO parent VALUES (1), (2);
INSERT INTO child VALUES (10, 1, 1), (11, 42, NULL), (12, 43, 2), (13, 42, 99);
SELECT * FROM bowline.violations;
ALTER TABLE child ADD CONSTRAINT fk_parent FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
SELECT * FROM bowline.violations ORDER BY constraint_name, row_key;
-- NOT VALID holds for what is written from now on.
INSERT INTO child VALUES (14, 44, NULL);
UPDATE child SET other_id = 1 WHERE id = 13;
ALTER TABLE child VALIDATE CONSTRAINT fk_parent;
ALTER TABLE child ADD CONSTRAINT fk_other FOREIGN KEY (other_id) REFERENCES parent NOT ENFORCED;
INSERT INTO child VALUES (15, 1, 77);
SELECT count(*) FROM bowline.violations;
DELETE FROM child WHERE parent_id NOT IN (SELECT id FROM parent);
ALTER TABLE child VALIDATE CONSTRAINT fk_parent;
SELECT * FROM bowline.violations;
DELETE FROM child WHERE other_id = 77;
SELECT count(*) FROM bowline.violations;
