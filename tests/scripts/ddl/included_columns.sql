-- INCLUDE of a key: kept and shown, part of no comparison.
CREATE TABLE n (a INTEGER, b INTEGER, c INTEGER, PRIMARY KEY (a) INCLUDE (b), UNIQUE (c) INCLUDE (a, b));
SELECT conname, pg_get_constraintdef(oid), conkey FROM pg_constraint WHERE conrelid = 'n'::regclass ORDER BY 1;
SELECT indexrelid::regclass, indkey, indnatts, indnkeyatts, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = 'n'::regclass ORDER BY indnatts;
INSERT INTO n VALUES (1, 2, 3), (1, 4, 5);
INSERT INTO n VALUES (1, 2, 3) ON CONFLICT (a) DO NOTHING;
INSERT INTO n VALUES (1, 2, 3) ON CONFLICT (a, b) DO NOTHING;
INSERT INTO n VALUES (2, NULL, 3);
INSERT INTO n VALUES (2, NULL, NULL), (3, NULL, NULL);
CREATE TABLE r (x INTEGER REFERENCES n (a));
CREATE TABLE r2 (x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES n (a, b));

-- Names, and what is the same key.
CREATE TABLE n4 (a INTEGER, b INTEGER, UNIQUE (a) INCLUDE (z));
CREATE TABLE n5 (a INTEGER, b INTEGER, UNIQUE (a) INCLUDE (b), UNIQUE (a), UNIQUE (a) INCLUDE (b));
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'n5'::regclass ORDER BY 1;
CREATE TABLE n7 (a INTEGER UNIQUE INCLUDE (a));
CREATE TABLE n8 (a INTEGER, b INTEGER, CONSTRAINT k UNIQUE NULLS NOT DISTINCT (a) INCLUDE (b) DEFERRABLE INITIALLY DEFERRED);
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'n8'::regclass;
CREATE TABLE n9 (a INTEGER, b JSON, UNIQUE (a) INCLUDE (b));
ALTER TABLE n5 ADD b2 TEXT GENERATED ALWAYS AS ('x'), ADD UNIQUE (b) INCLUDE (b2);

-- LIKE, and changes of the columns.
CREATE TABLE n6 (LIKE n INCLUDING INDEXES);
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'n6'::regclass ORDER BY 1;
ALTER TABLE n6 ADD CONSTRAINT u UNIQUE (b) INCLUDE (c);
ALTER TABLE n6 DROP COLUMN c;
ALTER TABLE n6 RENAME COLUMN b TO bb;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'n6'::regclass ORDER BY 1;
ALTER TABLE n6 ALTER bb TYPE BIGINT;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'n6'::regclass ORDER BY 1;
ALTER TABLE n DROP COLUMN b;
CREATE UNIQUE INDEX over ON n5 (b) INCLUDE (a);
ALTER TABLE n5 ADD CONSTRAINT adopted UNIQUE USING INDEX over;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'adopted';
