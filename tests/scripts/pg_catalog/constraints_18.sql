-- What pg_constraint says of NOT NULL, NOT ENFORCED and NOT VALID constraints since PostgreSQL 18.
-- bowline only: earlier versions have no such columns and rows

CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT NOT NULL);
CREATE TABLE f (
  a INTEGER NOT NULL REFERENCES p NOT ENFORCED,
  b INTEGER CONSTRAINT f_b REFERENCES p ON DELETE CASCADE
);
ALTER TABLE f ADD CONSTRAINT f_late FOREIGN KEY (b) REFERENCES p NOT VALID;
SELECT conname, contype, conenforced, convalidated, conkey, connoinherit, conislocal, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE conrelid IN ('p'::regclass, 'f'::regclass) ORDER BY conname;
ALTER TABLE f VALIDATE CONSTRAINT f_late;
ALTER TABLE f ALTER CONSTRAINT f_b NOT ENFORCED;
SELECT conname, conenforced, convalidated FROM pg_constraint WHERE conrelid = 'f'::regclass AND contype = 'f' ORDER BY conname;
