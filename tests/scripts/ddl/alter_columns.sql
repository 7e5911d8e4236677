-- Shows ADD, DROP and RENAME COLUMN, RENAME TO, and ALTER COLUMN for NOT NULL and DEFAULT, beside foreign keys.

CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent ON DELETE SET NULL);
INSERT INTO parent VALUES (1, 'one'), (2, 'two');
INSERT INTO child VALUES (10, 1), (11, 2);

-- ADD COLUMN: rows that are there get NULL, or the default.
ALTER TABLE child ADD COLUMN note TEXT;
ALTER TABLE child ADD COLUMN stars INTEGER NOT NULL DEFAULT 3;
ALTER TABLE child ADD COLUMN broken INTEGER NOT NULL;
ALTER TABLE child ADD COLUMN note TEXT;
ALTER TABLE child ADD COLUMN IF NOT EXISTS note TEXT;
ALTER TABLE child ADD COLUMN second_parent INTEGER DEFAULT 2 REFERENCES parent;
ALTER TABLE child ADD COLUMN third_parent INTEGER DEFAULT 9 REFERENCES parent;
INSERT INTO child (id, parent_id, note) VALUES (12, 1, 'new');
SELECT id, parent_id, note, stars, second_parent FROM child ORDER BY id;

-- RENAME: constraints follow.
ALTER TABLE child RENAME COLUMN parent_id TO owner_id;
ALTER TABLE parent RENAME TO owner;
ALTER TABLE owner RENAME COLUMN id TO owner_key;
INSERT INTO child (id, owner_id) VALUES (13, 99);
DELETE FROM owner WHERE owner_key = 1;
SELECT id, owner_id FROM child ORDER BY id;
ALTER TABLE child RENAME COLUMN nothing TO something;
ALTER TABLE child RENAME COLUMN note TO stars;
ALTER TABLE child RENAME TO owner;
SELECT * FROM parent;

-- NOT NULL and DEFAULT.
ALTER TABLE child ALTER COLUMN owner_id SET NOT NULL;
ALTER TABLE child ALTER COLUMN stars SET DEFAULT 5;
ALTER TABLE child ALTER COLUMN stars DROP NOT NULL;
ALTER TABLE child ALTER COLUMN note SET NOT NULL;
UPDATE child SET note = 'filled' WHERE note IS NULL;
ALTER TABLE child ALTER COLUMN note SET NOT NULL;
INSERT INTO child (id, owner_id) VALUES (14, 2);
INSERT INTO child (id, owner_id, note, second_parent) VALUES (14, 2, 'x', 2);
ALTER TABLE child ALTER COLUMN stars DROP DEFAULT;
INSERT INTO child (id, owner_id, note, second_parent) VALUES (15, 2, 'y', 2);
SELECT id, note, stars FROM child ORDER BY id;
ALTER TABLE child ALTER COLUMN id DROP NOT NULL;

-- DROP COLUMN takes the constraints on it along; a referenced key is held.
ALTER TABLE owner DROP COLUMN owner_key;
ALTER TABLE child DROP COLUMN owner_id;
ALTER TABLE child DROP COLUMN nothing;
ALTER TABLE child DROP COLUMN IF EXISTS nothing;
ALTER TABLE owner DROP COLUMN owner_key CASCADE;
INSERT INTO owner (name) VALUES ('no key any more');
SELECT * FROM owner ORDER BY name;
SELECT id, second_parent FROM child ORDER BY id;
SELECT constraint_name FROM information_schema.table_constraints
WHERE table_schema = 'public' AND constraint_name NOT LIKE '%not_null' ORDER BY constraint_name;
