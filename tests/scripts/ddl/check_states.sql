-- CHECK constraints that are NOT VALID or NOT ENFORCED: what they judge, and how they are validated.
CREATE TABLE t (a INTEGER, b INTEGER);
INSERT INTO t VALUES (-1, 1);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
ALTER TABLE t VALIDATE CONSTRAINT positive;
INSERT INTO t VALUES (-2, 1);
INSERT INTO t VALUES (2, 1);
-- A row from before stays until it is changed, whatever changes in it.
UPDATE t SET b = 2 WHERE a = -1;
SELECT * FROM t ORDER BY a;
UPDATE t SET a = 1 WHERE a = -1;
ALTER TABLE t VALIDATE CONSTRAINT positive;
ALTER TABLE t VALIDATE CONSTRAINT positive;

-- NOT ENFORCED judges nothing, and says so.
ALTER TABLE t ADD CONSTRAINT large CHECK (a > 100) NOT ENFORCED;
INSERT INTO t VALUES (3, 3);
ALTER TABLE t VALIDATE CONSTRAINT large;
ALTER TABLE t ALTER CONSTRAINT large ENFORCED;
ALTER TABLE t ALTER CONSTRAINT positive NOT ENFORCED;
ALTER TABLE t ADD CHECK (b < 100) NOT VALID;
SELECT conname, convalidated, conenforced FROM pg_constraint WHERE conrelid = 't'::regclass ORDER BY conname;
SELECT constraint_name, enforced FROM information_schema.table_constraints WHERE table_name = 't' ORDER BY constraint_name;

-- In CREATE TABLE there are no rows from before: NOT VALID is overridden.
CREATE TABLE u (a INTEGER CHECK (a > 0) NOT ENFORCED, b INTEGER, c INTEGER CHECK (c > 0) ENFORCED, CHECK (b > 0) NOT VALID, CONSTRAINT far CHECK (a < b) NOT ENFORCED);
INSERT INTO u VALUES (-1, -1, 1);
INSERT INTO u VALUES (-1, 1, -1);
INSERT INTO u VALUES (5, 1, 1);
SELECT conname, convalidated, conenforced FROM pg_constraint WHERE conrelid = 'u'::regclass ORDER BY conname;
CREATE TABLE v (a INTEGER CHECK (a > 0) NOT VALID);

-- Copied by LIKE, altered in type, renamed and dropped like any other.
CREATE TABLE w (LIKE t INCLUDING CONSTRAINTS);
SELECT conname, convalidated, conenforced FROM pg_constraint WHERE conrelid = 'w'::regclass ORDER BY conname;
ALTER TABLE t ALTER a TYPE BIGINT;
ALTER TABLE t RENAME CONSTRAINT large TO larger;
ALTER TABLE t DROP CONSTRAINT larger;
ALTER TABLE t ADD COLUMN d INTEGER DEFAULT 0 CHECK (d > 0) NOT ENFORCED;
SELECT * FROM t ORDER BY a;
