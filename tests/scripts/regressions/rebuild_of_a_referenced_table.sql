-- Shows a referenced table rebuilt the way SQLite's users must, for it cannot alter one: new table, copy, drop, rename. There the drop
-- counts as a delete of every row, and ON DELETE CASCADE has emptied the referencing tables of live systems.

CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE);
CREATE TABLE accounts (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users ON DELETE SET NULL);
INSERT INTO users VALUES (1, 'a'), (2, 'b');
INSERT INTO sessions VALUES (10, 1), (11, 2);
INSERT INTO accounts VALUES (20, 1), (21, 2);

BEGIN;
CREATE TABLE users_new (id BIGINT PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE);
INSERT INTO users_new (id, name) SELECT id, name FROM users;
SAVEPOINT copied;
DROP TABLE users;
ROLLBACK TO copied;
DROP TABLE users CASCADE;
ALTER TABLE users_new RENAME TO users;
COMMIT;
SELECT id, user_id FROM sessions ORDER BY id;
SELECT id, user_id FROM accounts ORDER BY id;
ALTER TABLE sessions ADD CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
ALTER TABLE accounts ADD CONSTRAINT accounts_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;

-- The foreign keys follow a table that is renamed, and hold in the meantime.
ALTER TABLE users RENAME TO people;
DELETE FROM people WHERE id = 1;
INSERT INTO sessions VALUES (12, 1);
SELECT id, user_id FROM sessions ORDER BY id;
SELECT id, user_id FROM accounts ORDER BY id;

-- What needed a rebuild there is one statement here.
ALTER TABLE people ADD COLUMN since DATE DEFAULT '2026-01-01';
ALTER TABLE people DROP COLUMN email;
ALTER TABLE people ADD CONSTRAINT people_name_key UNIQUE (name);
SELECT id, user_id FROM sessions ORDER BY id;
