-- Shows that DDL never runs referential actions on rows: dropping, renaming, rebuilding and truncating leave referencing rows alone.

CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, user_id INTEGER CONSTRAINT fk_user REFERENCES users ON DELETE CASCADE);
INSERT INTO users VALUES (1, 'a'), (2, 'b');
INSERT INTO sessions VALUES (10, 1), (20, 2);
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users RENAME COLUMN name TO full_name;
ALTER TABLE users DROP COLUMN email;
ALTER TABLE users ALTER COLUMN full_name SET NOT NULL;
ALTER TABLE users RENAME TO people;
SELECT count(*) FROM sessions;
-- Rebuilding a referenced table by hand.
CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL, email TEXT);
INSERT INTO users SELECT id, full_name, NULL FROM people;
ALTER TABLE sessions DROP CONSTRAINT fk_user;
ALTER TABLE sessions ADD CONSTRAINT fk_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
DROP TABLE people;
SELECT id, user_id FROM sessions ORDER BY id;
DROP TABLE users CASCADE;
SELECT id, user_id FROM sessions ORDER BY id;
