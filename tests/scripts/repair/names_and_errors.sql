-- Shows how a repair names its foreign key, and what is said when it cannot be found or the call makes no sense.
-- bowline only: CALL bowline.repair.

CREATE SCHEMA shop;
CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE first (id INTEGER PRIMARY KEY, parent_id INTEGER);
CREATE TABLE second (id INTEGER PRIMARY KEY, parent_id INTEGER);
CREATE TABLE shop."Odd.Name" (id INTEGER PRIMARY KEY, parent_id INTEGER CHECK (parent_id > 0));
INSERT INTO first VALUES (1, 9);
INSERT INTO second VALUES (1, 9);
INSERT INTO shop."Odd.Name" VALUES (1, 9);
ALTER TABLE first ADD CONSTRAINT parent_fkey FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
ALTER TABLE second ADD CONSTRAINT parent_fkey FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
ALTER TABLE shop."Odd.Name" ADD CONSTRAINT "Its ""own"" key" FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
-- The hint names the table where the constraint's name alone says too little.
ALTER TABLE second VALIDATE CONSTRAINT parent_fkey;
ALTER TABLE shop."Odd.Name" VALIDATE CONSTRAINT "Its ""own"" key";
CALL bowline.repair('parent_fkey', 'delete');
CALL bowline.repair('Second.Parent_fkey', 'delete');
CALL bowline.repair('public.first.parent_fkey', 'delete');
CALL bowline.repair('shop."Odd.Name"."Its ""own"" key"', 'set null');
CALL bowline.repair('Its "own" key', 'set null');
SELECT (SELECT count(*) FROM first) AS first, (SELECT count(*) FROM second) AS second, (SELECT parent_id FROM shop."Odd.Name") AS odd;

CALL bowline.repair('parent_fky', 'delete');
CALL bowline.repair('shop.first.parent_fkey', 'delete');
CALL bowline.repair('nothing like any', 'delete');
CALL bowline.repair('parent_pkey', 'delete');
CALL bowline.repair('first.parent_fkey', 'drop');
CALL bowline.repair('first.parent_fkey', NULL);
CALL bowline.repair('first.parent_fkey');
CALL bowline.repair('first.parent_fkey', 'delete', true);
CALL bowline.repair(constraint_name => 'first.parent_fkey', method => 'delete');
CALL bowline.repair;
CALL bowline.repair('first.parent_fkey', "delete");
CALL bowline.mend('first.parent_fkey', 'delete');
CALL repair('first.parent_fkey', 'delete');
EXPLAIN CALL bowline.repair('first.parent_fkey', 'drop');
EXPLAIN ANALYZE CALL bowline.repair('first.parent_fkey', 'delete');
-- The arguments may be any expression.
CALL bowline.repair('first' || '.parent_fkey', lower('DELETE'));
