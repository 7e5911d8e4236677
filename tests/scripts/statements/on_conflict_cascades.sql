-- Shows INSERT ... ON CONFLICT DO UPDATE on a referenced key: the changed key fires its actions like that of an UPDATE.

CREATE TABLE owner (id INTEGER PRIMARY KEY, code TEXT UNIQUE, name TEXT);
CREATE TABLE held (id INTEGER PRIMARY KEY, owner_id INTEGER CONSTRAINT fk_id REFERENCES owner ON UPDATE CASCADE, code TEXT CONSTRAINT fk_code REFERENCES owner (code) ON UPDATE SET NULL);
CREATE TABLE kept (id INTEGER PRIMARY KEY, owner_id INTEGER CONSTRAINT fk_kept REFERENCES owner ON UPDATE RESTRICT);
INSERT INTO owner VALUES (1, 'a', 'Ada'), (2, 'b', 'Ben'), (3, 'c', 'Cem');
INSERT INTO held VALUES (10, 1, 'a'), (20, 2, 'b');
INSERT INTO kept VALUES (30, 3);
INSERT INTO owner VALUES (1, 'x', 'Ada'), (4, 'd', 'Dan') ON CONFLICT (id) DO UPDATE SET id = 101 RETURNING id, code;
SELECT * FROM held ORDER BY id;
INSERT INTO owner VALUES (9, 'b', 'Ben') ON CONFLICT (code) DO UPDATE SET code = 'bb', id = excluded.id;
SELECT * FROM held ORDER BY id;
-- The key written as it was fires nothing.
INSERT INTO owner VALUES (3, 'c', 'Cem II') ON CONFLICT (id) DO UPDATE SET id = excluded.id, name = excluded.name;
INSERT INTO owner VALUES (3, 'c', 'Cem II') ON CONFLICT (id) DO UPDATE SET id = 33;
INSERT INTO owner VALUES (101, 'y', 'Ada') ON CONFLICT (id) DO UPDATE SET id = 9;
INSERT INTO held VALUES (10, 77, NULL) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id;
INSERT INTO held VALUES (10, 4, NULL) ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id RETURNING *;
SELECT id, code, name FROM owner ORDER BY id;
SELECT * FROM held ORDER BY id;
