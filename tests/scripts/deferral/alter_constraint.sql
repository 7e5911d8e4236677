-- Shows ALTER CONSTRAINT: deferrable or not, and what is left out is the default.

CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, p INTEGER CONSTRAINT child_p REFERENCES parent);
BEGIN;
INSERT INTO child VALUES (1, 1);
ROLLBACK;
ALTER TABLE child ALTER CONSTRAINT child_p DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO child VALUES (1, 1);
INSERT INTO parent VALUES (1);
COMMIT;
ALTER TABLE child ALTER CONSTRAINT child_p DEFERRABLE;
SELECT is_deferrable, initially_deferred FROM information_schema.table_constraints WHERE constraint_name = 'child_p';
BEGIN;
INSERT INTO child VALUES (2, 2);
ROLLBACK;
ALTER TABLE child ALTER CONSTRAINT child_p INITIALLY DEFERRED, ALTER COLUMN p SET NOT NULL;
SELECT is_deferrable, initially_deferred FROM information_schema.table_constraints WHERE constraint_name = 'child_p';
ALTER TABLE child ALTER CONSTRAINT child_p NOT DEFERRABLE;
SELECT is_deferrable, initially_deferred FROM information_schema.table_constraints WHERE constraint_name = 'child_p';
-- Refused.
ALTER TABLE child ALTER CONSTRAINT child_pkey DEFERRABLE;
ALTER TABLE child ALTER CONSTRAINT nope DEFERRABLE;
ALTER TABLE child ALTER CONSTRAINT child_p NOT VALID;
ALTER TABLE child ALTER CONSTRAINT child_p DEFERRABLE NOT DEFERRABLE;
ALTER TABLE child ALTER CONSTRAINT child_p NOT DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE child ALTER CONSTRAINT child_p SOMETIMES;
