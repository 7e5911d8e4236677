-- Shows how MATCH PARTIAL keys are repaired: the columns that are not NULL are what is missing.
-- bowline only: PostgreSQL has neither bowline.repair nor MATCH PARTIAL.
CREATE TABLE shelf (aisle INTEGER, number INTEGER, PRIMARY KEY (aisle, number));
CREATE TABLE box (id INTEGER PRIMARY KEY, "Aisle" INTEGER, number INTEGER);
INSERT INTO shelf VALUES (1, 1);
INSERT INTO box VALUES (1, 1, NULL), (2, NULL, 1), (3, 1, 2), (4, NULL, 2), (5, 7, NULL), (6, NULL, 8), (7, NULL, NULL);
ALTER TABLE box ADD CONSTRAINT box_fkey FOREIGN KEY ("Aisle", number) REFERENCES shelf MATCH PARTIAL NOT VALID;
SELECT key, row_key, reason FROM bowline.violations ORDER BY row_key;

-- Nobody knows the whole keys of boxes 5 and 6.
CALL bowline.repair('box_fkey', 'insert parent');
INSERT INTO shelf VALUES (7, 7);
UPDATE box SET number = NULL WHERE id = 6;
-- The key of box 3 is the one that box 4 matches, too.
CALL bowline.repair('box_fkey', 'insert parent');
SELECT * FROM shelf ORDER BY aisle, number;

-- All columns become NULL: what is not, would have to match.
ALTER TABLE box DROP CONSTRAINT box_fkey;
INSERT INTO box VALUES (8, 9, NULL), (9, 9, 9);
ALTER TABLE box ADD CONSTRAINT box_fkey FOREIGN KEY ("Aisle", number) REFERENCES shelf MATCH PARTIAL NOT VALID;
CALL bowline.repair('box_fkey', 'set null');
SELECT * FROM box WHERE id > 7 ORDER BY id;
ALTER TABLE box VALIDATE CONSTRAINT box_fkey;
